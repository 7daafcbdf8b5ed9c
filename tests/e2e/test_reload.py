"""A configuration is swapped whole, or the old one stays and the mistake is named with its file and line."""
import signal
import unittest

from lib.case import E2ECase, proxied
from lib.wait import wait_until

OPEN = "inspect everyone any"
SHUT = 'block everyone site www.sluice.test reason "reloaded"\n inspect everyone any'


@proxied
class Reload(E2ECase):
    def write(self, policy, **options):
        self.sluice.write(self.sluice.configuration(policy, **options))

    def tearDown(self):
        self.write(OPEN)
        self.sluice.ctl("reload")

    def blocked(self):
        return self.status_of("http://www.sluice.test/hello") == 403

    def test_sluicectl_reload_brings_the_new_rules(self):
        self.assertFalse(self.blocked())
        self.write(SHUT)
        done = self.sluice.ctl("reload")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(self.blocked())
        self.write(OPEN)
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertFalse(self.blocked())

    def test_sighup_does_the_same(self):
        self.write(SHUT)
        self.sluice.signal(signal.SIGHUP)
        wait_until(self.blocked, "the new rules hold")

    def test_a_mistake_keeps_the_old_rules_and_names_file_and_line(self):
        text = self.sluice.configuration(SHUT)
        line = text.splitlines().index("policy {") + 2
        self.sluice.write(text.replace("block everyone site", "blokc everyone site"))
        done = self.sluice.ctl("reload")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"sluice.conf:{line}:", done.stdout + done.stderr)
        self.assertIn("block", done.stdout + done.stderr)
        self.assertFalse(self.blocked())

    def test_a_mistake_on_sighup_is_logged_and_keeps_the_old_rules(self):
        self.write("block nobodyknown any\n" + SHUT)
        said = len(self.sluice.process.output())
        self.sluice.signal(signal.SIGHUP)
        wait_until(lambda: "nobodyknown" in self.sluice.process.output()[said:], "the mistake is logged")
        self.assertFalse(self.blocked())

    def test_a_missing_file_keeps_the_old_rules(self):
        import os
        os.rename(self.sluice.conf, self.sluice.conf + ".away")
        try:
            self.assertNotEqual(self.sluice.ctl("reload").returncode, 0)
        finally:
            os.rename(self.sluice.conf + ".away", self.sluice.conf)
        self.assertFalse(self.blocked())

    def test_connections_outlive_a_reload_and_obey_the_new_rules(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            self.assertEqual(peer.request("/hello", "www.sluice.test").status, 200)
            self.write(SHUT)
            self.assertEqual(self.sluice.ctl("reload").returncode, 0)
            self.assertEqual(peer.request("/hello", "any.sluice.test").status, 200)
            self.assertEqual(peer.request("/hello", "www.sluice.test").status, 403)

    def test_a_hundred_reloads_under_load_disturb_no_request(self):
        import threading
        results = []
        load = threading.Thread(target=lambda: results.append(self.curl(
            "-Z", "--parallel-max", "8", "-o", "/dev/null", "-w", "%{http_code}\n", "https://www.sluice.test/1k?[1-300]", timeout=90)))
        load.start()
        for number in range(100):
            self.write(OPEN if number % 2 else "inspect everyone site www.sluice.test\n inspect everyone any")
            done = self.sluice.ctl("reload")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        load.join()
        self.assertEqual(results[0].stdout.split(), ["200"] * 300, results[0].stderr)


if __name__ == "__main__":
    unittest.main()
