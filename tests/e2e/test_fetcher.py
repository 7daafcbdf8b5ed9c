"""The fetcher: the process that goes out on its own account. It comes back when it dies, and no traffic waits for it."""
import os
import signal
import unittest

from lib.case import E2ECase, proxied
from lib.wait import wait_until


@proxied
class Fetcher(E2ECase):
    def fetcher(self):
        return wait_until(lambda: self.sluice.role("fetcher"), "there is a fetcher")[0]

    def test_it_is_back_when_it_dies_and_the_traffic_does_not_notice(self):
        for _ in range(2):
            old = self.fetcher()
            os.kill(old, signal.SIGKILL)
            self.assert_others_untouched()
            wait_until(lambda old=old: self.sluice.role("fetcher") not in ([], [old]), "there is another fetcher")
        self.assert_others_untouched()

    def test_status_and_doctor_say_how_it_fares(self):
        self.fetcher()
        wait_until(lambda: [p["state"] for p in self.sluice.ctl_json("status")["processes"] if p["role"] == "fetcher"] == ["ready"], "it is ready")
        self.assertIn("dns_queries", self.sluice.ctl_json("status")["fetches"])
        self.assertIn("it runs", self.sluice.ctl("doctor").stdout)

    def test_it_is_there_again_after_the_worker_died(self):
        old = self.sluice.worker()
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: self.sluice.role("worker") not in ([], [old]), "there is another worker")
        self.assertTrue(self.fetcher())
        wait_until(lambda: self.curl("-f", "https://www.sluice.test/hello").returncode == 0, "requests are served again")


if __name__ == "__main__":
    unittest.main()
