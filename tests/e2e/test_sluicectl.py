"""sluicectl: what an administrator asks of the running daemon."""
import json
import subprocess
import unittest

from lib import paths
from lib.case import E2ECase, proxied
from lib.daemon import Sluice
from lib.wait import wait_until


@proxied
class Sluicectl(E2ECase):
    CONFIG = {
        "extra": "group kitchen { net 10.9.0.0/16 }",
        "policy": """
            pass    everyone site passed.sluice.test
            block   kitchen  site www.sluice.test reason "cook first"
            block   everyone site blocked.sluice.test reason "not here"
            block   everyone site *.wild.sluice.test except site a.wild.sluice.test method PUT reason "not there"
            inspect everyone any""",
    }

    def ok(self, *arguments):
        done = self.sluice.ctl(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_status_speaks_text_and_json(self):
        self.assertIn("worker", self.ok("status"))
        self.assertIsInstance(self.sluice.ctl_json("status"), dict)

    def test_flows_show_what_is_open_now(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            peer.request("/hello", "www.sluice.test")
            self.assertIn("10.61.1.2", self.ok("flows"))
            self.assertIn("10.61.2.2", json.dumps(self.sluice.ctl_json("flows")))

    def test_tail_shows_records_as_they_are_written(self):
        process = self.lab.start("tail", [paths.built("sluicectl"), "-c", self.sluice.conf, "tail"], self.lab.gateway)

        def seen():
            self.fetch("http://www.sluice.test/hello?tail")
            return "hello?tail" in process.output()
        wait_until(seen, "tail shows a request", interval=0.2)
        process.stop()

    def explain(self, url, client="10.61.1.2"):
        return self.ok("explain", "--client", client, "--url", url)

    def test_explain_names_the_verb_and_the_rule(self):
        self.assertRegex(self.explain("https://blocked.sluice.test/"), r"(?s)block.*not here")
        self.assertRegex(self.explain("https://passed.sluice.test/"), r"pass")
        self.assertRegex(self.explain("https://www.sluice.test/"), r"inspect")
        self.assertRegex(self.explain("https://www.sluice.test/", client="10.9.1.1"), r"(?s)block.*cook first")

    def test_explain_names_the_exception_that_lifts_a_rule(self):
        self.assertRegex(self.explain("https://b.wild.sluice.test/"), r"(?s)block.*not there")
        said = self.explain("https://a.wild.sluice.test/")
        self.assertIn("[lifted by an exception]", said)
        self.assertIn("true     except site a.wild.sluice.test: site a.wild.sluice.test", said)
        walk = self.sluice.ctl_json("explain", "--client", "10.61.1.2", "--url", "https://b.wild.sluice.test/", "--method", "PUT")["walk"]
        self.assertEqual([(row["what"], row["truth"], row["evidence"]) for row in walk if row["kind"] == "exception"],
                         [("site a.wild.sluice.test", "false", "site b.wild.sluice.test"), ("method PUT", "true", "method PUT")])

    def test_explain_agrees_with_what_happens(self):
        for name in ("www", "blocked", "passed", "any", "sub.blocked", "a.wild"):
            with self.subTest(name=name):
                explained = self.sluice.ctl_json("explain", "--client", "10.61.1.2", "--url", f"http://{name}.sluice.test/hello")
                blocked = self.status_of(f"http://{name}.sluice.test/hello") == 403
                self.assertEqual("block" in [value for value in explained.values() if isinstance(value, str)], blocked, explained)

    def test_explain_without_what_it_needs_says_how(self):
        done = self.sluice.ctl("explain")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--client", done.stdout + done.stderr)

    def test_rules_show_the_kernels_rules(self):
        shown = self.ok("rules", "show")
        self.assertIn("3129", shown)

    def test_ca_is_shown_and_exported(self):
        exported = self.ok("ca", "export")
        done = subprocess.run(["openssl", "x509", "-noout", "-subject", "-fingerprint", "-sha256"], input=exported, capture_output=True, text=True,
                              check=True)
        self.assertNotIn("PRIVATE KEY", exported)
        shown = self.ok("ca", "show")
        fingerprint = done.stdout.split("Fingerprint=")[1].strip()
        self.assertIn(fingerprint.replace(":", "").lower(), shown.replace(":", "").lower())

    def test_ca_init_does_not_replace_a_ca_by_accident(self):
        before = self.ok("ca", "export")
        self.assertNotEqual(self.sluice.ctl("ca", "init").returncode, 0)
        self.assertEqual(self.ok("ca", "export"), before)

    def test_an_unknown_command_is_a_usage_error(self):
        self.assertEqual(self.sluice.ctl("frobnicate").returncode, 64)
        self.assertEqual(self.sluice.ctl().returncode, 64)

    def test_without_a_daemon_it_says_so(self):
        other = Sluice(self.lab, name="other")
        done = other.ctl("status")
        self.assertEqual(done.returncode, 69)
        self.assertIn("control.sock", done.stderr)

    def test_ca_init_and_export_work_before_the_first_start(self):
        other = Sluice(self.lab, name="early")
        done = other.ctl("ca", "init")
        self.assertEqual(done.returncode, 0, done.stderr)
        before = other.ctl("ca", "export").stdout
        self.assertIn("BEGIN CERTIFICATE", before)

    def test_two_daemons_have_different_cas(self):
        other = Sluice(self.lab, name="second")
        self.assertEqual(other.ctl("ca", "init").returncode, 0)
        subjects = [subprocess.run(["openssl", "x509", "-noout", "-subject", "-pubkey"], input=sluice.ctl("ca", "export").stdout, text=True,
                                   capture_output=True, check=True).stdout.splitlines() for sluice in (self.sluice, other)]
        self.assertNotEqual(subjects[0][0], subjects[1][0])
        self.assertNotEqual(subjects[0][1:], subjects[1][1:])


@proxied
class RulesByCommand(E2ECase):
    """The kernel rules taken away and put back while the daemon runs."""

    def test_rules_are_removed_and_installed_again(self):
        self.assertEqual(self.sluice.ctl("rules", "remove").returncode, 0)
        self.assertEqual(self.fetch("https://www.sluice.test/hello", "--cacert", self.lab.root_ca, ca=False), "hello from the origin\n")
        self.assertEqual(self.sluice.ctl("rules", "install").returncode, 0)
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")


if __name__ == "__main__":
    unittest.main()
