"""HTTP/2 on one leg and HTTP/1.1 on the other: what the client was greeted with stands, while an origin that is dialled
again may choose otherwise. Messages cross whole, and what one version cannot say in the other's words does not cross."""
import itertools
import unittest

from lib import h2
from lib.case import E2ECase, proxied
from lib.h2 import H2Peer
from lib.peer import Closed, client_context
from lib.scripted import ScriptedServer, answer
from lib.wait import SLOWNESS

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nX-Kept: yes\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n"


@proxied
class Translation(E2ECase):
    """The origin lives where raw.sluice.test does, each time with another name, of which nothing is known yet. Its first
    connection, which is for the greeting, ends with one answer."""

    ORIGIN = False
    names = itertools.count()

    def connect(self):
        self.name = f"translation{next(self.names)}.sluice.test"
        peer = self.lab.connect("raw.sluice.test", 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=["h2", "http/1.1"]), self.name)

    def serve(self, handler, alpn):
        server = ScriptedServer(self.lab, handler, port=443, certificate="any", alpn=alpn)
        self.addCleanup(server.stop)
        return server

    # A client of HTTP/2, an origin of HTTP/1.1

    def client_of_http2(self, response):
        """The client's connection, and the requests that an origin of HTTP/1.1 gets; response is bytes, or a function of the request."""
        seen = []

        def handler(peer):
            if peer.socket.selected_alpn_protocol() == "h2":
                origin = H2Peer(peer, is_server=True)
                stream = origin.accept_whole()
                origin.respond(stream, "first")
                origin.send_goaway(stream.number)
                origin.end_of_connection()
                return
            while True:
                try:
                    request = peer.read_message()
                except Closed:
                    return
                seen.append(request)
                peer.send(response(request) if callable(response) else response)

        server = self.serve(handler, ("h2",))
        client = H2Peer(self.connect(), authority=self.name)
        self.assertEqual(client.request().body, b"first")
        server.speak("http/1.1")
        return client, seen

    def test_requests_become_http11(self):
        client, seen = self.client_of_http2(lambda request: answer(request.body, fields="X-Kept: yes\r\n"))
        stream = client.open("/up?x=%2f", "POST", [("te", "trailers"), ("cookie", "a=1"), ("cookie", "b=2"), ("x-kept", "1")], end=False)
        client.send_data(stream.number, b"abc", end=False).send_data(stream.number, b"de", end=False)
        client.send_head(stream.number, [("x-sum", "5")])
        client.finish(stream)
        self.assertEqual((stream.status, stream.body, stream.get("x-kept"), stream.get("content-length")), (200, b"abcde", "yes", "5"))
        request = seen[0]
        self.assertEqual(request.start, ["POST", "/up?x=%2f", "HTTP/1.1"])
        self.assertEqual((request.get("host"), request.get("cookie"), request.get("x-kept")), (self.name, "a=1; b=2", "1"))
        self.assertEqual((request.framing, request.body, request.trailers), ("chunked", b"abcde", [("x-sum", "5")]))
        stream = client.request("/length", "PUT", [("content-length", "3")], b"abc")
        self.assertEqual((stream.status, seen[1].framing, seen[1].body), (200, "length", b"abc"))

    def test_responses_of_http11_become_streams(self):
        client, _ = self.client_of_http2(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + CHUNKED)
        stream = client.request()
        self.assertEqual([dict(head)["link"] for head in stream.interim], ["</a.css>"])
        self.assertEqual((stream.status, stream.body, stream.trailers, stream.get("x-kept")), (200, b"abcde", [("x-sum", "5")], "yes"))
        self.assertIsNone(stream.get("transfer-encoding"))

    def test_what_would_split_a_message_of_http11_reaches_no_origin(self):
        client, seen = self.client_of_http2(answer("ok"))
        head = [(":method", "POST"), (":scheme", "https"), (":authority", self.name)]
        for name, fields, body in (
                ("a line within a value", [(":path", "/"), ("x", "a\r\nContent-Length: 0")], b""),
                ("a line within a name", [(":path", "/"), ("x\r\ny", "a")], b""),
                ("a line within the path", [(":path", "/ HTTP/1.1\r\nX: y")], b""),
                ("a space within the path", [(":path", "/a b")], b""),
                ("transfer-encoding", [(":path", "/"), ("transfer-encoding", "chunked")], b"0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"),
                ("connection", [(":path", "/"), ("connection", "content-length"), ("content-length", "3")], b"abc"),
                ("two lengths", [(":path", "/"), ("content-length", "3"), ("content-length", "4")], b"abc"),
                ("more than its length", [(":path", "/"), ("content-length", "3")], b"abcGET / HTTP/1.1\r\n\r\n"),
                ("less than its length", [(":path", "/"), ("content-length", "30")], b"abc"),
                ("another host", [(":path", "/"), ("host", "raw2.sluice.test")], b"")):
            with self.subTest(name):
                stream = client.open(raw=head + fields, end=not body)
                if body:
                    client.send_data(stream.number, body)
                client.finish(stream)
                self.assertTrue(stream.reset is not None or stream.status == 400, stream)
                self.assertEqual(seen, [])
        self.assertEqual(client.request("/after").body, b"ok")
        self.assertEqual([request.start[1] for request in seen], ["/after"])

    def test_a_response_that_could_be_read_in_two_ways_becomes_no_stream(self):
        for name, response in (
                ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
                ("a length beside chunks", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                ("a malformed chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n")):
            with self.subTest(name):
                client, _ = self.client_of_http2(response)
                stream = client.request()
                self.assertTrue(stream.reset is not None or stream.status == 502, stream)
                self.doCleanups()

    # A client of HTTP/1.1, an origin of HTTP/2

    def client_of_http11(self, respond):
        """The client's connection, and the streams that an origin of HTTP/2 gets."""
        seen = []

        def handler(peer):
            if peer.socket.selected_alpn_protocol() == "h2":
                h2.serving(lambda stream: seen.append(stream) or respond(stream))(peer)
                return
            peer.read_message()
            peer.send(answer("first", fields="Connection: close\r\n"))

        server = self.serve(handler, ("http/1.1",))
        client = self.connect()
        self.assertEqual(client.socket.selected_alpn_protocol(), "http/1.1")
        self.assertEqual(client.request(host=self.name).body, b"first")
        server.speak("h2")
        return client, seen

    def test_requests_become_streams(self):
        client, seen = self.client_of_http11(lambda stream: {"body": stream.body, "fields": [("x-kept", "yes")], "trailers": [("x-sum", "5")]})
        response = client.request("/up", self.name, "POST", fields="Transfer-Encoding: chunked\r\nTE: trailers\r\nConnection: TE, X-One\r\nX-One: 1\r\nX-Kept: 1\r\n",
                                  body=b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 5\r\nHost: b\r\n\r\n")
        self.assertEqual((response.status, response.framing, response.body, response.trailers), (200, "chunked", b"abcde", [("x-sum", "5")]))
        self.assertEqual(response.get("x-kept"), "yes")
        head = dict(seen[0].heads[0])
        self.assertEqual((head[":method"], head[":path"], head[":authority"], head[":scheme"]), ("POST", "/up", self.name, "https"))
        self.assertEqual((head["x-kept"], head["te"]), ("1", "trailers"))
        self.assertFalse({"host", "transfer-encoding", "connection", "x-one", "content-length"} & set(head), head)
        self.assertEqual((seen[0].body, seen[0].heads[1]), (b"abcde", [("x-sum", "5")]))

    def test_streams_become_responses_one_after_the_other(self):
        answers = {"/none": {"status": 204}, "/length": {"body": b"abc", "fields": [("content-length", "3")]}, "/head": {"fields": [("content-length", "9")]}}
        client, seen = self.client_of_http11(lambda stream: answers[stream.get(":path")])
        client.send(*(f"{method} {path} HTTP/1.1\r\nHost: {self.name}\r\n\r\n" for method, path in (("HEAD", "/head"), ("GET", "/none"), ("GET", "/length"))))
        head = client.read_message(no_body=True)
        self.assertEqual((head.status, head.get("content-length")), (200, "9"))
        self.assertEqual(client.read_message().status, 204)
        response = client.read_message()
        self.assertEqual((response.framing, response.body), ("length", b"abc"))
        self.assertEqual(len(seen), 3)

    def test_what_would_split_a_response_of_http11_reaches_no_client(self):
        for name, respond in (
                ("a line within a value", {"fields": [("x", "a\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK")], "body": b"abc"}),
                ("a line within a name", {"fields": [("x\r\ny", "a")], "body": b"abc"}),
                ("transfer-encoding", {"fields": [("transfer-encoding", "chunked")], "body": b"0\r\n\r\n"}),
                ("two lengths", {"fields": [("content-length", "3"), ("content-length", "4")], "body": b"abc"}),
                ("more than its length", {"fields": [("content-length", "3")], "body": b"abcHTTP/1.1 200 OK\r\n\r\n"})):
            with self.subTest(name):
                client, _ = self.client_of_http11(lambda _stream, respond=respond: respond)
                client.send(f"GET / HTTP/1.1\r\nHost: {self.name}\r\n\r\n")
                try:
                    self.assertEqual(client.read_message().status, 502)
                except (Closed, OSError):
                    pass  # cut short: never whole, and nothing behind it
                self.doCleanups()


if __name__ == "__main__":
    unittest.main()
