"""Connections to origins that serve one client after the other: which are kept, and which must never be."""
import ssl
import threading
import unittest

from lib import h2
from lib.case import E2ECase, proxied
from lib.h2 import H2Peer
from lib.lab import address4, address6
from lib.peer import Peer, client_context
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import SLOWNESS, wait_until

GATEWAY = "threads 1"  # a connection is kept by the thread that dialled it


class Origin:
    """Answers each request with the number of its connection, or as script(number, peer, request) does: it returns
    what is sent, or None when it has done everything itself."""

    def __init__(self, script=None):
        self.script = script
        self.requests = []  # (number of the connection, request)
        self.peers = []

    def __call__(self, peer):
        self.peers.append(peer)
        number = len(self.peers)
        while True:
            request = peer.read_message()
            self.requests.append((number, request))
            response = self.script(number, peer, request) if self.script else answer(str(number))
            if response is None:
                return
            peer.send(response)


class Case(E2ECase):
    ORIGIN = False
    tls = False

    def serve(self, script=None, last=5, **options):
        if self.tls:
            options = {"port": 443, "certificate": "any", **options}
        self.origin = Origin(script)
        self.server = ScriptedServer(self.lab, self.origin, last=last, **options)
        self.addCleanup(self.server.stop)

    def connect(self, address=None, name="raw.sluice.test", alpn=("http/1.1",)):
        peer = Peer.connect(self.lab.client, address or address4(5), 443 if self.tls else 80, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=list(alpn)), name) if self.tls else peer

    def wait_parted(self):
        """No client is connected: what can be kept is kept."""
        wait_until(lambda: self.sluice.ctl_json("status")["sessions"] == 0, "all sessions have ended")

    def ask(self, target="/", method="GET", fields="", body=b"", **to):
        """One client with one request: the answer."""
        with self.connect(**to) as client:
            response = client.request(target, method=method, fields=fields, body=body)
        self.wait_parted()
        return response

    def count(self, name):
        return self.sluice.ctl_json("status")["counters"][name]

    def assert_fresh(self, before):
        """The next client is served well, on a connection that was made for it."""
        response = self.ask("/next")
        self.assertEqual(response.status, 200)
        self.assertEqual(int(response.body), before + 1)
        self.assertEqual(self.server.accepted, before + 1)


