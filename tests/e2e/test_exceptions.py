"""An administrator's exception: one host, one key, one fault, for a while, and never in silence."""
import datetime
import unittest

from lib.case import E2ECase, proxied


@proxied
class Exceptions(E2ECase):
    def refused(self, name):
        """(fault, key) as the record of a refusal has them."""
        self.sluice.mark()
        self.assertNotEqual(self.curl(f"https://{name}.sluice.test/hello").returncode, 0)
        record = self.sluice.wait_records(1, tls__client__server_name=f"{name}.sluice.test")[0]
        self.assertRegex(record["sluice.key"], "^sha256:[0-9a-f]{64}$")
        return record["sluice.verify"], record["sluice.key"]

    def block(self, name, fault, key, days=30):
        day = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days)
        return f"exception {name}.sluice.test {{\n    key {key}\n    fault {fault}\n    until {day}\n}}\n"

    def configure(self, *blocks, **arguments):
        self.sluice.write(self.sluice.configuration(extra="".join(blocks), **arguments))

    def test_it_lets_through_what_it_names_and_nothing_else(self):
        names = ("expired", "notyet", "selfsigned", "wrongname", "unknown", "oldica")
        known = {name: self.refused(name) for name in (*names, "clientauth")}
        self.assertEqual(known["expired"][0], "expired")
        self.configure(*(self.block(name, *known[name]) for name in names))
        done = self.sluice.ctl("reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in names:
            with self.subTest(excepted=name):
                # The client is shown a certificate that it accepts, for the one name.
                self.assertEqual(self.fetch(f"https://{name}.sluice.test/hello?excepted"), "hello from the origin\n")
                record = self.sluice.wait_records(1, url__full=f"https://{name}.sluice.test/hello?excepted")[0]
                self.assertEqual(record["sluice.verify"], "excepted")
                self.assertEqual(record["sluice.key"], known[name][1])
        for name in ("clientauth", "leafsigned", "weak", "noica"):
            with self.subTest(still_refused=name):
                self.assertNotEqual(self.curl("-k", "-f", f"https://{name}.sluice.test/hello", ca=False).stdout, "hello from the origin\n")
        # Not for another name that the same certificate claims, either on its own connection or on this one.
        done = self.curl("-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: www.sluice.test", "https://expired.sluice.test/hello")
        self.assertEqual(done.stdout, "421", done.stderr)
        # It is said wherever somebody looks.
        status = self.sluice.ctl_json("status")
        self.assertEqual({row["host"] for row in status["exceptions"]}, {f"{name}.sluice.test" for name in names})
        self.assertIn("expired.sluice.test", self.sluice.ctl("status").stdout)
        self.assertIn("a certificate of expired.sluice.test is accepted although", self.sluice.process.output())
        # Without it the fault counts again, sessions and leaves of before notwithstanding.
        self.configure()
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        for name in names:
            self.assertNotEqual(self.curl("-f", f"https://{name}.sluice.test/hello").returncode, 0, name)

    def test_rules_about_certificates_see_what_is_excepted(self):
        names = ("selfsigned", "unknown")
        blocks = [self.block(name, *self.refused(name)) for name in names]
        self.configure(*blocks, policy='block everyone certificate self-signed reason "home-made"\ninspect everyone any')
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        for name, reason in (("selfsigned", "home-made"), ("unknown", "")):
            with self.subTest(origin=name):
                page = self.curl(f"https://{name}.sluice.test/hello").stdout
                self.assertIn(reason or "hello from the origin", page)
                said = self.sluice.ctl_json("explain", "--client", "10.61.1.2", "--url", f"https://{name}.sluice.test/hello",
                                            "--certificate", self.nginx.pair(name)[0])
                self.assertEqual((said["reason"], said["decided"], said["origin"]["accepted"]), (reason, True, True))
                self.assertEqual(len(said["origin"]["excepted"]), 1)
        self.configure()
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)

    def test_another_key_or_another_fault_stays_refused(self):
        fault, key = self.refused("expired")
        for what, block in (("another key", self.block("expired", fault, "sha256:" + "5a" * 32)),
                            ("another fault", self.block("expired", "self_signed", key)),
                            ("another host", self.block("notyet", fault, key))):
            with self.subTest(what):
                self.configure(block)
                self.assertEqual(self.sluice.ctl("reload").returncode, 0)
                self.assertNotEqual(self.curl("-f", "https://expired.sluice.test/hello").returncode, 0)
        self.configure()
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)

    def test_what_is_too_long_or_too_much_is_refused_with_its_line(self):
        key = "sha256:" + "5a" * 32
        for what, block, said in (("91 days", self.block("expired", "expired", key, 91), "lasts too long"),
                                  ("a wrong signature", self.block("expired", "bad_signature", key), "cannot lift its fault"),
                                  ("our own CA", self.block("expired", "own_ca", key), "cannot lift its fault"),
                                  ("no key", "exception expired.sluice.test { fault expired until 2099-01-01 }\n", "has no key"),
                                  ("any host", self.block("*", "expired", key).replace("*.", "*.x."), "names no host")):
            with self.subTest(what):
                self.configure(block)
                done = self.sluice.check()
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(said, done.stderr)
                self.assertRegex(done.stderr, r"sluice\.conf:\d+:\d+: error")
        self.configure(self.block("expired", "expired", key, -2))
        done = self.sluice.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("ended on", done.stderr)
        self.configure()


@proxied
class ShortLeaves(E2ECase):
    CONFIG = {"tls": "leaf_days 7"}

    def test_leaves_live_as_long_as_is_configured(self):
        for name in ("www", "long"):
            done = self.lab.run(self.lab.client, "sh", "-c", f"openssl s_client -connect 10.61.2.2:443 -servername {name}.sluice.test </dev/null "
                                "2>/dev/null | openssl x509 -noout -checkend $((6 * 86400 - 600)) && ! openssl s_client -connect 10.61.2.2:443 "
                                f"-servername {name}.sluice.test </dev/null 2>/dev/null | openssl x509 -noout -checkend $((6 * 86400))")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
