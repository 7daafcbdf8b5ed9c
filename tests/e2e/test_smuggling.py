"""Messages that two readers could read differently, in both directions, over HTTP/1.1 and as HTTP/2 frames: none is
passed on, no byte of one becomes a part of another, and a connection that saw one is not used again. Then floods."""
import ssl
import struct
import time
import unittest

from lib import h2
from lib.case import E2ECase, proxied
from lib.h2 import GoAway, H2Peer
from lib.peer import Closed, client_context
from lib.process import status_field
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import SLOWNESS, wait_until

HOST = "Host: raw.sluice.test\r\n"
POST = "POST /first HTTP/1.1\r\n" + HOST
CHUNKED = POST + "Transfer-Encoding: chunked\r\n"
NEXT = "GET /smuggled HTTP/1.1\r\n" + HOST + "\r\n"

# What must be refused with a 4xx or 5xx, and the connection closed. Each is followed by a request that must not be read.
REQUESTS = {
    "length and coding": POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two equal lengths and one other": POST + "Content-Length: 4\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    "a list of lengths": POST + "Content-Length: 4, 5\r\n\r\nabcd",
    "a length with a sign": POST + "Content-Length: +4\r\n\r\nabcd",
    "a negative length": POST + "Content-Length: -4\r\n\r\nabcd",
    "a hexadecimal length": POST + "Content-Length: 0x4\r\n\r\nabcd",
    "a length with an underscore": POST + "Content-Length: 1_0\r\n\r\nabcd",
    "an empty length": POST + "Content-Length: \r\n\r\nabcd",
    "a length of twenty digits": POST + "Content-Length: 18446744073709551620\r\n\r\nabcd",
    "a length with a space within": POST + "Content-Length: 4 0\r\n\r\nabcd",
    "a length with a vertical tab": POST + "Content-Length: \v4\r\n\r\nabcd",
    "coding xchunked": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding chunked, identity": POST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "coding gzip, chunked": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding chunked twice": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding chunked, then identity": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding with a vertical tab": POST + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n",
    "coding in quotes": POST + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
    "coding folded": POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "coding with a space before its colon": POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "coding behind a bare line feed": POST + "X: 1\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding behind a bare carriage return": POST + "X: 1\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding in HTTP/1.0": "POST /first HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk size that overflows": CHUNKED + "\r\n10000000000000004\r\nabcd\r\n0\r\n\r\n",
    "a chunk size with 0x": CHUNKED + "\r\n0x4\r\nabcd\r\n0\r\n\r\n",
    "a negative chunk size": CHUNKED + "\r\n-4\r\nabcd\r\n0\r\n\r\n",
    "a chunk size with a space before": CHUNKED + "\r\n 4\r\nabcd\r\n0\r\n\r\n",
    "an empty chunk size": CHUNKED + "\r\n\r\nabcd\r\n0\r\n\r\n",
    "a chunk size before a bare line feed": CHUNKED + "\r\n4\nabcd\r\n0\r\n\r\n",
    "a line feed in a chunk extension": CHUNKED + "\r\n4;a\n=b\r\nabcd\r\n0\r\n\r\n",
    "a chunk extension of a megabyte": CHUNKED + "\r\n4;" + "a" * (1 << 20) + "\r\nabcd\r\n0\r\n\r\n",
    "no line end behind a chunk": CHUNKED + "\r\n4\r\nabcd0\r\n\r\n",
    "a bare line feed behind a chunk": CHUNKED + "\r\n4\r\nabcd\n0\r\n\r\n",
    "a bare line feed in the head": "GET /first HTTP/1.1\n" + HOST + "\r\n",
    "a zero byte in a value": "GET /first HTTP/1.1\r\n" + HOST + "X: a\0b\r\n\r\n",
    "a zero byte in a name": "GET /first HTTP/1.1\r\n" + HOST + "X\0: a\r\n\r\n",
    "a folded line": "GET /first HTTP/1.1\r\n" + HOST + "X: a\r\n b\r\n\r\n",
    "a first line that is folded": "GET /first HTTP/1.1\r\n " + HOST + "\r\n",
    "an empty name": "GET /first HTTP/1.1\r\n" + HOST + ": a\r\n\r\n",
    "a line without a colon": "GET /first HTTP/1.1\r\n" + HOST + "abc\r\n\r\n",
    "a name of seventy kilobytes": "GET /first HTTP/1.1\r\n" + HOST + "X" * 70000 + ": a\r\n\r\n",
    "a space in a name": "GET /first HTTP/1.1\r\n" + HOST + "Content Length: 4\r\n\r\n",
    "no host": "GET /first HTTP/1.1\r\n\r\n",
    "two hosts": "GET /first HTTP/1.1\r\n" + HOST + HOST + "\r\n",
    "two different hosts": "GET /first HTTP/1.1\r\n" + HOST + "Host: raw2.sluice.test\r\n\r\n",
    "a host with a user": "GET /first HTTP/1.1\r\nHost: a@raw.sluice.test\r\n\r\n",
    "a host with a path": "GET /first HTTP/1.1\r\nHost: raw.sluice.test/x\r\n\r\n",
    "a host with a comma": "GET /first HTTP/1.1\r\nHost: raw.sluice.test,raw2.sluice.test\r\n\r\n",
    "a fragment in the target": "GET /first#a HTTP/1.1\r\n" + HOST + "\r\n",
    "a target in authority form": "GET raw.sluice.test:80 HTTP/1.1\r\n" + HOST + "\r\n",
    "a target that is another host's": "GET http://raw2.sluice.test/first HTTP/1.1\r\n" + HOST + "\r\n",
    "a tab in the request line": "GET\t/first\tHTTP/1.1\r\n" + HOST + "\r\n",
    "a space in the target": "GET /first x HTTP/1.1\r\n" + HOST + "\r\n",
    "two spaces": "GET  /first HTTP/1.1\r\n" + HOST + "\r\n",
    "a zero byte in the target": "GET /first\0 HTTP/1.1\r\n" + HOST + "\r\n",
    "an unknown version": "GET /first HTTP/1.2x\r\n" + HOST + "\r\n",
    "HTTP/3 by text": "GET /first HTTP/3.0\r\n" + HOST + "\r\n",
    "a method that resembles HEAD": "head /first HTTP/1.1\r\n" + HOST + "\r\n",
    "an expectation that is unknown": POST + "Expect: 200-maybe\r\nContent-Length: 4\r\n\r\nabcd",
}
# What must not reach the client; each is followed by a response that would belong to the next request.
RESPONSES = {
    "length and coding": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a list of lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",
    "a length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    "coding chunked, identity": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
    "a space before a colon": b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
    "a zero byte": b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello",
    "a bare carriage return": b"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 5\r\n\r\nhello",
    "a bad version": b"HTTP/1.1x 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "a bad status": b"HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello",
    "an upgrade nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello",
    "a flood of interim answers": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 200 + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
}


