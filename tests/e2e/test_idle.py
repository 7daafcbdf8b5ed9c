"""Many clients that are connected and ask for nothing: what they hold, and that they are served when they ask again."""
import resource
import unittest

from lib import paths
from lib.case import E2ECase, proxied
from lib.lab import CLIENT4, address4
from lib.peer import client_context
from lib.process import status_field
from lib.wait import wait_until

RESTING_MAX = 1000  # of a thread: idle clients that keep a connection to their origin
POOLED = 64         # and those of nobody


class Case(E2ECase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))

    def clients(self, count, tls=False):
        """So many clients, each of which has asked once."""
        context = client_context(self.sluice.ca_file) if tls else None
        clients = []
        for _ in range(count):
            peer = self.lab.connect("www.sluice.test", 443 if tls else 80)
            self.addCleanup(peer.close)
            if tls:
                peer.start_tls(context, "www.sluice.test")
            self.assertEqual(peer.request("/hello", host="www.sluice.test").status, 200)
            clients.append(peer)
        return clients

    def connections(self, address):
        """How many the gateway has with this address."""
        shown = self.lab.run(self.lab.gateway, "ss", "-Htn", "state", "established", "dst", address).stdout
        return len(shown.splitlines())


@proxied
class Crowd(Case):
    CONFIG = {"gateway": "threads 1", "extra": "http { pool_idle 10m }", "limits": "per_client 5000\n idle_timeout 10m"}

    def test_of_many_idle_clients_a_thousand_keep_a_connection_to_their_origin(self):
        clients = self.clients(RESTING_MAX + 2 * POOLED)
        wait_until(lambda: self.connections(address4(2)) <= RESTING_MAX + POOLED, "the others have given theirs up")
        self.assertGreaterEqual(self.connections(address4(2)), RESTING_MAX)
        self.assertEqual(self.connections(CLIENT4), len(clients))
        # Both who has lost it and who has kept it are served.
        for client in (clients[0], clients[-1]):
            self.assertEqual(client.request("/hello", host="www.sluice.test").status, 200)
        self.assertEqual(clients[1].request("/uploads/idle", "www.sluice.test", "PUT", "Content-Length: 3\r\n", b"abc").status, 201)


@proxied
@unittest.skipIf(paths.is_sanitized(), "about the program as it is released")
class Memory(Case):
    CONFIG = {"gateway": "threads 1", "extra": "http { pool_idle 10m }", "limits": "per_client 5000\n idle_timeout 10m"}
    COUNT = 500

    def memory(self):
        """KiB of memory that the daemon's processes have to themselves."""
        return sum(status_field(pid, "RssAnon") for pid in self.sluice.pids())

    def test_an_idle_intercepted_connection_holds_little(self):
        """10,000 of them are to fit into 300 MiB: those beyond the first thousand hold one leg each."""
        clients = self.clients(RESTING_MAX, tls=True)
        before = self.memory()
        clients += self.clients(self.COUNT, tls=True)
        wait_until(lambda: self.connections(address4(2)) <= RESTING_MAX + POOLED, "as many have given up their origin's connection")
        self.assertLess(self.memory() - before, 30 * self.COUNT)
        self.assertEqual(clients[0].request("/hello", host="www.sluice.test").status, 200)


if __name__ == "__main__":
    unittest.main()