@proxied
class Plain(Case):
    CONFIG = {"gateway": GATEWAY, "limits": "body_timeout 1s"}

    def test_the_next_client_is_served_on_the_same_connection(self):
        self.serve()
        hits = self.count("origin_pool_hits")
        self.assertEqual([int(self.ask(f"/{number}").body) for number in range(4)], [1, 1, 1, 1])
        self.assertEqual(self.server.accepted, 1)
        self.assertEqual(self.count("origin_pool_hits"), hits + 3)

    def test_it_is_the_same_by_ipv6_and_the_families_are_apart(self):
        self.serve()
        self.assertEqual(int(self.ask(address=address6(5)).body), 1)
        self.assertEqual(int(self.ask(address=address6(5)).body), 1)
        self.assertEqual(int(self.ask(address=address4(5)).body), 2)
        self.assertEqual(int(self.ask(address=address6(5)).body), 1)

    def test_two_clients_at_once_never_share_one(self):
        self.serve()
        first = self.connect()
        self.assertEqual(int(first.request("/a").body), 1)
        second = self.connect()
        self.assertEqual(int(second.request("/b").body), 2)
        self.assertEqual(int(first.request("/c").body), 1)
        self.assertEqual(int(second.request("/d").body), 2)

    def test_a_request_that_must_not_be_repeated_gets_a_connection_of_its_own(self):
        self.serve()
        self.assertEqual(int(self.ask("/a").body), 1)
        self.assertEqual(int(self.ask("/b", "POST", "Content-Length: 3\r\n", b"abc").body), 2)
        self.assertEqual(int(self.ask("/c", "POST", "Content-Length: 0\r\n").body), 3)
        self.assertEqual(int(self.ask("/d", "PUT", "Content-Length: 3\r\n", b"abc").body), 4)
        self.assertEqual(int(self.ask("/e", "PATCH").body), 5)
        self.assertIn(int(self.ask("/f", "DELETE").body), range(1, 6))
        self.assertEqual(self.server.accepted, 5)

    def test_what_has_answered_its_client_takes_all_its_requests(self):
        self.serve()
        self.assertEqual(int(self.ask().body), 1)
        with self.connect() as client:
            self.assertEqual(int(client.request("/a").body), 1)
            self.assertEqual(int(client.request("/b", method="POST", fields="Content-Length: 3\r\n", body=b"abc").body), 1)

    def test_a_request_lost_with_a_kept_connection_is_sent_once_more(self):
        def script(number, peer, request):
            if number == 1 and request.target != "/first":
                peer.close()
                return None
            return answer(str(number))
        self.serve(script)
        self.assertEqual(int(self.ask("/first").body), 1)
        self.assertEqual(int(self.ask("/second").body), 2)
        self.assertEqual([(number, request.target) for number, request in self.origin.requests], [(1, "/first"), (1, "/second"), (2, "/second")])

    def test_a_request_lost_twice_is_given_up(self):
        def script(number, peer, request):
            if request.target == "/first":
                return answer(str(number))
            peer.close()
            return None
        self.serve(script)
        self.ask("/first")
        self.assertEqual(self.ask("/second").status, 502)
        self.assertEqual(len([1 for _, request in self.origin.requests if request.target == "/second"]), 2)

    def test_a_connection_that_the_origin_has_ended_is_not_tried(self):
        self.serve()
        self.ask()
        ended = self.count("origin_pool_ended")
        self.origin.peers[0].shutdown()
        wait_until(lambda: self.count("origin_pool_ended") > ended, "the pool has seen the end")
        self.assert_fresh(1)

    def test_a_word_out_of_turn_costs_the_connection(self):
        self.serve()
        self.ask()
        ended = self.count("origin_pool_ended")
        self.origin.peers[0].send(answer("not asked for"))
        wait_until(lambda: self.count("origin_pool_ended") > ended, "the pool has heard it")
        self.assert_fresh(1)

    def test_no_connection_is_kept_after_an_anomaly(self):
        """SEC-135."""
        bad = {
            "close": answer("x", fields="Connection: close\r\n"),
            "http/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "bytes behind the response": answer("x") + b"HTTP/1.1 200 OK\r\n",
            "a second response": answer("x") + answer("y"),
            "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "length and chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
            "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            "no response": b"hello\r\n\r\n",
            "400": answer("x", "400 Bad Request"),
            "408": answer("x", "408 Request Timeout"),
            "ntlm": answer("x", "401 Unauthorized", "WWW-Authenticate: NTLM\r\n"),
            "negotiate": answer("x", "401 Unauthorized", "WWW-Authenticate: Basic realm=\"a\", Negotiate\r\n"),
            "no answer in time": b"",
            "half an answer in time": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        }
        for what, response in bad.items():
            with self.subTest(what):
                self.serve(lambda number, peer, request, response=response: answer(str(number)) if request.target == "/next" else response)
                try:
                    self.ask("/bad")
                except (ConnectionError, ValueError):
                    pass
                self.wait_parted()
                self.assert_fresh(1)
                self.server.stop()

    def test_no_connection_is_kept_after_what_the_client_did(self):
        cases = {
            "negotiate": ("GET", "Authorization: Negotiate YII=\r\n", b""),
            "ntlm": ("GET", "Authorization: NTLM TlRMTVNTUAAB\r\n", b""),
            "unknown scheme": ("GET", "Authorization: Own x\r\n", b""),
            "answered before the request's end": ("POST", "Content-Length: 10\r\n", b"abc"),
            "upgrade": ("GET", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
        }
        for what, (method, fields, body) in cases.items():
            with self.subTest(what):
                self.serve()
                origin = self.origin
                if what.startswith("answered"):
                    def early(peer, origin=origin):
                        origin.peers.append(peer)
                        number = len(origin.peers)
                        while True:
                            peer.read_until(b"\r\n\r\n")
                            peer.send(answer(str(number)))
                    self.server.handler = early
                self.ask("/bad", method, fields, body)
                self.assert_fresh(1)
                self.server.stop()

    def test_no_connection_is_kept_where_the_client_went_away(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)

        def script(number, peer, request):
            if request.target == "/next":
                return answer(str(number))
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            go_on.wait(30)
            return b"defghij"
        self.serve(script)
        client = self.connect()
        client.send("GET /bad HTTP/1.1\r\nHost: raw.sluice.test\r\n\r\n")
        client.read_until(b"abc")
        client.reset()
        self.wait_parted()
        go_on.set()
        self.assert_fresh(1)

    def test_credentials_of_a_request_bind_nothing(self):
        self.serve()
        self.ask("/a", fields="Authorization: Basic eDp5\r\n")
        self.ask("/b", fields="Authorization: Bearer abc\r\n")
        self.assertEqual(self.server.accepted, 1)

    def test_another_host_at_the_same_address_is_apart(self):
        self.serve()
        self.ask()
        with self.connect() as client:
            self.assertEqual(int(client.request("/", host="other.sluice.test").body), 2)

    def test_a_reload_ends_what_is_kept(self):
        self.serve()
        self.ask()
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assert_fresh(1)


@proxied
class Off(Case):
    CONFIG = {"gateway": GATEWAY, "extra": "http { pool no }"}

    def test_nothing_is_kept_where_the_pool_is_off(self):
        self.serve()
        self.ask()
        self.assert_fresh(1)


@proxied
class Dial(Case):
    tls = True
    CONFIG = {"gateway": GATEWAY, "extra": "http { pool no }"}

    def test_a_client_of_a_known_name_is_greeted_while_its_origin_is_dialled(self):
        """The origin answers no hello before it may: the client's handshake does not wait for that."""
        may_answer = threading.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.lab.certificate("any"))

        def script(peer):
            may_answer.wait(20 * SLOWNESS)
            peer.socket = context.wrap_socket(peer.socket, server_side=True, suppress_ragged_eofs=False)
            serving(lambda request: answer("served"))(peer)
        self.addCleanup(ScriptedServer(self.lab, script, last=5, port=443).stop)
        self.addCleanup(may_answer.set)
        may_answer.set()
        self.assertEqual(self.ask().body, b"served")
        may_answer.clear()
        handshakes = self.count("handshakes_origin")
        with self.connect() as client:
            self.assertEqual(self.count("handshakes_origin"), handshakes)
            may_answer.set()
            self.assertEqual(client.request().body, b"served")
        self.assertEqual(self.count("handshakes_origin"), handshakes + 1)


