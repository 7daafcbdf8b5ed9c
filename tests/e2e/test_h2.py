"""HTTP/2 on both legs: real servers and clients, then frame by frame with both ends in the test's hands."""
import hashlib
import json
import os
import threading
import unittest

from lib import h2, h2servers, nodejs, paths
from lib.case import E2ECase, needs_program, proxied
from lib.h2 import GoAway, H2Peer
from lib.lab import address4
from lib.peer import Closed, Peer, client_context
from lib.process import status_field
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import SLOWNESS, wait_until


class RealServers(E2ECase):
    """curl, h2load and Node against five servers."""

    ORIGIN = False
    TIME_LIMIT = 90

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = h2servers.contents(cls.lab)
        cls.servers = [name for name in h2servers.ADDRESSES if paths.find_program(name)]
        for name in cls.servers:
            h2servers.STARTERS[name](cls.lab, cls.files)

    def url(self, server, path):
        return f"https://{h2servers.HOSTS[server]}{path}"

    def test_curl_speaks_http2_through_to_each_server(self):
        for server in self.servers:
            with self.subTest(server=server):
                done = self.curl("-4", "--http2", "-w", "%{http_version}", self.url(server, "/hello"))
                self.assertEqual(done.stdout, "hello from the origin\n2", done.stderr)

    def test_a_client_of_http11_meets_the_same_servers(self):
        for server in self.servers:
            if server in ("node", "nghttpd"):
                continue  # they speak nothing but HTTP/2
            with self.subTest(server=server):
                done = self.curl("-4", "--http1.1", "-w", "%{http_version}", self.url(server, "/hello"))
                self.assertEqual(done.stdout, "hello from the origin\n1.1", done.stderr)

    def test_a_megabyte_arrives_byte_for_byte_from_each_server(self):
        expected = hashlib.sha256(bytes(range(256)) * 4096).hexdigest()
        for server in self.servers:
            with self.subTest(server=server):
                done = self.lab.run(self.lab.client, "curl", "-sSf4", "--http2", "--cacert", self.sluice.ca_file, self.url(server, "/1m"), text=False)
                self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), expected, done.stderr)

    def test_an_upload_is_echoed_byte_for_byte(self):
        data = os.urandom(3 << 20)
        path = self.lab.path("h2upload")
        with open(path, "wb") as out:
            out.write(data)
        for server in ("nghttpd", "nghttpx", "node"):
            if server not in self.servers:
                continue
            with self.subTest(server=server):
                done = self.lab.run(self.lab.client, "curl", "-sSf4", "--http2", "--cacert", self.sluice.ca_file, "-X", "POST", "--data-binary",
                                    f"@{path}", self.url(server, "/echo"), text=False)
                self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), hashlib.sha256(data).hexdigest(), done.stderr)

    def test_an_upload_reaches_nginx_whole(self):
        path = self.lab.path("h2put")
        with open(path, "wb") as out:
            out.write(os.urandom(3 << 20))
        self.assertEqual(self.status_of(self.url("nginx", "/uploads/file"), "-4", "--http2", "-T", path), 201)
        with open(path, "rb") as sent, open(os.path.join(self.files, "uploads", "file"), "rb") as arrived:
            self.assertEqual(arrived.read(), sent.read())

    def test_parallel_downloads_of_curl_are_whole(self):
        out = self.lab.make_directory("parallel")
        done = self.curl("-4", "--http2", "-Zf", "--parallel-max", "20", self.url("nghttpd", "/1m?[1-20]"), "-o", os.path.join(out, "#1"), timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = hashlib.sha256(bytes(range(256)) * 4096).hexdigest()
        for name in range(1, 21):
            with open(os.path.join(out, str(name)), "rb") as data:
                self.assertEqual(hashlib.sha256(data.read()).hexdigest(), expected)

    def test_http2_with_prior_knowledge_in_the_clear(self):
        done = self.curl("-4", "--http2-prior-knowledge", "-w", "%{http_version}", "http://www.sluice.test/hello")
        self.assertEqual(done.stdout, "hello from the origin\n2", done.stderr)

    @needs_program("h2load")
    def test_h2load_gets_every_answer_of_many_streams(self):
        for server in ("nghttpd", "nginx"):
            with self.subTest(server=server):
                address = address4(h2servers.ADDRESSES[server])
                done = self.lab.run(self.lab.client, "h2load", "-n2000", "-c5", "-m32", f"--connect-to={address}:443", self.url(server, "/1k"))
                self.assertIn("2000 succeeded, 0 failed, 0 errored", done.stdout, done.stdout + done.stderr)
                self.assertIn("2000 2xx", done.stdout)

    @needs_program("node")
    def test_nodes_client_and_server_understand_one_another(self):
        done = self.lab.run(self.lab.client, *nodejs.script("h2_client.js"), "https://node.sluice.test",
                            env={"NODE_EXTRA_CA_CERTS": self.sluice.ca_file, "NODE_OPTIONS": "--dns-result-order=ipv4first"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual(seen["protocol"], "h2")
        self.assertEqual((seen["hello"]["status"], seen["hello"]["text"]), (200, "hello from the origin\n"))
        self.assertEqual((seen["trailers"]["text"], seen["trailers"]["trailers"]), ("with trailers", {"x-sum": "42"}))
        self.assertEqual((seen["early"]["hints"], seen["early"]["text"]), ([[103, "</a.css>; rel=preload"]], "after hints"))
        self.assertNotEqual(seen["cancel"]["code"], 0)
        self.assertEqual(seen["push"]["text"], "push refused")
        self.assertEqual([echo["sha256"] for echo in seen["echoes"]], [seen["sent"]] * 8)
        self.assertEqual(seen["missing"]["status"], 404)
        self.assertEqual((seen["goaway"]["status"], seen["goaway"]["text"]), (200, "last"))

    @proxied
    def test_a_record_tells_of_http2(self):
        self.fetch(self.url("nghttpd", "/hello?recorded"), "-4", "--http2")
        record, = self.sluice.wait_records(1, url__full=self.url("nghttpd", "/hello?recorded"))
        self.assertEqual(str(record["http.version"]), "2")
        self.assertEqual(record["http.response.status_code"], 200)
        self.assertEqual(record["event.action"], "inspect")


class Memory(E2ECase):
    """One connection lives long."""

    ORIGIN = False
    CONFIG = None
    TIME_LIMIT = 180
    REQUESTS = int(os.environ.get("SLUICE_E2E_REQUESTS", "100000"))

    @proxied
    @needs_program("h2load")
    def test_a_hundred_thousand_requests_on_one_connection_take_no_more_memory(self):
        from lib.daemon import Sluice
        h2servers.start_nghttpd(self.lab, h2servers.contents(self.lab), "--workers=1")
        # What was freed comes back at once, where a sanitizer would keep it for a while.
        sluice = Sluice(self.lab).start(environment={"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:detect_leaks=1"})
        worker = sluice.worker()
        load = self.lab.start("h2load", ["h2load", f"-n{self.REQUESTS}", "-c1", "-m32", f"--connect-to={address4(3)}:443",
                                         "https://nghttpd.sluice.test/1k"], self.lab.client)
        samples = []

        def over():
            samples.append(status_field(worker, "VmRSS"))
            return not load.running()
        wait_until(over, "h2load is done", 150, interval=0.1)
        said = load.output()
        self.assertIn(f"{self.REQUESTS} succeeded, 0 failed, 0 errored", said)
        # The first fifth may still fill caches and pools.
        early = max(samples[:max(1, len(samples) // 5)])
        self.assertLess(max(samples) - early, 4096, f"resident KiB over time: {samples[::max(1, len(samples) // 40)]}")
        self.assertEqual(sluice.stop(), 0)


class Frames(E2ECase):
    """The origin is raw.sluice.test and speaks HTTP/2 frame by frame; so does the client."""

    ORIGIN = False
    TLS = True

    def serve(self, handler):
        server = ScriptedServer(self.lab, handler, port=443 if self.TLS else 80, certificate="any" if self.TLS else None, alpn=("h2",))
        self.addCleanup(server.stop)
        return server

    def connect(self, own_settings=(), credit=True):
        peer = self.lab.connect("raw.sluice.test", 443 if self.TLS else 80, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        if self.TLS:
            peer.start_tls(client_context(self.sluice.ca_file, alpn=["h2"]), "raw.sluice.test")
            self.assertEqual(peer.socket.selected_alpn_protocol(), "h2")
        return H2Peer(peer, own_settings=own_settings, credit=credit, scheme="https" if self.TLS else "http")

    # Messages

    def test_a_request_arrives_as_it_was_sent(self):
        seen = []
        self.serve(h2.serving(lambda stream: seen.append(stream) or "ok"))
        fields = [("accept-encoding", "br, gzip"), ("x-two", "1"), ("x-two", "2"), ("range", "bytes=0-5"), ("x-empty", "")]
        stream = self.connect().request("/p%20q?x=%2f", fields=fields)
        self.assertEqual((stream.status, stream.body), (200, b"ok"))
        head = seen[0].heads[0]
        self.assertEqual(sorted(head[:4]), sorted([(":method", "GET"), (":scheme", "https" if self.TLS else "http"),
                                                   (":authority", "raw.sluice.test"), (":path", "/p%20q?x=%2f")]))
        self.assertEqual(head[4:], fields)

    def test_a_response_arrives_as_it_was_sent(self):
        fields = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-z", "1"), ("content-type", "text/plain")]
        self.serve(h2.serving(lambda stream: {"body": b"x" * 300000, "status": 203, "fields": fields}))
        stream = self.connect().request()
        self.assertEqual((stream.status, len(stream.body), stream.head[1:]), (203, 300000, fields))

    def test_trailers_pass_both_ways(self):
        seen = []
        self.serve(h2.serving(lambda stream: seen.append(stream) or {"body": b"body", "trailers": [("x-sum", "42"), ("grpc-status", "0")]}))
        client = self.connect()
        stream = client.open("/", "POST", [("te", "trailers")], end=False)
        client.send_data(stream.number, b"abc", end=False).send_head(stream.number, [("x-sent", "7")])
        client.finish(stream)
        self.assertEqual((stream.body, stream.trailers), (b"body", [("x-sum", "42"), ("grpc-status", "0")]))
        self.assertEqual((seen[0].body, seen[0].heads[1]), (b"abc", [("x-sent", "7")]))

    def test_trailers_without_a_body_pass(self):
        self.serve(h2.serving(lambda stream: {"trailers": [("grpc-status", "5")]}))
        stream = self.connect().request()
        self.assertEqual((stream.status, stream.body, stream.trailers), (200, b"", [("grpc-status", "5")]))

    def test_interim_answers_come_through_before_the_final_one(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            server.send_head(stream.number, [(":status", "103"), ("link", "</a.css>; rel=preload")], end=False)
            server.send_head(stream.number, [(":status", "103"), ("link", "</b.css>; rel=preload")], end=False)
            server.respond(stream, "final")
            server.end_of_connection()

        self.serve(handler)
        stream = self.connect().request()
        self.assertEqual([dict(head)["link"] for head in stream.interim], ["</a.css>; rel=preload", "</b.css>; rel=preload"])
        self.assertEqual((stream.status, stream.body), (200, b"final"))

    def test_100_continue_comes_before_the_body_is_sent(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            self.assertEqual(stream.get("expect"), "100-continue")
            server.send_head(stream.number, [(":status", "100")], end=False)
            server.wait(lambda: stream.ended)
            server.respond(stream, stream.body)
            server.end_of_connection()

        self.serve(handler)
        client = self.connect()
        stream = client.open("/", "POST", [("expect", "100-continue"), ("content-length", "5")], end=False)
        client.wait(lambda: stream.interim)
        self.assertEqual(dict(stream.interim[0])[":status"], "100")
        client.send_data(stream.number, b"hello")
        self.assertEqual(client.finish(stream).body, b"hello")

    def test_head_204_and_304_carry_no_body(self):
        answers = {"/204": {"status": 204}, "/304": {"status": 304, "fields": [("etag", '"e"')]}, "/head": {"fields": [("content-length", "777")]}}
        self.serve(h2.serving(lambda stream: answers[stream.get(":path")]))
        client = self.connect()
        head = client.request("/head", "HEAD")
        self.assertEqual((head.status, head.get("content-length"), head.body), (200, "777", b""))
        self.assertEqual(client.request("/204").status, 204)
        self.assertEqual(client.request("/304").status, 304)

    def test_a_cookie_split_into_crumbs_stays_one_cookie(self):
        seen = []
        self.serve(h2.serving(lambda stream: seen.append(stream) or "ok"))
        self.connect().request(fields=[("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")])
        crumbs = [value for name, value in seen[0].heads[0] if name == "cookie"]
        self.assertEqual("; ".join(crumbs), "a=1; b=2; c=3")

    # Streams

    def test_streams_share_one_connection_to_the_origin_and_may_finish_out_of_order(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            streams = [server.accept() for _ in range(10)]
            for stream in reversed(streams):
                server.respond(stream, stream.get(":path"))
            server.end_of_connection()

        server = self.serve(handler)
        client = self.connect()
        streams = [client.open(f"/{number}") for number in range(10)]
        for number, stream in enumerate(streams):
            self.assertEqual(client.finish(stream).body, f"/{number}".encode())
        self.assertEqual(server.accepted, 1)

    def test_a_reset_by_the_client_reaches_the_origin_and_only_that_stream_ends(self):
        resets = []

        def handler(peer):
            server = H2Peer(peer, is_server=True)
            first = server.accept()
            server.send_head(first.number, [(":status", "200")], end=False)
            second = server.accept()
            server.wait(lambda: first.reset is not None)
            resets.append(first.reset)
            server.respond(second, "second")
            server.end_of_connection()

        self.serve(handler)
        client = self.connect()
        first = client.open("/first")
        client.wait(lambda: first.head)
        client.reset(first.number, h2.CANCEL)
        self.assertEqual(client.request("/second").body, b"second")
        self.assertEqual(resets, [h2.CANCEL])

    def test_a_reset_by_the_origin_reaches_the_client_and_only_that_stream_ends(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            first = server.accept()
            server.send_head(first.number, [(":status", "200")], end=False)
            server.send_data(first.number, b"part", end=False)
            server.reset(first.number, h2.INTERNAL_ERROR)
            server.respond(server.accept(), "second")
            server.end_of_connection()

        self.serve(handler)
        client = self.connect()
        first = client.finish(client.open("/first"))
        self.assertFalse(first.ended, first)
        self.assertIsNotNone(first.reset)
        self.assertEqual(client.request("/second").body, b"second")

    def test_a_body_cut_short_by_the_end_of_the_origin_never_looks_complete(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            server.send_head(stream.number, [(":status", "200")], end=False)
            server.send_data(stream.number, b"part", end=False)
            server.wait(lambda: True)
            peer.close()

        self.serve(handler)
        client = self.connect()
        try:
            stream = client.finish(client.open("/"))
            self.assertFalse(stream.ended, stream)
        except (Closed, GoAway, OSError):
            pass

    def test_a_goaway_of_the_origin_lets_what_is_under_way_finish(self):
        connections = []

        def handler(peer):
            server = H2Peer(peer, is_server=True)
            connections.append(server)
            stream = server.accept()
            server.send_goaway(stream.number)
            server.respond(stream, f"connection {len(connections)}")
            if len(connections) > 1:
                server.end_of_connection()

        self.serve(handler)
        client = self.connect()
        self.assertEqual(client.request("/1").body, b"connection 1")
        self.assertEqual(client.request("/2").body, b"connection 2")

    def test_a_request_that_the_origin_refused_is_sent_again(self):
        refused = []

        def handler(peer):
            server = H2Peer(peer, is_server=True)
            while True:
                stream = server.accept_whole()
                if stream is None:
                    return
                if not refused:
                    refused.append(stream)
                    server.reset(stream.number, h2.REFUSED_STREAM)
                else:
                    server.respond(stream, "served")

        self.serve(handler)
        stream = self.connect().request()
        self.assertEqual((stream.status, stream.body), (200, b"served"))
        self.assertEqual(len(refused), 1)

    def test_a_goaway_of_the_client_lets_what_is_under_way_finish(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            gate.wait(30)
            server.respond(stream, "finished")
            server.end_of_connection()

        gate = threading.Event()
        self.serve(handler)
        client = self.connect()
        stream = client.open("/")
        client.send_goaway(0)
        gate.set()
        self.assertEqual(client.finish(stream).body, b"finished")

    @proxied
    def test_push_is_refused_before_it_is_tried(self):
        settings = []

        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            settings.append(dict(server.settings))
            server.respond(stream, "ok")
            server.end_of_connection()

        self.serve(handler)
        self.connect().request()
        self.assertEqual(settings[0].get(h2.S_PUSH), 0)

    @proxied
    def test_a_push_all_the_same_ends_the_origins_connection_and_harms_nobody(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            stream = server.accept()
            pushed = h2.encode([(":method", "GET"), (":scheme", "https"), (":authority", "raw.sluice.test"), (":path", "/pushed")])
            server.send(h2.PUSH_PROMISE, h2.END_HEADERS, stream.number, b"\0\0\0\2" + pushed)
            server.respond(stream, "never")
            server.end_of_connection()

        self.serve(handler)
        client = self.connect()
        stream = client.request()
        self.assertTrue(stream.reset is not None or stream.status >= 500, stream)
        self.assertTrue(all(number % 2 for number in client.streams), client.streams)

    # Flow control

    def test_a_stream_that_nobody_reads_holds_no_other(self):
        sent = {}

        def handler(peer):
            server = H2Peer(peer, is_server=True)
            slow = server.accept()
            server.send_head(slow.number, [(":status", "200")], end=False)
            while True:  # as much as the proxy takes, while the client gives no credit for it
                room = min(server.window(0), server.window(slow.number), 16384)
                if room <= 0:
                    break
                server.send_data(slow.number, b"s" * room, end=False)
                sent["slow"] = sent.get("slow", 0) + room
                server.windows[0] -= room
                server.windows[slow.number] = server.window(slow.number) - room
            while True:
                stream = server.accept_whole()
                if stream is None:
                    return
                server.send_head(stream.number, [(":status", "200")], end=False)
                server.upload(stream.number, b"f" * 500000)

        self.serve(handler)
        client = self.connect(credit=False)
        client.add_window(0, 1 << 30)
        slow = client.open("/slow")
        client.wait(lambda: slow.head)
        for number in range(5):
            fast = client.open(f"/{number}")
            client.add_window(fast.number, 1 << 24)
            self.assertEqual(len(client.finish(fast).body), 500000)
        self.assertLessEqual(len(slow.body), 65535)
        self.assertFalse(slow.ended)
        self.assertLess(sent["slow"], 2 << 20)

    def test_an_upload_that_nobody_reads_holds_no_other(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True, credit=False)
            server.add_window(0, 1 << 30)
            server.accept()
            while True:
                stream = server.accept()
                server.add_window(stream.number, 1 << 24)
                server.wait(lambda stream=stream: stream.ended)
                server.respond(stream, str(len(stream.body)))

        self.serve(handler)
        client = self.connect()
        slow = client.open("/slow", "POST", end=False)
        client.wait(lambda: h2.S_WINDOW in client.settings)
        taken = min(client.window(0), client.window(slow.number))
        client.upload(slow.number, b"s" * taken, end=False)
        for _ in range(5):
            self.assertEqual(client.request("/fast", "POST", body=b"f" * 500000).body, b"500000")
        self.assertFalse(slow.ended)

    def test_parallel_uploads_and_downloads_are_whole(self):
        def handler(peer):
            server = H2Peer(peer, is_server=True)
            while True:
                stream = server.accept_whole()
                if stream is None:
                    return
                server.send_head(stream.number, [(":status", "200")], end=False)
                server.upload(stream.number, stream.body)

        self.serve(handler)
        client = self.connect()
        bodies = [os.urandom(200000 + number) for number in range(12)]
        streams = [client.open("/", "POST", end=False) for _ in bodies]
        for stream, body in zip(streams, bodies):
            client.upload(stream.number, body)
        for stream, body in zip(streams, bodies):
            self.assertEqual(hashlib.sha256(client.finish(stream).body).digest(), hashlib.sha256(body).digest())

    # The connection

    def test_alpn_is_exactly_what_the_origin_chose(self):
        if not self.TLS:
            self.skipTest("about TLS")
        self.serve(h2.serving(lambda stream: "ok"))
        for offer, expected in ((["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2")):
            peer = Peer.connect(self.lab.client, address4(5), 443).start_tls(client_context(self.sluice.ca_file, alpn=offer), "raw.sluice.test")
            self.addCleanup(peer.close)
            self.assertEqual(peer.socket.selected_alpn_protocol(), expected)

    @proxied
    def test_http11_is_the_choice_where_the_origin_knows_no_other(self):
        if not self.TLS:
            self.skipTest("about TLS")
        server = ScriptedServer(self.lab, serving(answer("ok")), last=6, port=443, certificate="any", alpn=("http/1.1",))
        self.addCleanup(server.stop)
        peer = Peer.connect(self.lab.client, address4(6), 443).start_tls(client_context(self.sluice.ca_file, alpn=["h2", "http/1.1"]),
                                                                        "raw2.sluice.test")
        self.addCleanup(peer.close)
        self.assertEqual(peer.socket.selected_alpn_protocol(), "http/1.1")
        self.assertEqual(peer.request(host="raw2.sluice.test").body, b"ok")

    @proxied
    def test_a_ping_is_answered_by_the_proxy(self):
        self.serve(h2.serving(lambda stream: "ok"))
        client = self.connect()
        client.send(h2.PING, 0, 0, b"12345678")
        client.wait(lambda: client.pongs)

    @proxied
    def test_connect_is_refused(self):
        reached = []
        self.serve(h2.serving(lambda stream: reached.append(stream) or "never"))
        client = self.connect()
        stream = client.finish(client.open(raw=[(":method", "CONNECT"), (":authority", "raw2.sluice.test:443")], end=False))
        self.assertTrue(stream.reset is not None or 400 <= stream.status < 600, stream)
        self.assertEqual(reached, [])

    @proxied
    def test_nothing_tells_of_the_proxy(self):
        seen = []
        self.serve(h2.serving(lambda stream: seen.append(stream) or "ok"))
        stream = self.connect().request()
        for name in ("via", "forwarded", "x-forwarded-for", "x-cache"):
            self.assertIsNone(seen[0].get(name), name)
            self.assertIsNone(stream.get(name), name)


class FramesInTheClear(Frames):
    TLS = False


if __name__ == "__main__":
    unittest.main()
