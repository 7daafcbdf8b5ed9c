"""The verb pass: bytes untouched, in both directions, each closed in its own time; with no certificate of ours anywhere."""
import hashlib
import os
import threading
import unittest

from lib.case import E2ECase, proxied
from lib.peer import client_context
from lib.scripted import ScriptedServer, answer

SIZE = 24 << 20


def exchange_digests(peer):
    """Server: a line with a length, so many bytes, then their digest and as many bytes of its own with theirs."""
    size = int(peer.read_until(b"\r\n"))
    digest = hashlib.sha256()
    while size:
        if not peer.buffer:
            peer.fill()
        part, peer.buffer = peer.buffer[:size], peer.buffer[size:]
        digest.update(part)
        size -= len(part)
    data = os.urandom(1 << 20) * 24
    peer.send(digest.digest(), hashlib.sha256(data).digest(), data)


def exchange_with(peer):
    """Client's side of exchange_digests: True when both digests agree."""
    data = os.urandom(1 << 20) * 24
    peer.send(f"{SIZE}\r\n", data)
    sent, expected = peer.read_exact(32), peer.read_exact(32)
    return sent == hashlib.sha256(data).digest() and expected == hashlib.sha256(peer.read_exact(SIZE)).digest()


class PassByRule(E2ECase):
    """Everything is passed by a rule."""

    CONFIG = {"policy": "pass everyone any"}

    def test_https_shows_the_origins_own_certificate(self):
        self.assertEqual(self.fetch("https://www.sluice.test/hello", "--cacert", self.lab.root_ca, ca=False), "hello from the origin\n")
        self.assertNotEqual(self.curl("https://expired.sluice.test/hello", "--cacert", self.lab.root_ca, ca=False).returncode, 0)

    def test_bytes_are_the_same_both_ways_within_tls(self):
        with ScriptedServer(self.lab, exchange_digests, port=443, certificate="any"):
            with self.lab.connect("raw.sluice.test", 443) as peer:
                peer.start_tls(client_context(self.lab.root_ca), "raw.sluice.test")
                self.assertTrue(exchange_with(peer))

    def test_bytes_are_the_same_both_ways_in_the_clear(self):
        with ScriptedServer(self.lab, exchange_digests):
            for family in (4, 6):
                address = "10.61.2.5" if family == 4 else "fd61:2::5"
                with self.lab.connect(address, 80) as peer:
                    self.assertTrue(exchange_with(peer))

    def test_the_clients_end_is_passed_on_while_the_origin_still_speaks(self):
        def handler(peer):
            sent = peer.read_all()
            peer.send(b"after the end: ", hashlib.sha256(sent).hexdigest())

        with ScriptedServer(self.lab, handler), self.lab.connect("raw.sluice.test", 80) as peer:
            data = b"GET / HTTP/1.0\r\n\r\n" + os.urandom(1 << 20)
            peer.send(data).shutdown()
            self.assertEqual(peer.read_all(), b"after the end: " + hashlib.sha256(data).hexdigest().encode())

    def test_the_origins_end_is_passed_on_while_the_client_still_speaks(self):
        received = []

        def handler(peer):
            peer.read_until(b"\r\n\r\n")
            peer.send(b"the end").shutdown()
            received.append(peer.read_all())

        with ScriptedServer(self.lab, handler), self.lab.connect("raw.sluice.test", 80) as peer:
            peer.send(b"GET / HTTP/1.0\r\n\r\n")
            self.assertEqual(peer.read_all(), b"the end")
            data = os.urandom(1 << 20)
            peer.send(data).shutdown()
            from lib.wait import wait_until
            wait_until(lambda: received, "the origin has everything")
            self.assertEqual(received[0], data)

    def test_a_reset_is_passed_on(self):
        def handler(peer):
            peer.read_until(b"\r\n\r\n")
            peer.reset()

        with ScriptedServer(self.lab, handler), self.lab.connect("raw.sluice.test", 80) as peer:
            peer.send(b"GET / HTTP/1.0\r\n\r\n")
            self.assertIn(peer.ended(), ("reset", "fin"))

    def test_a_slow_reader_holds_the_sender_back(self):
        sent = threading.Event()

        def handler(peer):
            peer.read_until(b"\r\n\r\n")
            block = bytes(1 << 20)
            for _ in range(256):
                peer.send(block)
            sent.set()

        with ScriptedServer(self.lab, handler), self.lab.connect("raw.sluice.test", 80) as peer:
            peer.send(b"GET / HTTP/1.0\r\n\r\n")
            peer.read_exact(1 << 20)
            self.assertFalse(sent.wait(2), "256 MiB have gone into somebody's memory")
            rest = len(peer.buffer)
            peer.buffer = b""
            while peer.fill(1 << 20):
                rest += len(peer.buffer)
                peer.buffer = b""
            self.assertEqual(rest, 255 << 20)

    @proxied
    def test_one_record_a_flow_with_the_name_and_the_counts(self):
        self.fetch("https://soon.sluice.test/1m", "-4", "-o", "/dev/null", "--cacert", self.lab.root_ca, ca=False)
        record, = self.sluice.wait_records(1, tls__client__server_name="soon.sluice.test")
        self.assertEqual(record["event.action"], "pass")
        self.assertEqual((record["destination.ip"], record["destination.port"]), ("10.61.2.2", 443))
        self.assertEqual(record["source.ip"], "10.61.1.2")
        self.assertGreater(record["event.duration"], 0)
        counts = [value for key, value in record.items() if key.endswith("bytes") and isinstance(value, int)]
        self.assertTrue(any(value > (1 << 20) for value in counts), record)


class PassByName(E2ECase):
    """One name is passed, the rest is read."""

    CONFIG = {"policy": "pass everyone site passed.sluice.test *.wild.sluice.test\n inspect everyone any"}

    @proxied
    def test_only_the_named_are_left_alone(self):
        for name, passed in (("passed", True), ("a.wild", True), ("www", False), ("any", False)):
            with self.subTest(name=name):
                own = self.curl("-f", "--cacert", self.lab.root_ca, f"https://{name}.sluice.test/hello", ca=False)
                ours = self.curl("-f", f"https://{name}.sluice.test/hello")
                self.assertEqual((own.returncode == 0, ours.returncode == 0), (passed, not passed), own.stderr + ours.stderr)

    @proxied
    def test_a_client_certificate_works_through_a_passed_flow(self):
        import ssl

        def ask(context):
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.lab.root_ca)

        def handler(peer):
            peer.read_message()
            peer.send(answer("certified"))

        with ScriptedServer(self.lab, handler, port=443, certificate="any", tls=ask), self.lab.connect("raw.sluice.test", 443) as peer:
            context = client_context(self.lab.root_ca)
            context.load_cert_chain(*self.lab.certificate("clientauth"))
            peer.start_tls(context, "passed.sluice.test")
            self.assertEqual(peer.request().body, b"certified")


if __name__ == "__main__":
    unittest.main()
