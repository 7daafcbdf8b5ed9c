"""What RFC 9110, 9112 and 9113 ask of an intermediary, message by message: what ends here, what is added where it is
configured, what a client forges, and how requests take turns on an origin's connection."""
import struct
import unittest

from lib import h2
from lib.case import E2ECase, proxied
from lib.h2 import H2Peer
from lib.lab import CLIENT4
from lib.peer import client_context
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import SLOWNESS

ALTSVC = 0x0a


class Base(E2ECase):
    ORIGIN = False

    def serve(self, handler, alpn="http/1.1"):
        server = ScriptedServer(self.lab, handler, port=443, certificate="any", alpn=(alpn,))
        self.addCleanup(server.stop)
        return server

    def connect(self, alpn="http/1.1"):
        peer = self.lab.connect("raw.sluice.test", 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=[alpn]), "raw.sluice.test")

    def seen_by_origin(self, fields, start="GET / HTTP/1.1"):
        """The request that the origin gets for one with these fields."""
        seen = []
        server = self.serve(serving(lambda request: seen.append(request) or answer("ok")))
        peer = self.connect()
        peer.send(f"{start}\r\nHost: raw.sluice.test\r\n{fields}\r\n")
        self.assertEqual(peer.read_message().status, 200)
        server.stop()
        return seen[0]


