"""Clients that take their time to hold a place: heads and bodies that come a byte at a time (SEC-145)."""
import select
import unittest

from lib import h2
from lib.case import E2ECase, proxied
from lib.h2 import H2Peer
from lib.peer import Peer, client_context
from lib.scripted import ScriptedServer, answer, serving
from lib.lab import address4
from lib.wait import SLOWNESS

HEAD = "GET /hello HTTP/1.1\r\nHost: www.sluice.test\r\n"


@proxied
class Slow(E2ECase):
    CONFIG = {"limits": "header_timeout 1s\n body_rate 1000\n idle_timeout 10m\n body_timeout 10m"}

    def drip(self, peer, data, pause=0.05):
        """Sends the bytes one by one until the other end has something to say, or ends; True where it did."""
        for byte in data:
            ready, _, _ = select.select([peer.socket], [], [], pause)
            if ready:
                return True
            try:
                peer.send(bytes([byte]))
            except (BrokenPipeError, ConnectionResetError):
                return True
        return False

    def tls(self, alpn):
        peer = Peer.connect(self.lab.client, address4(2 if alpn == "http/1.1" else 5), 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=[alpn]), "www.sluice.test" if alpn == "http/1.1" else "raw.sluice.test")

    def endless_head(self):
        return (HEAD + "X-Slow: " + "x" * 2000).encode()

    def test_a_later_head_on_a_plain_connection(self):
        with self.lab.connect("www.sluice.test", 80) as peer:
            self.assertEqual(peer.request("/hello", host="www.sluice.test").status, 200)
            self.assertTrue(self.drip(peer, self.endless_head()))
            self.assertEqual(peer.read_message().status, 408)
            self.assertEqual(peer.ended(), "fin")

    def test_a_head_within_tls(self):
        peer = self.tls("http/1.1")
        self.assertEqual(peer.request("/hello", host="www.sluice.test").status, 200)  # and the tickets are read
        self.assertTrue(self.drip(peer, self.endless_head()))
        self.assertEqual(peer.read_message().status, 408)
        record, = self.sluice.wait_records(1, http__response__status_code=408)
        self.assertEqual(record["sluice.error"], "slow")

    def test_a_head_that_comes_in_time_is_served_however_it_is_cut(self):
        peer = self.tls("http/1.1")
        self.assertEqual(peer.request("/hello", host="www.sluice.test").status, 200)
        for _ in range(2):
            self.assertFalse(self.drip(peer, (HEAD + "\r\n").encode(), 0.002))
            self.assertEqual(peer.read_message().status, 200)

    def h2_client(self):
        server = ScriptedServer(self.lab, h2.serving(lambda stream: "x"), last=5, port=443, certificate="any", alpn=("h2",))
        self.addCleanup(server.stop)
        return H2Peer(self.tls("h2"))

    def slow_h2(self, *pieces):
        client = self.h2_client()
        self.assertEqual(client.request().body, b"x")
        whole = b"".join(pieces)
        client.wait(lambda: h2.S_WINDOW in client.settings)
        self.drip(client.peer, whole)
        self.assertEqual(client.end_of_connection(), h2.ENHANCE_YOUR_CALM)

    def test_a_header_frame_of_http2(self):
        self.slow_h2(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 3, b"\x00\x01x\x7f\x80\x40" + b"x" * 4000))

    def test_a_continuation_of_http2(self):
        client = self.h2_client()
        self.assertEqual(client.request().body, b"x")
        client.send(h2.HEADERS, h2.END_STREAM, 3, h2.encode(client.head_of()))
        self.assertEqual(client.end_of_connection(), h2.ENHANCE_YOUR_CALM)

    def test_heads_of_http2_that_come_in_time_are_served(self):
        client = self.h2_client()
        block = h2.encode(client.head_of())
        for number in range(1, 41, 2):
            client.streams[number] = h2.Stream(number)
            whole = h2.frame(h2.HEADERS, h2.END_STREAM, number, block[:10]) + h2.frame(h2.CONTINUATION, h2.END_HEADERS, number, block[10:])
            # The end of one and the beginning of the next always come together.
            client.peer.send(whole[:-3])
            client.peer.send(whole[-3:])
            self.assertEqual(client.finish(client.streams[number]).body, b"x")

    def upload(self, pieces, pause):
        server = ScriptedServer(self.lab, serving(lambda request: answer(str(len(request.body)))), last=5)
        self.addCleanup(server.stop)
        peer = self.lab.connect("raw.sluice.test", 80)
        self.addCleanup(peer.close)
        peer.send(f"POST /slow HTTP/1.1\r\nHost: raw.sluice.test\r\nContent-Length: {sum(map(len, pieces))}\r\n\r\n")
        for piece in pieces:
            ready, _, _ = select.select([peer.socket], [], [], pause)
            if ready:
                return None
            try:
                peer.send(piece)
            except (BrokenPipeError, ConnectionResetError):
                return None
        return peer.read_message()

    def test_a_body_slower_than_its_rate_is_ended(self):
        self.assertIsNone(self.upload([b"x"] * 2000, 0.05))
        self.sluice.wait_records(1, url__full="http://raw.sluice.test/slow", sluice__error="client sends its body too slowly")

    def test_a_body_that_keeps_its_rate_takes_as_long_as_it_needs(self):
        response = self.upload([b"x" * 500] * 40, 0.05)
        self.assertEqual((response.status, response.body), (200, b"20000"))


@proxied
class Unread(E2ECase):
    """Answers that their client does not take hold memory and a connection to the origin for body_timeout, no longer."""

    CONFIG = {"limits": "body_timeout 1s"}
    SIZE = 16 << 20

    def assert_cut_off(self, url):
        record, = self.sluice.wait_records(1, url__full=url)
        self.assertEqual(record["sluice.error"], "timeout")
        self.assertLess(record["http.response.body.bytes"], self.SIZE)

    def test_an_answer_of_which_nothing_is_read(self):
        server = ScriptedServer(self.lab, serving(lambda request: answer("x" * self.SIZE)), last=5)
        self.addCleanup(server.stop)
        with self.lab.connect("raw.sluice.test", 80) as peer:
            peer.send("GET /unread HTTP/1.1\r\nHost: raw.sluice.test\r\n\r\n")
            self.assert_cut_off("http://raw.sluice.test/unread")

    def h2_download(self, path):
        server = ScriptedServer(self.lab, h2.serving(lambda stream: b"x" * self.SIZE), last=5, port=443, certificate="any", alpn=("h2",))
        self.addCleanup(server.stop)
        peer = Peer.connect(self.lab.client, address4(5), 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        peer.start_tls(client_context(self.sluice.ca_file, alpn=["h2"]), "raw.sluice.test")
        client = H2Peer(peer, own_settings=((h2.S_WINDOW, 0),), credit=False)
        stream = client.open(path)
        client.wait(lambda: stream.head is not None)
        return client, stream

    def test_an_answer_of_http2_that_is_given_a_byte_at_a_time(self):
        client, stream = self.h2_download("/grains")
        for _ in range(1000):
            if stream.reset is not None:
                break
            if client.peer.buffer or client.peer.socket.pending() or select.select([client.peer.socket], [], [], 0.02)[0]:
                client.read_frame()
            else:
                client.add_window(stream.number, 1)
        self.assertIsNotNone(stream.reset)
        self.assert_cut_off("https://raw.sluice.test/grains")


if __name__ == "__main__":
    unittest.main()