@proxied
class Few(Case):
    CONFIG = {"gateway": GATEWAY, "extra": "http { pool_per_origin 2 pool_idle 1s }"}

    def test_no_more_are_kept_than_configured_and_no_longer(self):
        self.serve()
        clients = [self.connect() for _ in range(3)]
        self.assertEqual(sorted(int(client.request().body) for client in clients), [1, 2, 3])
        ended = self.count("origin_pool_ended")
        for client in clients:
            client.close()
        self.wait_parted()
        wait_until(lambda: sum(peer.socket.fileno() < 0 for peer in self.origin.peers) >= 1, "the third was closed")
        wait_until(lambda: self.count("origin_pool_ended") == ended + 2, "the time of the others is over")
        self.assert_fresh(3)


    def test_a_client_that_asks_for_nothing_gives_its_origins_connection_away(self):
        self.serve()
        ended = self.count("origin_pool_ended")
        with self.connect() as client:
            self.assertEqual(int(client.request("/a").body), 1)
            wait_until(lambda: self.count("origin_pool_ended") == ended + 1, "it was kept for others, and then closed")
            self.assertEqual(int(client.request("/b", method="POST", fields="Content-Length: 3\r\n", body=b"abc").body), 2)


@proxied
class Tls(Case):
    tls = True
    CONFIG = {"gateway": GATEWAY}

    def test_the_next_client_is_greeted_without_a_handshake_of_the_origin(self):
        self.serve()
        handshakes = self.count("handshakes_origin")
        with self.connect() as client:
            first = client.socket.getpeercert()
            self.assertEqual(int(client.request().body), 1)
        self.wait_parted()
        with self.connect() as client:
            self.assertEqual(client.socket.getpeercert(), first)
            self.assertEqual(client.socket.selected_alpn_protocol(), "http/1.1")
            self.assertEqual(int(client.request().body), 1)
        self.assertEqual(self.count("handshakes_origin"), handshakes + 1)
        self.assertEqual(self.server.accepted, 1)

    def test_another_name_or_offer_is_apart(self):
        self.serve()
        self.ask()
        self.assertEqual(int(self.ask(name="raw2.sluice.test").body), 2)
        self.assertEqual(int(self.ask(alpn=("h2", "http/1.1")).body), 3)
        self.assertEqual(int(self.ask().body), 1)

    def test_a_request_that_must_not_be_repeated_gets_a_connection_of_its_own(self):
        self.serve()
        self.ask()
        self.assertEqual(int(self.ask("/", "POST", "Content-Length: 3\r\n", b"abc").body), 2)
        self.assertIn(int(self.ask().body), (1, 2))
        self.assertEqual(self.server.accepted, 2)

    def test_who_was_asked_for_a_certificate_keeps_to_himself(self):
        """SEC-104."""
        def optional(context):
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(self.lab.root_ca)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                def demand(context, version=version):
                    optional(context)
                    context.maximum_version = version
                    context.num_tickets = 0
                    context.options |= ssl.OP_NO_TICKET
                self.serve(tls=demand)
                self.ask()
                self.assert_fresh(1)
                self.server.stop()

    def test_a_connection_that_the_origin_has_ended_is_not_tried(self):
        self.serve()
        self.ask()
        ended = self.count("origin_pool_ended")
        self.origin.peers[0].socket.shutdown(2)
        wait_until(lambda: self.count("origin_pool_ended") > ended, "the pool has seen the end")
        self.assert_fresh(1)


