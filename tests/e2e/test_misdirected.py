"""Requests on one connection that name several hosts: each is judged by its own name, and none is served under a name
that the origin's certificate does not cover (RFC 9110, section 7.4)."""
import unittest

from lib import h2
from lib.case import E2ECase, proxied
from lib.h2 import H2Peer
from lib.lab import address4
from lib.peer import Peer, client_context
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import SLOWNESS


class Names(E2ECase):
    """The origin shows www.sluice.test, sluice.test and *.wild.sluice.test."""

    ORIGIN = False
    CONFIG = {"policy": 'block everyone site b.wild.sluice.test\nblock everyone site www.sluice.test/secret\ninspect everyone any'}

    def serve(self, alpn):
        self.seen = []
        if alpn == "h2":
            handler = h2.serving(lambda stream: self.seen.append(stream.get(":authority")) or stream.get(":authority"))
        else:
            handler = serving(lambda request: self.seen.append(request.get("host")) or answer(request.get("host")))
        self.server = ScriptedServer(self.lab, handler, last=2, port=443, certificate="www", alpn=(alpn,))
        self.addCleanup(self.server.stop)

    def connect(self, alpn):
        peer = Peer.connect(self.lab.client, address4(2), 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=[alpn]), "www.sluice.test")

    def client(self):
        self.serve("h2")
        return H2Peer(self.connect("h2"), authority="www.sluice.test")

    def test_every_name_of_the_certificate_is_served_on_one_connection(self):
        client = self.client()
        for name in ("www.sluice.test", "sluice.test", "a.wild.sluice.test", "WWW.sluice.test", "www.sluice.test:443"):
            with self.subTest(name):
                stream = client.request(authority=name)
                self.assertEqual(stream.status, 200)
                self.assertEqual(stream.body.decode().lower().removesuffix(":443"), name.lower().removesuffix(":443"))
        self.assertEqual(self.server.accepted, 1)

    @proxied
    def test_a_name_that_the_certificate_does_not_cover_gets_421(self):
        client = self.client()
        for name in ("rsa.sluice.test", "wild.sluice.test", "a.b.wild.sluice.test", "www.sluice.test.evil.test", "evil.test", "10.61.2.2", "localhost",
                     "[fd61:2::2]"):
            with self.subTest(name):
                self.assertEqual(client.request(authority=name).status, 421)
        self.assertEqual(self.seen, [])
        self.assertEqual(client.request().status, 200)

    @proxied
    def test_a_name_that_is_no_name_is_refused(self):
        client = self.client()
        for name in ("user@www.sluice.test", "www.sluice.test/", "www.sluice.test:x", "www sluice.test", "www.sluice.test#a", "www.sluice.test:70000"):
            with self.subTest(name):
                stream = client.request(authority=name)
                self.assertTrue(stream.reset is not None or stream.status in (400, 421), stream)
        self.assertEqual(self.seen, [])

    @proxied
    def test_each_request_is_judged_by_its_own_name(self):
        client = self.client()
        streams = [(client.open(authority=name), status) for name, status in (
            ("a.wild.sluice.test", 200), ("b.wild.sluice.test", 403), ("www.sluice.test", 200), ("B.wild.sluice.test", 403), ("sluice.test", 200))]
        for stream, status in streams:
            self.assertEqual(client.finish(stream).status, status, stream)
        self.assertNotIn("b.wild.sluice.test", [name.lower() for name in self.seen])
        self.sluice.wait_records(1, url__domain="a.wild.sluice.test", event__action="inspect")
        self.sluice.wait_records(2, event__action="block", http__response__status_code=403)

    @proxied
    def test_each_request_is_judged_by_its_own_path(self):
        client = self.client()
        for path, status in (("/public", 200), ("/secret", 403), ("/%73ecret", 403), ("/x/../secret", 403), ("/public", 200)):
            with self.subTest(path):
                self.assertEqual(client.request(path).status, status)

    @proxied
    def test_a_host_field_cannot_stand_in_for_another_name(self):
        client = self.client()
        stream = client.request(fields=[("host", "b.wild.sluice.test")])
        self.assertTrue(stream.reset is not None or stream.status == 400, stream)
        self.assertEqual(self.seen, [])

    @proxied
    def test_http11_within_tls_is_held_to_the_same(self):
        self.serve("http/1.1")
        peer = self.connect("http/1.1")
        for name, status in (("www.sluice.test", 200), ("a.wild.sluice.test", 200), ("b.wild.sluice.test", 403), ("rsa.sluice.test", 421),
                             ("sluice.test", 200)):
            with self.subTest(name):
                if peer.socket.fileno() < 0:
                    peer = self.connect("http/1.1")
                response = peer.request(host=name)
                self.assertEqual(response.status, status)
                if (response.get("connection") or "").lower() == "close":
                    peer.close()
        self.assertEqual(self.seen, ["www.sluice.test", "a.wild.sluice.test", "sluice.test"])


if __name__ == "__main__":
    unittest.main()
