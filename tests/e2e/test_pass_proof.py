"""A pass by the name is given only where the destination is the name's own: by DNS, or by the certificate that is there."""
import os
import signal
import unittest

from lib.case import E2ECase, proxied
from lib.peer import client_context
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import wait_until

NAME = "passed.sluice.test"      # 10.61.2.2 and fd61:2::2, as the gateway resolves it


@proxied
class ProofOfPass(E2ECase):
    CONFIG = {"policy": f"pass everyone site {NAME}\n inspect everyone any"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Somewhere else the name's certificate is shown, and again elsewhere another's.
        ScriptedServer(cls.lab, serving(answer("elsewhere")), last=5, port=443, certificate="any")
        ScriptedServer(cls.lab, serving(answer("attacker")), last=6, port=443, certificate="unknown")
        ScriptedServer(cls.lab, serving(answer("attacker")), last=6, port=80)

    def ask(self, address, *arguments, ca=None, scheme="https"):
        port = 443 if scheme == "https" else 80
        return self.curl("-f", "--cacert", ca or self.lab.root_ca, "--resolve", f"{NAME}:{port}:{address}", *arguments,
                         f"{scheme}://{NAME}/hello", ca=False)

    def record(self):
        return self.sluice.wait_records(1)[-1]

    def test_an_address_of_the_name_is_proof(self):
        for address in ("10.61.2.2", "[fd61:2::2]"):
            with self.subTest(address=address):
                self.sluice.mark()
                self.assertEqual(self.ask(address).returncode, 0)
                record = self.record()
                self.assertEqual((record["event.action"], record["sluice.pass_proof"]), ("pass", "dns"))

    def test_the_certificate_for_the_name_is_proof(self):
        for address in ("10.61.2.5", "[fd61:2::5]"):
            with self.subTest(address=address):
                self.sluice.mark()
                self.assertEqual(self.ask(address).stdout, "elsewhere")
                record = self.record()
                self.assertEqual((record["event.action"], record["sluice.pass_proof"]), ("pass", "certificate"))

    def test_without_proof_it_is_inspected_and_shown_as_what_it_is(self):
        for address in ("10.61.2.6", "[fd61:2::6]"):
            for ca in (self.lab.root_ca, self.sluice.ca_file):
                with self.subTest(address=address, ca=ca):
                    self.sluice.mark()
                    self.assertEqual(self.ask(address, ca=ca).returncode, 60)
                    record = self.record()
                    self.assertEqual((record["event.action"], record["sluice.pass_proof"]), ("block", "none"))
        self.assertGreaterEqual(self.sluice.ctl_json("status")["counters"]["passes_unproved"], 4)

    def test_what_the_administrator_has_pinned_wants_the_same_proof(self):
        self.sluice.write(self.sluice.configuration())
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.sluice.ctl("bypass", "pin", NAME).returncode, 0)
        try:
            for address, proof in (("10.61.2.2", "dns"), ("[fd61:2::2]", "dns"), ("10.61.2.5", "certificate"), ("[fd61:2::5]", "certificate")):
                with self.subTest(address=address):
                    self.sluice.mark()
                    self.assertEqual(self.ask(address).returncode, 0)
                    record = self.record()
                    self.assertEqual((record["event.action"], record["rule.id"], record["sluice.pass_proof"]), ("pass", "bypass", proof))
            for address in ("10.61.2.6", "[fd61:2::6]"):
                with self.subTest(address=address):
                    self.sluice.mark()
                    self.assertEqual(self.ask(address).returncode, 60)
                    record = self.record()
                    self.assertEqual((record["event.action"], record["sluice.pass_proof"]), ("block", "none"))
                    self.assertNotEqual(record["rule.id"], "bypass")
        finally:
            self.assertEqual(self.sluice.ctl("bypass", "forget", NAME).returncode, 0)
            self.sluice.write(self.sluice.configuration(**self.CONFIG))
            self.assertEqual(self.sluice.ctl("reload").returncode, 0)

    def test_in_the_clear_only_the_address_is_proof(self):
        self.assertEqual(self.ask("10.61.2.2", scheme="http").returncode, 0)
        self.assertEqual(self.record()["sluice.pass_proof"], "dns")
        self.sluice.mark()
        self.assertEqual(self.ask("10.61.2.6", scheme="http").stdout, "attacker")
        record = self.record()
        self.assertEqual((record["event.action"], record["sluice.pass_proof"]), ("inspect", "none"))
        self.assertEqual(record["http.request.method"], "GET")

    def test_a_fetcher_that_hangs_holds_nobody_up_for_long(self):
        fetcher = wait_until(lambda: self.sluice.role("fetcher"), "there is a fetcher")[0]
        os.kill(fetcher, signal.SIGSTOP)
        try:
            with self.lab.connect("10.61.2.4", 443) as peer:
                peer.start_tls(client_context(self.lab.root_ca), NAME)
                self.assertEqual(peer.request("/hello", NAME).status, 200)
        finally:
            os.kill(fetcher, signal.SIGCONT)
        self.assertEqual(self.record()["sluice.pass_proof"], "certificate")

    def test_explain_names_the_condition(self):
        done = self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", f"https://{NAME}/")
        self.assertIn("only where the destination is shown to be the site's own", done.stdout)
        self.assertTrue(self.sluice.ctl_json("explain", "--client", "10.61.1.2", "--url", f"https://{NAME}/")["needs_proof"])

    def test_the_administrator_may_do_without(self):
        self.sluice.write(self.sluice.configuration(gateway="prove_pass no", **self.CONFIG))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        try:
            with self.lab.connect("10.61.2.6", 443) as peer:
                peer.start_tls(client_context(), NAME)
                self.assertEqual(peer.request("/", NAME).body, b"attacker")
        finally:
            self.sluice.write(self.sluice.configuration(**self.CONFIG))
            self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertNotIn("sluice.pass_proof", self.record())


if __name__ == "__main__":
    unittest.main()
