"""Processes die, and the traffic hardly notices: worker, signer, supervisor."""
import os
import signal
import threading
import time
import unittest

from lib.case import E2ECase, proxied
from lib.daemon import Sluice
from lib.peer import Closed
from lib.wait import SLOWNESS, wait_until


class Load:
    """Clients that connect and ask without pause; what failed, and how, is kept."""

    def __init__(self, case, clients=4):
        self.case = case
        self.served = []
        self.refused = 0
        self.broken = 0
        self._stop = False
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._stop:
            try:
                with self.case.lab.connect("10.61.2.2", 80) as peer:
                    if peer.request("/hello", "www.sluice.test").status == 200:
                        self.served.append(time.monotonic())
            except ConnectionRefusedError:
                self.refused += 1
            except (OSError, Closed, ValueError):
                self.broken += 1

    def stop(self):
        self._stop = True
        for thread in self._threads:
            thread.join(60)


@proxied
class Supervision(E2ECase):
    def test_worker_killed_under_load_is_back_within_a_second_and_nothing_is_refused(self):
        load = Load(self)
        for _ in range(3):
            before = len(load.served)
            wait_until(lambda before=before: len(load.served) > before + 50, "the load runs")
            old = self.sluice.worker()
            os.kill(old, signal.SIGKILL)
            killed = time.monotonic()
            wait_until(lambda old=old: self.sluice.role("worker") not in ([], [old]), "there is another worker")
            wait_until(lambda killed=killed: load.served[-1] > killed, "requests are served again")
            back = min(at for at in load.served if at > killed) - killed
            self.assertLess(back, 1.0 * SLOWNESS)
        load.stop()
        self.assertEqual(load.refused, 0, "new connections were refused")
        # What was under way in the worker breaks; no more than that.
        self.assertLess(load.broken, 60)

    def test_signer_killed_is_back_and_certificates_are_made_again(self):
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        old = wait_until(lambda: self.sluice.role("signer"), "there is a signer")
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.sluice.role("signer") not in ([], old), "there is another signer")
        # A name that was never seen needs the signer.
        wait_until(lambda: self.curl("-f", "https://p384.sluice.test/hello").returncode == 0, "certificates are made again")

    def test_the_new_worker_has_the_current_configuration(self):
        self.sluice.write(self.sluice.configuration('block everyone site rsa.sluice.test\n inspect everyone any'))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        old = self.sluice.worker()
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: self.sluice.role("worker") not in ([], [old]), "there is another worker")
        wait_until(lambda: self.status_of("http://rsa.sluice.test/hello") == 403, "the rules hold")

    def test_the_roles_have_only_what_they_need(self):
        for role in ("worker", "signer"):
            for pid in wait_until(lambda role=role: self.sluice.role(role), f"there is a {role}"):
                with open(f"/proc/{pid}/status", encoding="ascii") as text:
                    status = dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)
                with self.subTest(role=role):
                    self.assertNotEqual(status["Uid"].split()[1], "0", "runs as root")
                    self.assertEqual(int(status["CapEff"], 16) & ~(1 << 13), 0, "holds capabilities")
                    self.assertEqual(status["NoNewPrivs"], "1")

    def test_the_worker_cannot_read_the_ca_key(self):
        worker = self.sluice.worker()
        with open(f"/proc/{worker}/status", encoding="ascii") as text:
            uid = int(next(line for line in text if line.startswith("Uid:")).split()[1])
        keys = [os.path.join(root, name) for root, _, names in os.walk(self.sluice.state_dir) for name in names if "key" in name]
        self.assertTrue(keys, os.listdir(self.sluice.state_dir))
        for key in keys:
            self.assertEqual(os.stat(key).st_mode & 0o077, 0, key)
            self.assertNotEqual(os.stat(key).st_uid, uid, key)
            self.assertEqual(os.stat(os.path.dirname(key)).st_mode & 0o777, 0o700)


@proxied
class SupervisorGone(E2ECase):
    CONFIG = None

    def start(self, on_failure):
        text = Sluice(self.lab, name=on_failure)
        text.write(text.configuration().replace("on_failure open", f"on_failure {on_failure}"))
        return text.start()

    def test_open_lets_traffic_flow_unfiltered_when_the_supervisor_is_killed(self):
        self.sluice = self.start("open")
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        pids = self.sluice.pids()
        self.sluice.kill()
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "its children are gone as well")
        self.assertEqual(self.fetch("https://www.sluice.test/hello", "--cacert", self.lab.root_ca, ca=False), "hello from the origin\n")

    def test_closed_stops_traffic_when_the_supervisor_is_killed(self):
        self.sluice = self.start("closed")
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        pids = self.sluice.pids()
        os.kill(self.sluice.process.pid, signal.SIGKILL)
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids[1:]), "its children are gone as well")
        before = len(self.nginx.requests())
        self.assertNotEqual(self.curl("--connect-timeout", "3", "-k", "https://www.sluice.test/hello", ca=False).returncode, 0)
        self.assertEqual(len(self.nginx.requests()), before)
        # Starting again takes over; an orderly stop opens the way.
        self.sluice.process = None
        self.sluice.start()
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        self.sluice.stop()
        self.lab.run(self.lab.gateway, "nft", "flush", "ruleset")


if __name__ == "__main__":
    unittest.main()