class Base(E2ECase):
    ORIGIN = False

    def serve(self, handler, alpn="http/1.1", last=5):
        server = ScriptedServer(self.lab, handler, last=last, port=443, certificate="any", alpn=(alpn,))
        self.addCleanup(server.stop)
        return server

    def connect(self, alpn="http/1.1", name="raw.sluice.test"):
        peer = self.lab.connect(name, 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=[alpn]), name)

    def assert_serves(self, alpn="http/1.1"):
        """Another client, on another connection to another origin, is served."""
        if alpn == "h2":
            server = self.serve(h2.serving(lambda stream: "served"), "h2", last=6)
            self.assertEqual(H2Peer(self.connect("h2", "raw2.sluice.test"), authority="raw2.sluice.test").request().body, b"served")
        else:
            server = self.serve(serving(answer("served")), last=6)
            self.assertEqual(self.connect(name="raw2.sluice.test").request(host="raw2.sluice.test").body, b"served")
        server.stop()


@proxied
class Requests(Base):
    TIME_LIMIT = 120

    def test_none_is_passed_on_and_nothing_behind_it_is_read(self):
        complete = []
        self.serve(serving(lambda request: complete.append(request) or answer("reached")))
        for name, request in REQUESTS.items():
            with self.subTest(name):
                complete.clear()
                peer = self.connect()
                try:
                    peer.send(request, NEXT)
                    response = peer.read_message()
                    self.assertTrue(400 <= response.status < 600, response)
                    self.assertIn(peer.ended(), ("fin", "reset", "fin without close_notify"))
                except (ConnectionError, ssl.SSLError):
                    pass  # closed with bytes of ours unread: the answer may be lost
                self.assertEqual(complete, [], "the origin saw a whole request")
                peer.close()
        self.assert_serves()

    def test_what_is_accepted_is_written_anew(self):
        raw = []

        def handler(peer):
            head = peer.read_until(b"\r\n\r\n")
            raw.append(head)
            peer.read_until(b"0\r\n\r\n")
            peer.send(answer("ok"))

        self.serve(handler)
        peer = self.connect()
        peer.send("POST http://raw.sluice.test/p HTTP/1.1\r\nhOsT:   raw.sluice.test  \r\ntRansfer-encoding:  Chunked \r\nX-A:\t1 \r\n\r\n"
                  .replace("http://", "https://"), "0004;ext=\"a\"\r\nabcd\r\n000\r\n\r\n")
        self.assertEqual(peer.read_message().body, b"ok")
        lines = raw[0].decode().split("\r\n")
        self.assertEqual(lines[0], "POST /p HTTP/1.1")
        self.assertEqual(sorted(line.lower() for line in lines[1:]), ["host: raw.sluice.test", "transfer-encoding: chunked", "x-a: 1"])

    def test_fields_that_end_here_are_no_trailers(self):
        seen = []
        self.serve(serving(lambda request: seen.append(request) or answer("ok")))
        peer = self.connect()
        peer.send(CHUNKED, "\r\n4\r\nabcd\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: evil.test\r\nAuthorization: x\r\n"
                  "Cookie: a=b\r\nX-Sum: 1\r\n\r\n")
        self.assertEqual(peer.read_message().body, b"ok")
        self.assertEqual(seen[0].trailers, [("x-sum", "1")])

    def test_an_answer_before_the_body_ends_the_origins_connection_not_the_order(self):
        """0.CL and early answers: the rest of the body never becomes a request."""
        requests = []

        def handler(peer):
            head = peer.read_until(b"\r\n\r\n")
            requests.append(head.split(b" ")[1])
            peer.send(answer(head.split(b" ")[1]))
            try:
                while True:
                    rest = peer.read_until(b"\r\n\r\n")
                    requests.append(b"again " + rest.split(b"\r\n")[0])
                    peer.send(answer(b"again"))
            except Closed:
                pass

        self.serve(handler)
        peer = self.connect()
        peer.send("POST /early HTTP/1.1\r\n", HOST, f"Content-Length: {len(NEXT)}\r\n\r\n")
        self.assertEqual(peer.read_message().body, b"/early")
        try:
            peer.send(NEXT)
            while True:
                self.assertNotEqual(peer.read_message().body, b"/smuggled")
        except (Closed, ConnectionError, ssl.SSLError, TimeoutError):
            pass
        self.assertNotIn(b"/smuggled", requests)
        self.assertFalse([line for line in requests if line.startswith(b"again GET /smuggled")])


