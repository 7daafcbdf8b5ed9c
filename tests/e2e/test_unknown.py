"""What is neither TLS nor HTTP: passed or refused as configured, and always recorded. Servers that speak first; silence."""
import os
import threading
import time
import unittest

from lib.case import E2ECase, proxied
from lib.scripted import ScriptedServer
from lib.wait import wait_until

BANNER = b"SSH-2.0-OpenSSH_9.2p1\r\n"


def echo(peer):
    while peer.fill():
        peer.send(peer.buffer)
        peer.buffer = b""


def speak_first(peer):
    peer.send(BANNER)
    echo(peer)


class UnknownPassed(E2ECase):
    CONFIG = {"gateway": "unknown pass", "limits": "peek_timeout 700ms"}
    ORIGIN = False

    def test_bytes_of_no_protocol_reach_the_origin_and_come_back(self):
        data = b"\x00\x01\x02 not a protocol \xff\n" + os.urandom(200000)
        for port in (80, 443):
            with self.subTest(port=port), ScriptedServer(self.lab, echo, port=port), self.lab.connect("raw.sluice.test", port) as peer:
                writer = threading.Thread(target=peer.send, args=(data,))
                writer.start()
                self.assertEqual(peer.read_exact(len(data)), data)
                writer.join()

    def test_an_ssh_client_finds_its_server(self):
        with ScriptedServer(self.lab, speak_first, port=443), self.lab.connect("raw.sluice.test", 443) as peer:
            peer.send(b"SSH-2.0-client\r\n")
            self.assertEqual(peer.read_exact(len(BANNER)), BANNER)
            self.assertEqual(peer.read_exact(16), b"SSH-2.0-client\r\n")

    def test_a_server_that_speaks_first_is_heard_though_the_client_is_silent(self):
        for port in (80, 443):
            with self.subTest(port=port), ScriptedServer(self.lab, speak_first, port=port), self.lab.connect("raw.sluice.test", port) as peer:
                self.assertEqual(peer.read_exact(len(BANNER)), BANNER)
                peer.send(b"then the client")
                self.assertEqual(peer.read_exact(15), b"then the client")

    def test_a_client_that_ends_without_a_word_is_let_go(self):
        with ScriptedServer(self.lab, echo, port=80), self.lab.connect("raw.sluice.test", 80) as peer:
            peer.shutdown()
            self.assertIn(peer.ended(), ("fin", "reset"))

    @proxied
    def test_the_flow_is_recorded_as_passed(self):
        with ScriptedServer(self.lab, echo, port=443), self.lab.connect("raw.sluice.test", 443) as peer:
            peer.send(b"\x00\x01\x02\x03")
            peer.read_exact(4)
            port = peer.socket.getsockname()[1]
        record, = self.sluice.wait_records(1, source__port=port)
        self.assertEqual(record["event.action"], "pass")
        self.assertEqual(record["destination.ip"], "10.61.2.5")


@proxied
class UnknownBlocked(E2ECase):
    CONFIG = {"gateway": "unknown block", "limits": "peek_timeout 700ms"}

    def assert_refused(self, port, data):
        server = ScriptedServer(self.lab, echo, port=port)
        with server, self.lab.connect("raw.sluice.test", port) as peer:
            if data:
                peer.send(data)
            source = peer.socket.getsockname()[1]
            self.assertIn(peer.ended(), ("fin", "reset"))
            self.assertEqual(server.accepted, 0)
        record, = self.sluice.wait_records(1, source__port=source)
        self.assertEqual((record["event.action"], record["destination.ip"]), ("block", "10.61.2.5"))
        self.assertTrue(record.get("rule.reason") or record.get("rule.id"))

    def test_bytes_of_no_protocol_are_refused_and_recorded(self):
        self.assert_refused(443, b"\x00\x01\x02\x03 garbage\r\n\r\n")

    def test_a_silent_client_is_refused_when_its_time_is_up(self):
        began = time.monotonic()
        self.assert_refused(443, b"")
        self.assertLess(time.monotonic() - began, 10)

    def test_http_and_https_go_on_as_ever(self):
        self.assert_others_untouched()


@proxied
class Silence(E2ECase):
    """Connections that say nothing cost little, and only for a while."""

    CONFIG = {"gateway": "unknown block", "limits": "peek_timeout 1s"}

    def test_two_hundred_silent_connections_are_ended_and_hurt_nobody(self):
        peers = [self.lab.connect("10.61.2.2", 443) for _ in range(200)]
        self.assert_others_untouched()
        for peer in peers:
            self.assertIn(peer.ended(), ("fin", "reset"))
            peer.close()
        worker = self.sluice.worker()
        wait_until(lambda: len(os.listdir(f"/proc/{worker}/fd")) < 150, "the descriptors are given back")


if __name__ == "__main__":
    unittest.main()
