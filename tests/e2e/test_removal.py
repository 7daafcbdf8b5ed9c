"""When sluice goes, it leaves no trace on the traffic: no table, no rule, no route, no process."""
import unittest

from lib.case import E2ECase, proxied
from lib.daemon import Sluice
from lib.peer import Peer
from lib.wait import wait_until


@proxied
class Removal(E2ECase):
    CONFIG = None

    def kernel(self):
        """Everything in the gateway's kernel that steers packets, but for the routes that the kernel itself makes as
        interfaces and addresses become ready."""
        text = "\n".join(self.lab.run(self.lab.gateway, *command).stdout for command in (
            ("nft", "list", "ruleset"), ("ip", "rule"), ("ip", "-6", "rule"), ("ip", "route", "show", "table", "all"),
            ("ip", "-6", "route", "show", "table", "all"), ("iptables-save",), ("ip6tables-save",)))
        return "\n".join(line for line in text.splitlines() if "proto kernel" not in line)

    def direct(self):
        return self.fetch("https://www.sluice.test/hello", "--cacert", self.lab.root_ca, ca=False)

    def assert_traceless(self, steer):
        self.assertEqual(self.direct(), "hello from the origin\n")
        before = self.kernel()
        self.sluice = Sluice(self.lab, steer=steer, name=steer).start()
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        self.assertNotEqual(self.kernel(), before)
        pids = self.sluice.pids()
        self.assertEqual(self.sluice.stop(), 0)
        self.assertEqual(self.kernel(), before)
        self.assertEqual(self.direct(), "hello from the origin\n")
        wait_until(lambda: not set(pids) & set(self.lab.gateway.pids()), "its processes are gone")

    def test_after_redirect(self):
        self.assert_traceless("redirect")

    def test_after_tproxy(self):
        self.assert_traceless("tproxy")

    def test_a_second_start_in_the_same_place_keeps_the_ca(self):
        sluice = Sluice(self.lab, name="again").start()
        with open(sluice.ca_file, encoding="ascii") as text:
            first = text.read()
        sluice.stop()
        sluice.start()
        self.assertEqual(sluice.ctl("ca", "export").stdout, first)
        sluice.stop()

    def test_a_stop_lets_what_is_under_way_finish(self):
        self.nginx.big("farewell", 4 << 20)
        self.sluice = Sluice(self.lab, name="drain")
        self.sluice.write(self.sluice.configuration().replace("drain 1s", "drain 20s"))
        self.sluice.start()
        with Peer.connect(self.lab.client, "10.61.2.2", 80) as peer:
            peer.send("GET /farewell HTTP/1.1\r\nHost: www.sluice.test\r\n\r\n")
            peer.read_until(b"\r\n\r\n")
            received = len(peer.buffer)
            self.sluice.signal(15)
            while received < 4 << 20:
                peer.buffer = b""
                self.assertTrue(peer.fill(), f"closed after {received} bytes")
                received += len(peer.buffer)
            peer.buffer = b""
            self.assertEqual(peer.ended(), "fin")
        self.assertEqual(self.sluice.process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
