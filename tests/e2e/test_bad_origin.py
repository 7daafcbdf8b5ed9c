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
