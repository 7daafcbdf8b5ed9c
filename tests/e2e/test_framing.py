"""HTTP/1.1 through the proxy, message by message, in the clear and within TLS: framing, connections, interim answers, ends."""
import ssl
import time
import unittest

from lib.case import E2ECase, proxied
from lib.peer import Closed, client_context
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import wait_until


class Framing(E2ECase):
    """The scripted origin is raw.sluice.test; every test says what it answers."""

    ORIGIN = False
    TLS = False

    def serve(self, handler, **options):
        server = ScriptedServer(self.lab, handler, port=443 if self.TLS else 80, certificate="any" if self.TLS else None, **options)
        self.addCleanup(server.stop)
        return server

    def connect(self):
        peer = self.lab.connect("raw.sluice.test", 443 if self.TLS else 80)
        self.addCleanup(peer.close)
        if self.TLS:
            peer.start_tls(client_context(self.sluice.ca_file, alpn=["http/1.1"]), "raw.sluice.test")
        return peer

    # Connections

    def test_a_connection_is_kept_alive(self):
        self.serve(serving(lambda request: answer(request.target)))
        peer = self.connect()
        for number in range(50):
            self.assertEqual(peer.request(f"/{number}").body, f"/{number}".encode())

    def test_pipelined_requests_are_answered_in_order(self):
        self.serve(serving(lambda request: answer(request.target * (1 + int(request.target[1:]) % 3))))
        peer = self.connect()
        peer.send("".join(f"GET /{number} HTTP/1.1\r\nHost: raw.sluice.test\r\n\r\n" for number in range(40)))
        for number in range(40):
            self.assertEqual(peer.read_message().body, f"/{number}".encode() * (1 + number % 3))

    def test_pipelined_requests_with_bodies_are_kept_apart(self):
        self.serve(serving(lambda request: answer(request.target.encode() + b":" + request.body)))
        peer = self.connect()
        peer.send("POST /a HTTP/1.1\r\nHost: raw.sluice.test\r\nContent-Length: 3\r\n\r\nabc"
                  "POST /b HTTP/1.1\r\nHost: raw.sluice.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndefg\r\n0\r\n\r\n"
                  "GET /c HTTP/1.1\r\nHost: raw.sluice.test\r\n\r\n")
        self.assertEqual([peer.read_message().body for _ in range(3)], [b"/a:abc", b"/b:defg", b"/c:"])

    def test_a_client_that_asks_to_close_is_closed(self):
        self.serve(serving(answer("done")))
        peer = self.connect()
        self.assertEqual(peer.request(fields="Connection: close\r\n").body, b"done")
        self.assertEqual(peer.ended(), "fin")

    def test_an_origin_that_closes_between_requests_harms_nobody(self):
        def once(peer):
            peer.read_message()
            peer.send(answer("once"))

        server = self.serve(once)
        peer = self.connect()
        self.assertEqual(peer.request().body, b"once")
        try:
            second = peer.request()
        except (Closed, ConnectionError, ssl.SSLError):
            return  # the proxy closed as well, in order
        self.assertEqual((second.body, server.accepted), (b"once", 2))

    def test_http10_is_answered_and_closed(self):
        self.serve(serving(lambda request: answer(request.get("host", "none"))))
        peer = self.connect()
        peer.send("GET / HTTP/1.0\r\nHost: raw.sluice.test\r\n\r\n")
        self.assertEqual(peer.read_message().body, b"raw.sluice.test")
        self.assertEqual(peer.ended(), "fin")

    # Bodies

    def test_chunks_and_trailers_of_a_response_arrive(self):
        self.serve(serving(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                           b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n"))
        peer = self.connect()
        for _ in range(2):
            response = peer.request()
            self.assertEqual((response.body, response.framing), (b"hello world", "chunked"))
            self.assertEqual(response.trailers, [("x-sum", "42")])

    def test_chunks_and_trailers_of_a_request_arrive(self):
        seen = []
        self.serve(serving(lambda request: seen.append(request) or answer("ok")))
        self.connect().send("POST / HTTP/1.1\r\nHost: raw.sluice.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n",
                            "3\r\nabc\r\n", "0\r\nX-Sum: 7\r\n\r\n").read_message()
        self.assertEqual((seen[0].body, seen[0].trailers), (b"abc", [("x-sum", "7")]))

    def test_a_chunked_body_in_single_bytes_arrives(self):
        self.serve(serving(lambda request: answer(request.body)))
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: raw.sluice.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        for byte in b"b\r\nhello world\r\n0\r\n\r\n":
            peer.send(bytes([byte]))
        self.assertEqual(peer.read_message().body, b"hello world")

    def test_a_head_in_single_bytes_is_read(self):
        self.serve(serving(answer("ok")))
        peer = self.connect()
        for byte in b"GET / HTTP/1.1\r\nHost: raw.sluice.test\r\n\r\n":
            peer.send(bytes([byte]))
        self.assertEqual(peer.read_message().body, b"ok")

    def test_a_body_without_length_ends_with_the_connection(self):
        def handler(peer):
            peer.read_message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"x" * 300000)

        self.serve(handler)
        response = self.connect().request()
        self.assertEqual(response.body, b"x" * 300000)
        self.assertIn(response.framing, ("close", "chunked"))

    def test_a_truncated_body_with_length_stays_truncated(self):
        def handler(peer):
            peer.read_message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x" * 400)

        self.serve(handler)
        with self.assertRaises((Closed, ConnectionError, ssl.SSLError)):
            self.connect().request()

    def test_a_truncated_chunked_body_stays_truncated(self):
        def handler(peer):
            peer.read_message()
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n", b"x" * 100, b"\r\n")

        self.serve(handler)
        with self.assertRaises((Closed, ConnectionError, ssl.SSLError)):
            self.connect().request()

    def test_a_reset_within_a_body_never_looks_complete(self):
        def handler(peer):
            peer.read_message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x" * 400)
            time.sleep(0.1)
            peer.reset()

        self.serve(handler)
        with self.assertRaises((Closed, ConnectionError, ssl.SSLError)):
            self.connect().request()

    def test_an_upload_cut_short_by_the_client_is_no_complete_request_for_the_origin(self):
        complete = []
        server = self.serve(lambda peer: complete.append(peer.read_message()))
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: raw.sluice.test\r\nContent-Length: 1000\r\n\r\n", b"x" * 400)
        wait_until(lambda: server.accepted, "the request is under way")
        peer.reset()
        wait_until(lambda: server.errors, "the origin sees that it broke off")
        self.assertEqual(complete, [])

    # Responses that have no body

    def test_head_204_and_304_carry_no_body_and_the_connection_goes_on(self):
        def response(request):
            return {"/204": b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
                    "/304": b"HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 12345\r\n\r\n"}.get(
                        request.target, b"HTTP/1.1 200 OK\r\nContent-Length: 777\r\n\r\n" + (b"" if request.method == "HEAD" else b"y" * 777))

        self.serve(serving(response))
        peer = self.connect()
        head = peer.request("/x", method="HEAD")
        self.assertEqual((head.status, head.get("content-length"), head.body), (200, "777", b""))
        self.assertEqual(peer.request("/204").status, 204)
        self.assertEqual(peer.request("/304", fields='If-None-Match: "e"\r\n').status, 304)
        self.assertEqual(peer.request("/x").body, b"y" * 777)

    def test_an_empty_body_and_a_length_of_zero(self):
        self.serve(serving(answer(b"")))
        peer = self.connect()
        self.assertEqual(peer.request().body, b"")
        self.assertEqual(peer.request(method="POST", fields="Content-Length: 0\r\n").body, b"")

    # Interim answers

    def test_100_continue_comes_before_the_body_is_sent(self):
        def handler(peer):
            head = peer.read_until(b"\r\n\r\n")
            self.assertIn(b"100-continue", head.lower())
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            peer.send(answer(peer.read_exact(5)))

        self.serve(handler)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: raw.sluice.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual(peer.read_message().status, 100)
        peer.send("hello")
        self.assertEqual(peer.read_message().body, b"hello")

    def test_an_expectation_that_fails_is_passed_on_without_the_body(self):
        def handler(peer):
            peer.read_until(b"\r\n\r\n")
            peer.send(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        self.serve(handler)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: raw.sluice.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual(peer.read_message().status, 417)

    def test_103_early_hints_come_through_before_the_answer(self):
        self.serve(serving(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + answer("body")))
        peer = self.connect()
        for _ in range(2):
            first = peer.request()
            self.assertEqual((first.status, first.get("link")), (103, "</a.css>; rel=preload"))
            self.assertEqual(peer.read_message().body, b"body")

    # Time

    def test_events_arrive_as_they_are_sent(self):
        self.serve(self._events)
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: raw.sluice.test\r\n\r\n")
        peer.read_until(b"\r\n\r\n")
        for number in range(5):
            began = time.monotonic()
            self.next_event.append(number)
            peer.read_until(b"data: %d\n" % number)
            self.assertLess(time.monotonic() - began, 0.5)

    def _events(self, peer):
        peer.read_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(5):
            wait_until(lambda number=number: number in self.next_event, "the next event is due", interval=0.002)
            peer.send(b"8\r\ndata: %d\n\r\n" % number)
        peer.send(b"0\r\n\r\n")

    def setUp(self):
        super().setUp()
        self.next_event = []

    # Upgrade and CONNECT

    def test_websocket_frames_pass_both_ways_after_101(self):
        from lib.scripted import websocket_echo
        self.serve(websocket_echo)
        peer = self.connect()
        peer.send("GET /chat HTTP/1.1\r\nHost: raw.sluice.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        response = peer.read_message()
        self.assertEqual(response.status, 101)
        self.assertEqual(response.get("upgrade", "").lower(), "websocket")
        self.assertIn("upgrade", response.get("connection", "").lower())
        for size in (1, 125, 70000):
            frame = bytes([0x82, 0x7f]) + size.to_bytes(8, "big") + bytes(size)
            peer.send(frame)
            self.assertEqual(peer.read_exact(len(frame)), frame)

    def test_an_upgrade_that_the_origin_declines_is_an_ordinary_exchange(self):
        self.serve(serving(answer("no")))
        peer = self.connect()
        for _ in range(2):
            response = peer.request(fields="Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
            self.assertEqual((response.status, response.body), (200, b"no"))

    @proxied
    def test_an_upgrade_to_h2c_is_not_offered_to_the_origin(self):
        seen = []
        self.serve(serving(lambda request: seen.append(request) or answer("ok")))
        self.assertEqual(self.connect().request(fields="Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ\r\n").body, b"ok")
        self.assertIsNone(seen[0].get("upgrade"))
        self.assertIsNone(seen[0].get("http2-settings"))

    @proxied
    def test_connect_is_refused(self):
        server = self.serve(serving(answer("never")))
        peer = self.connect()
        peer.send("CONNECT raw2.sluice.test:443 HTTP/1.1\r\nHost: raw2.sluice.test:443\r\n\r\n")
        status = peer.read_message().status
        self.assertTrue(400 <= status < 600, status)
        self.assertNotEqual(status, 200)
        self.assertLessEqual(server.accepted, 1)

    # What the origin is told

    @proxied
    def test_hop_by_hop_fields_end_here(self):
        seen = []
        self.serve(serving(lambda request: seen.append(request) or answer("ok", fields="Connection: X-Private\r\nX-Private: 1\r\nX-Public: 2\r\n")))
        response = self.connect().request(fields="Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n"
                                          "Proxy-Connection: keep-alive\r\nTE: trailers\r\nX-End: 2\r\n")
        request = seen[0]
        for name in ("x-hop", "keep-alive", "proxy-connection"):
            self.assertIsNone(request.get(name), name)
        self.assertEqual(request.get("x-end"), "2")
        self.assertIsNone(response.get("x-private"))
        self.assertEqual(response.get("x-public"), "2")

    def test_end_to_end_fields_arrive_in_order_and_untouched(self):
        seen = []
        self.serve(serving(lambda request: seen.append(request) or answer("ok", fields="Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n")))
        response = self.connect().request("/p%20q?x=%2f", fields="Accept-Encoding: br, gzip\r\nCookie: a=b; c=d\r\nX-Two: 1\r\nX-Two: 2\r\nRange: bytes=0-5\r\n")
        request = seen[0]
        self.assertEqual(request.target, "/p%20q?x=%2f")
        self.assertEqual(request.all("x-two"), ["1", "2"])
        self.assertEqual((request.get("accept-encoding"), request.get("range"), request.get("cookie")), ("br, gzip", "bytes=0-5", "a=b; c=d"))
        self.assertEqual(response.all("set-cookie"), ["a=1", "b=2"])

    @proxied
    def test_nothing_tells_of_the_proxy(self):
        seen = []
        self.serve(serving(lambda request: seen.append(request) or answer("ok")))
        response = self.connect().request()
        for name in ("via", "forwarded", "x-forwarded-for", "x-cache"):
            self.assertIsNone(seen[0].get(name), name)
            self.assertIsNone(response.get(name), name)

    # What must not be forwarded

    @proxied
    def test_ambiguous_requests_are_refused_and_the_origin_never_sees_them(self):
        host = "Host: raw.sluice.test\r\n"
        for name, request in {
                "both lengths": f"POST / HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "two lengths": f"POST / HTTP/1.1\r\n{host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
                "a signed length": f"POST / HTTP/1.1\r\n{host}Content-Length: +4\r\n\r\nabcd",
                "a hexadecimal length": f"POST / HTTP/1.1\r\n{host}Content-Length: 0x4\r\n\r\nabcd",
                "a huge length": f"POST / HTTP/1.1\r\n{host}Content-Length: 99999999999999999999\r\n\r\nabcd",
                "an unknown coding": f"POST / HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "chunked not last": f"POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "coding in HTTP/1.0": f"POST / HTTP/1.0\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "space before colon": f"GET / HTTP/1.1\r\n{host}X-A : 1\r\n\r\n",
                "a folded line": f"GET / HTTP/1.1\r\n{host}X-A: 1\r\n 2\r\n\r\n",
                "a bare line feed": "GET / HTTP/1.1\nHost: raw.sluice.test\n\n",
                "a bare carriage return": f"GET / HTTP/1.1\r\n{host}X-A: 1\rX-B: 2\r\n\r\n",
                "a zero byte": f"GET / HTTP/1.1\r\n{host}X-A: 1\x002\r\n\r\n",
                "no host": "GET / HTTP/1.1\r\nX: 1\r\n\r\n",
                "two hosts": f"GET / HTTP/1.1\r\n{host}Host: other.sluice.test\r\n\r\n",
                "a bad chunk size": f"POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n5g\r\nhello\r\n0\r\n\r\n",
                "a chunk longer than it says": f"POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
                "no version": "GET /\r\n\r\n",
                "two spaces": f"GET  / HTTP/1.1\r\n{host}\r\n"}.items():
            with self.subTest(name):
                complete = []
                server = self.serve(serving(lambda got, complete=complete: complete.append(got) or answer("never")))
                peer = self.connect()
                peer.send(request)
                response = peer.read_message()
                self.assertTrue(400 <= response.status < 600, response)
                self.assertIn(peer.ended(), ("fin", "reset"))
                self.assertEqual(complete, [])
                peer.close()
                server.stop()

    @proxied
    def test_ambiguous_responses_never_reach_the_client(self):
        for name, response in {
                "both lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                "an unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nhello",
                "garbage": b"\x15\x03\x01\x00\x02\x02\x28 not http\r\n\r\n",
                "a bad status": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
                "an upgrade nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello",
                "nothing at all": b""}.items():
            with self.subTest(name):
                def handler(peer, response=response):
                    peer.read_message()
                    peer.send(response)

                server = self.serve(handler)
                peer = self.connect()
                got = peer.request()
                self.assertTrue(500 <= got.status < 600, got)
                self.assertNotIn(b"hello", got.body)
                peer.close()
                server.stop()


class FramingWithinTls(Framing):
    TLS = True


if __name__ == "__main__":
    unittest.main()