@proxied
class Certificate(Case):
    tls = True
    CONFIG = {"gateway": GATEWAY, "policy": 'inspect everyone certificate self-signed\ninspect everyone certificate issuer sluice id known\ninspect everyone any'}

    def test_a_rule_about_the_certificate_still_knows_it(self):
        self.serve()
        self.ask("/one")
        self.ask("/two")
        self.assertEqual(self.server.accepted, 1)
        for path in ("/one", "/two"):
            record, = self.sluice.wait_records(1, url__full=f"https://raw.sluice.test{path}")
            self.assertEqual(record["rule.id"], "known")


@proxied
class Http2(Case):
    tls = True
    CONFIG = {"gateway": GATEWAY}

    def serve_h2(self, respond=None):
        self.numbers = []

        def handler(peer):
            self.numbers.append(peer)
            number = len(self.numbers)
            server = H2Peer(peer, is_server=True)
            while True:
                stream = server.accept_whole()
                if stream is None:
                    return
                if respond is None or not respond(number, server, stream):
                    server.respond(stream, str(number))
        self.server = ScriptedServer(self.lab, handler, last=5, port=443, certificate="any", alpn=("h2",))
        self.addCleanup(self.server.stop)

    def client(self):
        return H2Peer(self.connect(alpn=("h2",)))

    def ask_h2(self, path="/", **options):
        client = self.client()
        stream = client.request(path, **options)
        client.peer.close()
        self.wait_parted()
        return stream

    def test_the_next_client_is_served_on_the_same_connection(self):
        self.serve_h2()
        self.assertEqual([self.ask_h2().body for _ in range(3)], [b"1"] * 3)
        client = self.client()
        streams = [client.open(f"/{number}") for number in range(5)]
        self.assertEqual([client.finish(stream).body for stream in streams], [b"1"] * 5)
        self.assertEqual(self.server.accepted, 1)

    def test_a_request_that_must_not_be_repeated_waits_or_gets_a_connection_of_its_own(self):
        self.serve_h2()
        self.ask_h2()
        client = self.client()
        get, post = client.open("/get"), client.open("/post", "POST")
        self.assertEqual([client.finish(stream).body for stream in (get, post)], [b"1", b"1"])
        client.peer.close()
        self.wait_parted()
        self.assertEqual(self.ask_h2("/post", method="POST", body=b"abc").body, b"2")

    def test_no_connection_is_kept_after_an_anomaly(self):
        def goaway(number, server, stream):
            server.respond(stream, str(number))
            server.send_goaway(stream.number)
            return True

        def reset(_number, server, stream):
            server.reset(stream.number, h2.INTERNAL_ERROR)
            return True

        def malformed(_number, server, stream):
            server.send_head(stream.number, [(":status", "200"), ("Upper", "x")])
            return True
        for bad in (goaway, reset, malformed):
            with self.subTest(bad.__name__):
                self.serve_h2(lambda number, server, stream, bad=bad: dict(stream.head)[":path"] != "/next" and bad(number, server, stream))
                self.ask_h2("/bad")
                self.assertEqual(self.ask_h2("/next").body, b"2")
                self.server.stop()


if __name__ == "__main__":
    unittest.main()