@proxied
class Responses(Base):
    def test_none_reaches_the_client_and_nothing_behind_it_answers_the_next_request(self):
        for name, response in RESPONSES.items():
            with self.subTest(name):
                connections = []

                def handler(peer, response=response, connections=connections):
                    connections.append(peer)
                    peer.read_message()
                    if len(connections) == 1:
                        peer.send(response, answer("poison"))
                        peer.read_all()
                    else:
                        peer.send(answer("clean"))

                server = self.serve(handler)
                peer = self.connect()
                try:
                    while True:
                        got = peer.request()
                        while 100 <= got.status < 200:
                            self.assertEqual(got.status, 103)
                            got = peer.read_message()
                        break
                    self.assertTrue(500 <= got.status < 600, got)
                    self.assertNotIn(b"hello", got.body)
                    second = peer.request()
                    self.assertEqual(second.body, b"clean")
                except (Closed, ConnectionError, ssl.SSLError):
                    pass  # closed after the first is well, too
                peer.close()
                server.stop()

    def test_bytes_behind_a_response_never_become_the_next_one(self):
        for name, response in {
                "behind a length": answer("first"),
                "behind a chunked body": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n",
                "behind a 204": b"HTTP/1.1 204 No Content\r\n\r\n",
                "behind a 304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n",
                "behind a HEAD": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"}.items():
            with self.subTest(name):
                connections = []

                def handler(peer, response=response, connections=connections):
                    connections.append(peer)
                    request = peer.read_message()
                    if request.target == "/first":
                        peer.send(response, answer("poison"))
                        peer.read_all()
                    else:
                        peer.send(answer("clean"))

                server = self.serve(handler)
                peer = self.connect()
                first = peer.request("/first", method="HEAD" if "HEAD" in name else "GET")
                self.assertIn(first.status, (200, 204, 304))
                self.assertNotIn(b"poison", first.body)
                try:
                    self.assertEqual(peer.request("/second").body, b"clean")
                except (Closed, ConnectionError, ssl.SSLError):
                    self.assertEqual(self.connect().request("/second").body, b"clean")
                self.assertEqual(len(connections), 2)
                peer.close()
                server.stop()

    def test_a_response_before_the_request_is_nobodys(self):
        connections = []

        def handler(peer):
            connections.append(peer)
            if len(connections) == 1:
                peer.send(answer("early"))
                peer.read_all()
            else:
                peer.read_message()
                peer.send(answer("clean"))

        self.serve(handler)
        peer = self.connect()
        wait_until(lambda: connections, "the origin has spoken first")
        time.sleep(0.3)  # what it said has reached the proxy, which has asked for nothing yet
        try:
            first = peer.request()
            self.assertTrue(first.body == b"clean" or first.status >= 500, first)
        except (Closed, ConnectionError, ssl.SSLError):
            pass

    def test_fields_that_end_here_are_no_trailers(self):
        self.serve(serving(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\n"
                           b"Transfer-Encoding: chunked\r\nX-Sum: 1\r\n\r\n"))
        response = self.connect().request()
        self.assertEqual((response.body, response.trailers), (b"first", [("x-sum", "1")]))


HEAD = [(":method", "GET"), (":scheme", "https"), (":authority", "raw.sluice.test"), (":path", "/first")]
POST_HEAD = [(":method", "POST"), *HEAD[1:]]


def _with(name, value):
    return [(key, value if key == name else old) for key, old in HEAD]


# Fields of a request that must end in an error of its stream (or of the connection); with the body that follows, if any.
FIELDS = {
    "a line end in a value": ([*HEAD, ("x", "a\r\nsmuggled: 1")], None),
    "a line feed in a value": ([*HEAD, ("x", "a\nsmuggled: 1")], None),
    "a zero byte in a value": ([*HEAD, ("x", "a\0b")], None),
    "a carriage return in a value": ([*HEAD, ("x", "a\rb")], None),
    "a space before a value": ([*HEAD, ("x", " a")], None),
    "a line end in a name": ([*HEAD, ("x\r\ny", "a")], None),
    "a colon in a name": ([*HEAD, ("x:y", "a")], None),
    "a space in a name": ([*HEAD, ("x y", "a")], None),
    "an empty name": ([*HEAD, ("", "a")], None),
    "a name in upper case": ([*HEAD, ("X-Up", "a")], None),
    "transfer-encoding": ([*POST_HEAD, ("transfer-encoding", "chunked")], b"0\r\n\r\n"),
    "connection": ([*HEAD, ("connection", "close")], None),
    "proxy-connection": ([*HEAD, ("proxy-connection", "close")], None),
    "keep-alive": ([*HEAD, ("keep-alive", "timeout=1")], None),
    "upgrade": ([*HEAD, ("upgrade", "h2c")], None),
    "te that is not trailers": ([*HEAD, ("te", "gzip")], None),
    "a length that is more than the body": ([*POST_HEAD, ("content-length", "10")], b"abcd"),
    "a length that is less than the body": ([*POST_HEAD, ("content-length", "2")], b"abcd"),
    "a length without a body": ([*POST_HEAD, ("content-length", "4")], None),
    "two lengths": ([*POST_HEAD, ("content-length", "4"), ("content-length", "5")], b"abcd"),
    "a length with a sign": ([*POST_HEAD, ("content-length", "+4")], b"abcd"),
    "another host than the authority": ([*HEAD, ("host", "raw2.sluice.test")], None),
    "two hosts": ([*HEAD, ("host", "raw.sluice.test"), ("host", "raw.sluice.test")], None),
    "no authority": ([field for field in HEAD if field[0] != ":authority"], None),
    "no path": ([field for field in HEAD if field[0] != ":path"], None),
    "no scheme": ([field for field in HEAD if field[0] != ":scheme"], None),
    "no method": ([field for field in HEAD if field[0] != ":method"], None),
    "two paths": ([*HEAD, (":path", "/second")], None),
    "an unknown pseudo field": ([*HEAD, (":evil", "1")], None),
    "a status in a request": ([*HEAD, (":status", "200")], None),
    "a pseudo field behind another": ([*HEAD[:3], ("x", "a"), HEAD[3]], None),
    "an empty path": (_with(":path", ""), None),
    "a path without a slash": (_with(":path", "first"), None),
    "a path with a space": (_with(":path", "/first HTTP/1.1\tx"), None),
    "a path with a line end": (_with(":path", "/first HTTP/1.1\r\nX: 1\r\n\r\nGET /smuggled"), None),
    "a path with a fragment": (_with(":path", "/first#a"), None),
    "a path that is a whole address": (_with(":path", "https://raw2.sluice.test/"), None),
    "a method with a space": (_with(":method", "GET /smuggled HTTP/1.1"), None),
    "a method with a line end": (_with(":method", "GET\r\nX"), None),
    "an empty method": (_with(":method", ""), None),
    "a method that resembles HEAD": (_with(":method", "head"), None),
    "another scheme": (_with(":scheme", "http"), None),
    "a scheme with a line end": (_with(":scheme", "https\r\n"), None),
    "an authority with a line end": (_with(":authority", "raw.sluice.test\r\nX: 1"), None),
    "an authority with a user": (_with(":authority", "a@raw.sluice.test"), None),
    "a protocol without connect": ([*HEAD, (":protocol", "websocket")], None),
}


@proxied
class Http2Requests(Base):
    TIME_LIMIT = 120

    def test_none_is_passed_on(self):
        complete = []
        self.serve(h2.serving(lambda stream: stream.ended and complete.append(stream) or "reached"), "h2")
        for name, (fields, body) in FIELDS.items():
            with self.subTest(name):
                complete.clear()
                client = H2Peer(self.connect("h2"))
                try:
                    stream = client.open(raw=fields, end=body is None)
                    if body is not None:
                        client.send_data(stream.number, body)
                    client.finish(stream)
                    self.assertTrue(stream.reset is not None or 400 <= stream.status < 500, stream)
                except (GoAway, Closed, OSError):
                    pass
                self.assertEqual(complete, [], "the origin saw a whole request")
                client.peer.close()
        self.assert_serves("h2")

    def test_one_bad_stream_ends_no_other(self):
        self.serve(h2.serving(lambda stream: "served"), "h2")
        client = H2Peer(self.connect("h2"))
        for fields in (FIELDS["connection"][0], FIELDS["another host than the authority"][0], FIELDS["a path that is a whole address"][0]):
            stream = client.finish(client.open(raw=fields))
            self.assertTrue(stream.reset is not None or stream.status == 400, stream)
            self.assertEqual(client.request().body, b"served")

    def test_pseudo_fields_in_trailers_are_refused(self):
        for trailers in ([(":path", "/smuggled")], [("x\r\n", "1")], [("connection", "close")], [("X", "1")]):
            with self.subTest(trailers):
                complete = []
                server = self.serve(h2.serving(lambda stream, complete=complete: stream.ended and complete.append(stream) or "reached"), "h2")
                client = H2Peer(self.connect("h2"))
                try:
                    stream = client.open(raw=POST_HEAD, end=False)
                    client.send_data(stream.number, b"abcd", end=False).send_head(stream.number, trailers)
                    client.finish(stream)
                    self.assertTrue(stream.reset is not None or 400 <= stream.status < 500 or complete[0].heads[1:] in ([], [[]]), stream)
                except (GoAway, Closed, OSError):
                    pass
                server.stop()

    def test_trailers_that_would_be_fields_are_dropped(self):
        seen = []
        self.serve(h2.serving(lambda stream: seen.append(stream) or "ok"), "h2")
        client = H2Peer(self.connect("h2"))
        stream = client.open(raw=POST_HEAD, end=False)
        client.send_data(stream.number, b"abcd", end=False)
        client.send_head(stream.number, [("content-length", "9"), ("authorization", "x"), ("cookie", "a=b"), ("x-sum", "1")])
        client.finish(stream)
        self.assertTrue(stream.reset is not None or seen[0].heads[1] == [("x-sum", "1")], (stream, seen))


@proxied
class Http2Responses(Base):
    def test_none_reaches_the_client(self):
        ok = [(":status", "200")]
        for name, fields, body in (
                ("a line end in a value", [*ok, ("x", "a\r\nset-cookie: b=c")], b"hello"),
                ("a zero byte in a value", [*ok, ("x", "a\0b")], b"hello"),
                ("a name in upper case", [*ok, ("X-Up", "a")], b"hello"),
                ("transfer-encoding", [*ok, ("transfer-encoding", "chunked")], b"hello"),
                ("connection", [*ok, ("connection", "close")], b"hello"),
                ("two lengths", [*ok, ("content-length", "5"), ("content-length", "6")], b"hello"),
                ("a length less than the body", [*ok, ("content-length", "2")], b"hello"),
                ("no status", [("x", "a")], b"hello"),
                ("two states", [*ok, (":status", "404")], b"hello"),
                ("a status behind a field", [("x", "a"), *ok], b"hello"),
                ("a status of two digits", [(":status", "20")], b"hello"),
                ("status 101", [(":status", "101")], b"hello"),
                ("a path in a response", [*ok, (":path", "/")], b"hello")):
            with self.subTest(name):
                def handler(peer, fields=fields, body=body):
                    server = H2Peer(peer, is_server=True)
                    stream = server.accept()
                    server.send_head(stream.number, fields, end=False)
                    server.send_data(stream.number, body)
                    server.end_of_connection()

                server = self.serve(handler, "h2")
                client = H2Peer(self.connect("h2"))
                stream = client.request()
                self.assertTrue(stream.reset is not None or stream.status >= 500, stream)
                self.assertFalse(stream.ended and b"hello" in stream.body and stream.status == 200, stream)
                server.stop()


@proxied
class Floods(Base):
    """Each ends in GOAWAY of the one connection; another client is served meanwhile and after it."""

    TIME_LIMIT = 90

    def flood(self, action, code=(h2.ENHANCE_YOUR_CALM,)):
        """Calls action(client, round) until the connection ends; returns the error code of GOAWAY. Meanwhile another client
        is served, the origin is not made to work much, and memory stays."""
        started = []
        origin = self.serve(h2.serving(lambda stream: started.append(stream) or "ok"), "h2")
        other = self.serve(h2.serving(lambda stream: "served"), "h2", last=6)
        bystander = H2Peer(self.connect("h2", "raw2.sluice.test"), authority="raw2.sluice.test")
        before = status_field(self.sluice.worker(), "VmRSS")
        client = H2Peer(self.connect("h2"))
        client.request()
        client.peer.socket.settimeout(0.001)
        ended = None
        for number in range(20000):
            if number % 100 == 50:
                self.assertEqual(bystander.request().body, b"served")
            try:
                client.peer.socket.settimeout(20 * SLOWNESS)
                action(client, number)
                client.peer.socket.settimeout(0.0005)
                if number % 20 == 0:
                    while True:
                        client.read_frame()
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except GoAway as error:
                ended = error.code
                break
            except (Closed, OSError):
                client.peer.socket.settimeout(5)
                ended = client.end_of_connection() if not client.goaway else client.goaway[1]
                break
        else:
            self.fail("the connection was let live")
        if ended is not None:
            self.assertIn(ended, code)
        self.assertEqual(bystander.request().body, b"served")
        self.assertLess(len(started), 2000, "the origin was made to work")
        self.assertLess(status_field(self.sluice.worker(), "VmRSS") - before, 300 << 10)
        other.stop()
        self.assert_serves("h2")
        origin.stop()
        return ended

    def test_rapid_reset(self):
        def action(client, _number):
            stream = client.open()
            client.reset(stream.number)

        self.flood(action)

    def test_streams_that_the_server_is_made_to_reset(self):
        def action(client, _number):
            stream = client.open("/", "POST", end=False)
            client.add_window(stream.number, 0x7fffffff)  # beyond what a window can be

        self.flood(action)

    # CVE-2025-8671: each makes the server reset the stream, or end the connection, that it has already begun to serve.

    ANY = tuple(range(14))

    def test_made_to_reset_by_an_increment_of_zero(self):
        def action(client, _number):
            client.add_window(client.open("/", "POST", end=False).number, 0)

        self.flood(action, self.ANY)

    def test_made_to_reset_by_data_behind_the_end(self):
        def action(client, _number):
            client.send(h2.DATA, h2.END_STREAM, client.open().number, b"more")

        self.flood(action, self.ANY)

    def test_made_to_reset_by_a_head_behind_the_end(self):
        def action(client, _number):
            client.send_head(client.open().number, [("x-more", "1")])

        self.flood(action, self.ANY)

    def test_made_to_reset_by_trailers_that_end_nothing(self):
        def action(client, _number):
            client.send_head(client.open("/", "POST", end=False).number, [("x-more", "1")], end=False)

        self.flood(action, self.ANY)

    def test_made_to_reset_by_a_priority_of_another_length(self):
        def action(client, _number):
            client.send(h2.PRIORITY, 0, client.open("/", "POST", end=False).number, b"\0\0\0")

        self.flood(action, self.ANY)

    def test_made_to_reset_by_a_stream_that_depends_on_itself(self):
        def action(client, _number):
            stream = client.open("/", "POST", end=False)
            client.send(h2.PRIORITY, 0, stream.number, struct.pack(">IB", stream.number, 16))

        self.flood(action, self.ANY)

    def test_made_to_reset_by_more_body_than_was_announced(self):
        def action(client, _number):
            client.send_data(client.open("/", "POST", [("content-length", "1")], end=False).number, b"abc")

        self.flood(action, self.ANY)

    def test_streams_beyond_what_is_allowed_at_once(self):
        self.flood(lambda client, _number: client.open("/", "POST", end=False), self.ANY)

    def test_frames_of_unknown_kinds(self):
        self.flood(lambda client, _number: client.send(0xee, 0, 0, b"x"))

    def test_streams_that_are_malformed(self):
        self.flood(lambda client, _number: client.open(raw=FIELDS["connection"][0]))

    def test_pings(self):
        self.flood(lambda client, number: client.send(h2.PING, 0, 0, struct.pack(">Q", number)))

    def test_settings(self):
        self.flood(lambda client, _number: client.peer.send(h2.settings((h2.S_STREAMS, 100))))

    def test_priorities(self):
        self.flood(lambda client, number: client.send(h2.PRIORITY, 0, 2 * number + 1, struct.pack(">IB", 0, 16)))

    def test_empty_data(self):
        opened = []

        def action(client, _number):
            if not opened:
                opened.append(client.open("/", "POST", end=False))
            client.send(h2.DATA, 0, opened[0].number)

        self.flood(action)

    def test_continuations_without_end(self):
        origin = self.serve(h2.serving(lambda stream: "ok"), "h2")
        client = H2Peer(self.connect("h2"))
        client.request()
        try:
            client.send(h2.HEADERS, 0, 3, h2.encode(HEAD))
            for _ in range(1000):
                client.send(h2.CONTINUATION, 0, 3, h2.literal("x-more", "y" * 100))
        except OSError:
            pass
        ended = client.end_of_connection()
        self.assertNotEqual(ended, h2.NO_ERROR)
        self.assert_serves("h2")
        origin.stop()

    def test_a_header_bomb_of_one_byte_each(self):
        origin = self.serve(h2.serving(lambda stream: "ok"), "h2")
        client = H2Peer(self.connect("h2"))
        client.request()
        try:
            # One entry of 4000 bytes in the table, then thousands of references to it, a byte each.
            client.send_head(3, None, block=h2.encode(HEAD) + h2.literal("x-bomb", "b" * 4000, indexed=True) + bytes([0x80 | 62]) * 8000)
            stream = client.streams.setdefault(3, h2.Stream(3))
            client.finish(stream)
            self.assertTrue(stream.reset is not None or stream.status == 431, stream)
        except (GoAway, Closed, OSError):
            pass
        self.assert_serves("h2")
        origin.stop()

    def test_a_list_of_fields_that_is_too_long(self):
        self.serve(h2.serving(lambda stream: "ok"), "h2")
        client = H2Peer(self.connect("h2"))
        try:
            stream = client.request(fields=[(f"x-{number}", "y") for number in range(1000)])
            self.assertTrue(stream.reset is not None or stream.status == 431, stream)
        except (GoAway, Closed, OSError):
            pass
        self.assert_serves("h2")

    def test_a_thousand_streams_with_no_window_hold_little_memory(self):
        self.serve(h2.serving(lambda stream: "b" * 60000), "h2")
        before = status_field(self.sluice.worker(), "VmRSS")
        clients = []
        for _ in range(10):
            client = H2Peer(self.connect("h2"), own_settings=[(h2.S_WINDOW, 0)], credit=False)
            clients.append(client)
            for _ in range(100):
                client.open()
        self.assert_serves("h2")
        # Ten connections, each bounded by its own limit whatever the number of its streams.
        self.assertLess(status_field(self.sluice.worker(), "VmRSS") - before, 300 << 10)
        for client in clients:
            client.peer.close()


if __name__ == "__main__":
    unittest.main()