@proxied
class AlternativeServices(Base):
    """A client that was told of HTTP/3 would go past the gateway (RFC 7838)."""

    FIELDS = {"h3": ('h3=":443"; ma=86400', None), "both": ('h3=":443", h2="b.sluice.test:443"; ma=9', 'h2="b.sluice.test:443"; ma=9'),
              "clear": ("clear", "clear"), "draft": ('h3-29=":443",quic=":443"; v="46,43"', None)}

    def test_of_a_response_over_http11(self):
        for name, (sent, kept) in self.FIELDS.items():
            with self.subTest(name):
                server = self.serve(serving(answer("ok", fields=f"Alt-Svc: {sent}\r\n")))
                self.assertEqual(self.connect().request().get("alt-svc"), kept)
                server.stop()

    def test_of_an_interim_response_over_http11(self):
        self.serve(serving(b"HTTP/1.1 103 Early Hints\r\nAlt-Svc: h3=\":443\"\r\nLink: </a>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n" + answer("ok")))
        peer = self.connect()
        hint = peer.request()
        self.assertEqual((hint.status, hint.get("link")), (103, "</a>"))
        self.assertIsNone(hint.get("alt-svc"))
        self.assertIsNone(hint.get("x-hop"))
        self.assertEqual(peer.read_message().body, b"ok")

    def test_of_responses_and_frames_over_http2(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            offer = b'h3=":443"'
            server.send(ALTSVC, 0, 0, struct.pack(">H", 15) + b"raw.sluice.test" + offer)
            server.send(ALTSVC, 0, stream.number, struct.pack(">H", 0) + offer)
            server.send_head(stream.number, [(":status", "103"), ("alt-svc", 'h3=":443"'), ("link", "</a>")], end=False)
            server.respond(stream, "final", fields=[("alt-svc", 'h3=":443"; ma=1')])
            server.end_of_connection()

        self.serve(handler, "h2")
        client = H2Peer(self.connect("h2"))
        stream = client.open()
        kinds = []
        while not stream.ended:
            kinds.append(client.read_frame()[0])
        self.assertNotIn(ALTSVC, kinds)
        self.assertEqual([dict(head).get("link") for head in stream.interim], ["</a>"])
        self.assertEqual((stream.status, stream.body), (200, b"final"))
        for head in stream.heads:
            self.assertNotIn("alt-svc", dict(head))


@proxied
class Forged(Base):
    """What a client says of proxies before us (SECURITY row 141)."""

    def test_fields_for_a_proxy_end_here(self):
        request = self.seen_by_origin("Proxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\nProxy-Authenticate: Basic\r\n"
                                      "Proxy-Anything: 1\r\nProxy: http://evil.test/\r\nX-Proxy: 2\r\n")
        for name in ("proxy-authorization", "proxy-connection", "proxy-authenticate", "proxy-anything", "proxy"):
            self.assertIsNone(request.get(name), name)
        self.assertEqual(request.get("x-proxy"), "2")

    def test_addresses_of_others_are_passed_on_and_believed_by_nobody(self):
        request = self.seen_by_origin("X-Forwarded-For: 203.0.113.9\r\nVia: 1.1 another\r\nForwarded: for=203.0.113.9\r\n",
                                      start="GET /forged HTTP/1.1")
        self.assertEqual((request.get("x-forwarded-for"), request.get("via"), request.get("forwarded")),
                         ("203.0.113.9", "1.1 another", "for=203.0.113.9"))
        record, = self.sluice.wait_records(1, url__full="https://raw.sluice.test/forged")
        self.assertEqual(record["source.ip"], CLIENT4)

    def test_64_kilobytes_of_them_are_refused(self):
        self.serve(serving(answer("ok")))
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: raw.sluice.test\r\nX-Forwarded-For: " + "203.0.113.9, " * 6000 + "\r\n\r\n")
        self.assertEqual(peer.read_message().status, 431)


@proxied
class Named(Base):
    """http { via yes  forwarded yes }"""

    CONFIG = {"extra": "http { via yes  forwarded yes }\n"}

    def test_the_proxy_is_named_behind_those_before_it(self):
        seen = []
        self.serve(serving(lambda request: seen.append(request) or answer("ok", fields="Via: 1.0 cache\r\n")))
        response = self.connect().request(fields="Via: 1.1 another\r\nForwarded: for=203.0.113.9\r\n")
        self.assertEqual(seen[0].all("via"), ["1.1 another", "1.1 sluice"])
        self.assertEqual(seen[0].all("forwarded"), ["for=203.0.113.9", f"for={CLIENT4};proto=https"])
        self.assertEqual(response.all("via"), ["1.0 cache", "1.1 sluice"])
        self.assertIsNone(response.get("forwarded"))

    def test_http2_is_named_as_version_2(self):
        seen = []
        self.serve(h2.serving(lambda stream: seen.append(stream) or "ok"), "h2")
        stream = H2Peer(self.connect("h2")).request()
        self.assertEqual((seen[0].get("via"), stream.get("via")), ("2 sluice", "2 sluice"))


@proxied
class Requests(Base):
    def test_options_of_the_server_itself(self):
        request = self.seen_by_origin("", start="OPTIONS * HTTP/1.1")
        self.assertEqual((request.start[0], request.target), ("OPTIONS", "*"))

    def test_absolute_form_becomes_origin_form(self):
        for target, expected in (("https://raw.sluice.test/a?b", "/a?b"), ("https://RAW.sluice.test:443", "/"), ("https://raw.sluice.test?q", "/?q")):
            with self.subTest(target):
                self.assertEqual(self.seen_by_origin("", start=f"GET {target} HTTP/1.1").target, expected)

    def test_forwards_are_counted_down(self):
        for method in ("OPTIONS", "TRACE"):
            self.assertEqual(self.seen_by_origin("Max-Forwards: 5\r\n", start=f"{method} / HTTP/1.1").get("max-forwards"), "4")
        # It means nothing with other methods.
        self.assertEqual(self.seen_by_origin("Max-Forwards: 0\r\n").get("max-forwards"), "0")

    def test_a_request_that_may_not_be_forwarded_is_answered_here(self):
        server = self.serve(serving(answer("reached")))
        for method in ("OPTIONS", "TRACE"):
            peer = self.connect()
            peer.send(f"{method} / HTTP/1.1\r\nHost: raw.sluice.test\r\nMax-Forwards: 0\r\n\r\n")
            response = peer.read_message()
            self.assertEqual(response.status, 405)
            self.assertNotIn(b"reached", response.body)
        server.stop()

    def test_conditions_and_ranges_are_the_origins(self):
        request = self.seen_by_origin('If-None-Match: "a", W/"b"\r\nIf-Modified-Since: Sat, 01 Jan 2022 00:00:00 GMT\r\nIf-Range: "a"\r\nRange: bytes=5-\r\n')
        self.assertEqual((request.get("if-none-match"), request.get("if-range"), request.get("range")), ('"a", W/"b"', '"a"', "bytes=5-"))
        for status, fields in (("206 Partial Content", "Content-Range: bytes 5-6/7\r\n"), ("412 Precondition Failed", ""), ("416 Range", "Content-Range: bytes */7\r\n")):
            server = self.serve(serving(answer("xy", status, fields)))
            response = self.connect().request()
            self.assertEqual((response.status, response.body), (int(status[:3]), b"xy"))
            server.stop()

    def test_content_that_some_clients_do_not_expect_ends_the_connection(self):
        for body, closes in ((b"Content-Length: 3\r\n\r\nabc", True), (b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", True), (b"Content-Length: 0\r\n\r\n", False)):
            server = self.serve(serving(b"HTTP/1.1 205 Reset Content\r\n" + body))
            response = self.connect().request()
            self.assertEqual((response.status, response.get("connection") == "close"), (205, closes))
            server.stop()


@proxied
class Turns(Base):
    def test_a_request_takes_the_place_of_a_stream_that_ended_beside_one_that_goes_on(self):
        """The origin takes two streams at once; one of them never ends."""
        def handler(peer):
            server = H2Peer(peer, is_server=True, own_settings=[(h2.S_STREAMS, 2)])
            while True:
                stream = server.accept()
                if stream.get(":path") == "/events":
                    server.send_head(stream.number, [(":status", "200")], end=False)
                else:
                    server.respond(stream, stream.get(":path"))

        self.serve(handler, "h2")
        client = H2Peer(self.connect("h2"))
        events = client.open("/events")
        client.wait(lambda: events.heads)
        rest = [client.open(f"/{number}") for number in range(5)]
        for number, stream in enumerate(rest):
            self.assertEqual(client.finish(stream).body, b"/%d" % number)
        self.assertFalse(events.ended)


if __name__ == "__main__":
    unittest.main()
