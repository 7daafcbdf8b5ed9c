"""An origin whose certificate does not hold never looks good: the client itself sees the failure, and no request is sent."""
import ssl
import unittest

from lib.case import E2ECase, proxied
from lib.nginx import BAD_NAMES
from lib.peer import client_context


class BadOrigin(E2ECase):
    def test_every_bad_origin_is_a_tls_failure_for_the_client(self):
        for name in BAD_NAMES:
            with self.subTest(origin=name):
                done = self.curl("-o", "/dev/null", f"https://{name}.sluice.test/hello")
                self.assertIn(done.returncode, (35, 51, 60), f"{name}: {done.returncode} {done.stderr}")

    @proxied
    def test_no_request_reaches_a_bad_origin_even_when_the_client_does_not_care(self):
        for name in BAD_NAMES:
            with self.subTest(origin=name):
                before = len(self.nginx.requests())
                done = self.curl("-k", "-H", "Cookie: id=s3cret", f"https://{name}.sluice.test/hello", ca=False)
                self.assertNotIn("hello from the origin", done.stdout)
                self.assertEqual(self.nginx.requests()[before:], [])

    @proxied
    def test_the_failure_is_shown_by_an_issuer_that_nobody_trusts(self):
        with self.lab.connect("expired.sluice.test", 443) as peer:
            peer.start_tls(client_context(), "expired.sluice.test")
            shown = ssl.DER_cert_to_PEM_cert(peer.socket.getpeercert(binary_form=True))
        done = self.lab.run(self.lab.client, "openssl", "verify", "-no_check_time", "-CAfile", self.sluice.ca_file, "/dev/stdin", data=shown)
        self.assertNotEqual(done.returncode, 0, "our own CA vouches for a bad origin")

    @proxied
    def test_each_failure_is_recorded_with_its_reason(self):
        for name, word in (("expired", "expired"), ("selfsigned", "self"), ("wrongname", "name"), ("unknown", "issuer")):
            with self.subTest(origin=name):
                self.sluice.mark()
                self.curl(f"https://{name}.sluice.test/hello")
                record = self.sluice.wait_records(1, tls__client__server_name=f"{name}.sluice.test")[0]
                self.assertIn(word, str(record).lower())

    @proxied
    def test_explain_says_of_a_chain_what_the_live_verifier_says(self):
        for name in (*BAD_NAMES, "www", "rsachain"):
            with self.subTest(origin=name):
                self.sluice.mark()
                self.curl(f"https://{name}.sluice.test/hello")
                record = self.sluice.wait_records(1, tls__client__server_name=f"{name}.sluice.test")[0]
                said = self.explain(f"https://{name}.sluice.test/hello", name)["origin"]
                self.assertEqual((said["accepted"], said["reason"]), (name not in BAD_NAMES, record["sluice.verify"]))
                self.assertIn(said["reason"] if name in BAD_NAMES else "accepted", self.explain_text(f"https://{name}.sluice.test/hello", name))

    @proxied
    def test_explain_says_what_is_wrong_with_what_it_is_given(self):
        for file, said in ((self.lab.certificate("www")[1], "no certificate"), (self.lab.path("none"), "cannot be read")):
            done = self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", "https://www.sluice.test/", "--certificate", file)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(said, done.stderr)
        done = self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", "http://www.sluice.test/", "--certificate", self.lab.certificate("www")[0])
        self.assertIn("https", done.stderr)

    def explanation_of(self, url, name):
        return ("explain", "--client", "10.61.1.2", "--url", url, "--certificate", self.nginx.pair(name)[0])

    def explain(self, url, name):
        return self.sluice.ctl_json(*self.explanation_of(url, name))

    def explain_text(self, url, name):
        return self.sluice.ctl(*self.explanation_of(url, name)).stdout

    def test_good_origins_are_served_all_the_while(self):
        self.assert_others_untouched()


@proxied
class BadOriginPage(E2ECase):
    """The same, told by a page of the gateway, as configured."""

    CONFIG = {"tls": "bad_origin block-page"}

    def test_the_page_is_an_error_and_the_origins_bytes_never_come(self):
        for name in ("expired", "selfsigned", "wrongname", "unknown"):
            with self.subTest(origin=name):
                before = len(self.nginx.requests())
                done = self.curl("-i", f"https://{name}.sluice.test/hello")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout.splitlines()[0], r"^HTTP/(1.1|2) 5\d\d")
                self.assertIn("no-store", done.stdout.lower())
                self.assertNotIn("hello from the origin", done.stdout)
                self.assertEqual(self.nginx.requests()[before:], [])


if __name__ == "__main__":
    unittest.main()
