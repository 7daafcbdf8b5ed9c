"""What comes piece by piece goes on piece by piece: server-sent events, token streams, long polls, over HTTP/1.1 and HTTP/2.

A piece counts as arrived in time when it is there before the next one is sent: the origin waits for the client's word."""
import queue
import time
import unittest

from lib.case import E2ECase
from lib.h2 import H2Peer
from lib.peer import client_context
from lib.scripted import ScriptedServer
from lib.wait import SLOWNESS

EVENTS = 50


class Streaming(E2ECase):
    ORIGIN = False

    def serve(self, handler, alpn):
        server = ScriptedServer(self.lab, handler, port=443, certificate="any", alpn=(alpn,))
        self.addCleanup(server.stop)

    def connect(self, alpn):
        peer = self.lab.connect("raw.sluice.test", 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=[alpn]), "raw.sluice.test")

    def setUp(self):
        super().setUp()
        self.word = queue.Queue()

    def assert_prompt(self, delays):
        # On a quiet machine it is far below two milliseconds; here only a timer that gathers pieces would be seen.
        self.assertLess(sorted(delays)[len(delays) // 2], 0.02 * SLOWNESS)

    def test_server_sent_events_over_http11_arrive_one_by_one(self):
        def handler(peer):
            peer.read_message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in range(EVENTS):
                self.word.get(timeout=20 * SLOWNESS)
                event = b"data: %d\n\n" % number
                peer.send(b"%x\r\n%s\r\n" % (len(event), event))
            peer.send(b"0\r\n\r\n")

        self.serve(handler, "http/1.1")
        peer = self.connect("http/1.1")
        peer.send("GET /events HTTP/1.1\r\nHost: raw.sluice.test\r\nAccept: text/event-stream\r\n\r\n")
        self.assertIn(b"text/event-stream", peer.read_until(b"\r\n\r\n"))
        delays = []
        for number in range(EVENTS):
            began = time.monotonic()
            self.word.put(number)
            peer.read_until(b"data: %d\n\n" % number)
            delays.append(time.monotonic() - began)
        self.assert_prompt(delays)
        peer.read_until(b"0\r\n\r\n")

    def test_server_sent_events_over_http2_arrive_one_by_one(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            server.send_head(stream.number, [(":status", "200"), ("content-type", "text/event-stream")], end=False)
            for number in range(EVENTS):
                self.word.get(timeout=20 * SLOWNESS)
                server.send_data(stream.number, b"data: %d\n\n" % number, end=False)
            server.send_data(stream.number)
            server.end_of_connection()

        self.serve(handler, "h2")
        client = H2Peer(self.connect("h2"))
        stream = client.open("/events")
        client.wait(lambda: stream.head)
        delays = []
        for number in range(EVENTS):
            began = time.monotonic()
            self.word.put(number)
            client.wait(lambda number=number: stream.body.endswith(b"data: %d\n\n" % number))
            delays.append(time.monotonic() - began)
        self.assert_prompt(delays)
        self.assertTrue(client.finish(stream).ended)

    def test_events_pass_beside_a_large_download(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            events, bulk = server.accept(), server.accept()
            server.send_head(events.number, [(":status", "200"), ("content-type", "text/event-stream")], end=False)
            server.send_head(bulk.number, [(":status", "200")], end=False)
            for number in range(EVENTS):
                self.word.get(timeout=20 * SLOWNESS)
                server.send_data(events.number, b"data: %d\n\n" % number, end=False)
                server.upload(bulk.number, b"b" * 100000, end=False)
            server.send_data(bulk.number)
            server.send_data(events.number)
            server.end_of_connection()

        self.serve(handler, "h2")
        client = H2Peer(self.connect("h2"))
        events, bulk = client.open("/events"), client.open("/bulk")
        for number in range(EVENTS):
            self.word.put(number)
            client.wait(lambda number=number: events.body.endswith(b"data: %d\n\n" % number))
        self.assertTrue(client.finish(events).ended)
        self.assertEqual(len(client.finish(bulk).body), EVENTS * 100000)

    def test_an_upload_in_pieces_is_answered_piece_by_piece_over_http2(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            server.send_head(stream.number, [(":status", "200")], end=False)
            at = 0
            while not stream.ended:
                server.read_frame()
                if len(stream.body) > at:
                    server.send_data(stream.number, stream.body[at:], end=False)
                    at = len(stream.body)
            server.send_data(stream.number)
            server.end_of_connection()

        self.serve(handler, "h2")
        client = H2Peer(self.connect("h2"))
        stream = client.open("/chat", "POST", end=False)
        sent = b""
        for number in range(EVENTS):
            piece = b"piece %d;" % number
            sent += piece
            client.send_data(stream.number, piece, end=False)
            client.wait(lambda: len(stream.body) == len(sent))
        client.send_data(stream.number)
        self.assertEqual(client.finish(stream).body, sent)

    def test_an_upload_in_pieces_reaches_the_origin_piece_by_piece_over_http11(self):
        got = queue.Queue()

        def handler(peer):
            peer.read_until(b"\r\n\r\n")
            while True:
                size = int(peer.read_until(b"\r\n"), 16)
                if size == 0:
                    break
                got.put(peer.read_exact(size))
                peer.read_exact(2)
            peer.read_until(b"\r\n")
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        self.serve(handler, "http/1.1")
        peer = self.connect("http/1.1")
        peer.send("POST / HTTP/1.1\r\nHost: raw.sluice.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(EVENTS):
            peer.send(b"6\r\np%05d\r\n" % number)
            self.assertEqual(got.get(timeout=20 * SLOWNESS), b"p%05d" % number)
        self.assertEqual(peer.send(b"0\r\n\r\n").read_message().body, b"ok")

    def test_a_head_arrives_before_its_body(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            server.send_head(stream.number, [(":status", "200"), ("content-type", "text/plain")], end=False)
            self.word.get(timeout=20 * SLOWNESS)
            server.send_data(stream.number, b"late")
            server.end_of_connection()

        self.serve(handler, "h2")
        client = H2Peer(self.connect("h2"))
        stream = client.open()
        client.wait(lambda: stream.head)
        self.word.put("head seen")
        self.assertEqual(client.finish(stream).body, b"late")


if __name__ == "__main__":
    unittest.main()
