"""What is steered to the proxy, and what is left alone: interfaces, ports, excluded destinations, the gateway's own traffic."""
import socket
import threading
import unittest

from lib.case import E2ECase, proxied
from lib.lab import CLIENT4, address4
from lib.peer import Peer, client_context
from lib.scripted import ScriptedServer, answer, serving


class SteeringCase(E2ECase):
    """Whose certificate a client is shown tells whether its connection went through the proxy."""

    def is_read(self, address, port=443, namespace=None):
        with Peer.connect(namespace or self.lab.client, address, port) as peer:
            try:
                peer.start_tls(client_context(self.sluice.ca_file), "raw.sluice.test")
                return True
            except OSError:
                pass
        with Peer.connect(namespace or self.lab.client, address, port) as peer:
            peer.start_tls(client_context(self.lab.root_ca), "raw.sluice.test")
        return False


    def udp(self, namespace, address, port, listens):
        with namespace.entered():
            made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(made.close)
        (made.bind if listens else made.connect)((address, port))
        made.settimeout(20)
        return made

    def assert_quic_is_refused(self, *excluded):
        """Who tries QUIC hears at once that nobody is there, and takes TCP; a server of QUIC that is there hears nothing."""
        for address in ("10.61.2.5", "fd61:2::5"):
            with self.subTest(address=address):
                server, other = self.udp(self.lab.origin, address, 443, True), self.udp(self.lab.origin, address, 4433, True)
                client = self.udp(self.lab.client, address, 443, False)
                client.send(b"Initial")
                with self.assertRaises(ConnectionRefusedError):
                    client.recv(1)
                self.udp(self.lab.client, address, 4433, False).send(b"something else")
                self.assertEqual(other.recv(99), b"something else")
                server.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    server.recv(99)
        for address in excluded:
            server = self.udp(self.lab.origin, address, 443, True)
            self.udp(self.lab.client, address, 443, False).send(b"Initial")
            self.assertEqual(server.recv(99), b"Initial")


@proxied
class SteeringByRedirect(SteeringCase):
    CONFIG = {"steer": "redirect", "ports": "80 443 8443", "gateway": "exclude 10.61.2.6/32 fd61:2::6/128"}
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for last in (5, 6):
            for port in (443, 8443, 9443):
                ScriptedServer(cls.lab, serving(answer("x")), last=last, port=port, certificate="any")

    def test_configured_ports_are_read_and_others_are_not(self):
        self.assertTrue(self.is_read("10.61.2.5"))
        self.assertTrue(self.is_read("10.61.2.5", 8443))
        self.assertFalse(self.is_read("10.61.2.5", 9443))

    def test_excluded_destinations_are_left_alone_in_both_families(self):
        self.assertFalse(self.is_read("10.61.2.6"))
        self.assertFalse(self.is_read("fd61:2::6"))
        self.assertTrue(self.is_read("fd61:2::5"))

    def test_quic_is_refused_where_tcp_is_read(self):
        self.assert_quic_is_refused("10.61.2.6", "fd61:2::6")

    def test_what_comes_in_by_another_interface_is_left_alone(self):
        accepted = []
        with self.lab.client.entered():
            listener = socket.socket()
        with listener:
            listener.bind((CLIENT4, 80))
            listener.listen()
            thread = threading.Thread(target=lambda: accepted.append(listener.accept()[1][0]))
            thread.start()
            with Peer.connect(self.lab.origin, CLIENT4, 80):
                thread.join(10)
        self.assertEqual(accepted, ["10.61.2.2"])

    def test_the_gateways_own_traffic_is_left_alone(self):
        self.assertFalse(self.is_read("10.61.2.5", namespace=self.lab.gateway))

    def test_flushing_the_ruleset_does_not_take_our_rules(self):
        self.lab.run(self.lab.gateway, "nft", "flush", "ruleset")
        self.assertTrue(self.is_read("10.61.2.5"))

    def test_masquerading_beside_it_works(self):
        rules = 'table ip others { chain post { type nat hook postrouting priority srcnat; oifname "wan" masquerade\n}\n}'
        self.assertEqual(self.lab.run(self.lab.gateway, "nft", "-f", "-", data=rules).returncode, 0)
        self.addCleanup(self.lab.run, self.lab.gateway, "nft", "delete", "table", "ip", "others")
        self.assertTrue(self.is_read("10.61.2.5"))
        self.assertFalse(self.is_read("10.61.2.5", 9443))

    def test_quic_is_refused_where_tcp_is_read(self):
        self.assert_quic_is_refused()

    def test_the_origin_sees_the_gateways_address(self):
        self.fetch("http://www.sluice.test/hello?whose", "-4")
        seen = [line.split()[-1] for line in self.nginx.requests() if "?whose" in line]
        self.assertEqual(seen, [address4(1)])


@proxied
class SteeringByTproxy(SteeringByRedirect):
    CONFIG = {"steer": "tproxy", "ports": "80 443 8443", "gateway": "exclude 10.61.2.6/32 fd61:2::6/128"}


@proxied
class LocalTraffic(SteeringCase):
    """The gateway's own connections, where that is asked for; the proxy's own never come back to it."""

    CONFIG = {"gateway": "local yes"}

    def test_the_gateways_own_traffic_is_read(self):
        with ScriptedServer(self.lab, serving(answer("x")), port=443, certificate="any"):
            for address in ("10.61.2.5", "fd61:2::5"):
                self.assertTrue(self.is_read(address, namespace=self.lab.gateway))

    def test_the_clients_traffic_is_read_all_the_same(self):
        self.assert_others_untouched()


if __name__ == "__main__":
    unittest.main()
