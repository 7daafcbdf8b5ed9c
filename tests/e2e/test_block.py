"""The verb block: a page that says why, for HTTP and for HTTPS that is read; and nothing reaches the origin."""
import ssl
import unittest

from lib.case import E2ECase, proxied
from lib.lab import CLIENT6
from lib.peer import Peer, client_context
from lib.wait import wait_until


@proxied
class Block(E2ECase):
    CONFIG = {
        "extra": f"group newcomers {{ net {CLIENT6}/128 }}",
        "policy": """
            block everyone  site blocked.sluice.test *.blocked.sluice.test reason "not during school"
            block newcomers site rsa.sluice.test
            inspect everyone any""",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A client that was never seen to accept our certificates, and refused one, gets an alert instead of a page.
        for family in ("-4", "-6"):
            cls.lab.run(cls.lab.client, "curl", "-sS", family, "--cacert", cls.sluice.ca_file, "https://www.sluice.test/hello")

    def assert_page(self, url, *options):
        before = len(self.nginx.requests())
        done = self.curl("-i", "-H", "Accept: text/html,*/*;q=0.8", url, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
        self.assertIn(" 403", head.splitlines()[0])
        self.assertIn("text/html", head.lower())
        self.assertIn("no-store", head.lower())
        self.assertEqual(self.nginx.requests()[before:], [], "the origin was asked")
        return head, body

    def test_http_gets_the_page_with_the_reason(self):
        _, body = self.assert_page("http://blocked.sluice.test/")
        self.assertIn("not during school", body)

    def test_a_client_that_is_no_browser_gets_the_reason_as_data(self):
        done = self.curl("-i", "-H", "Accept: application/json, */*", "http://blocked.sluice.test/")
        self.assertIn(" 403", done.stdout.splitlines()[0])
        self.assertIn("application/problem+json", done.stdout.lower())
        self.assertIn("not during school", done.stdout)
        self.assertNotIn("<html", done.stdout.lower())

    def test_https_gets_the_page_under_our_certificate(self):
        _, body = self.assert_page("https://blocked.sluice.test/")
        self.assertIn("not during school", body)

    def test_a_name_below_is_blocked_and_a_lookalike_is_not(self):
        self.assert_page("http://sub.blocked.sluice.test/")
        self.assertEqual(self.status_of("http://www.sluice.test/hello", "-H", "Host: notblocked.sluice.test"), 200)

    def test_case_and_a_dot_at_the_end_change_nothing(self):
        self.assert_page("http://BLOCKED.sluice.test/")
        self.assert_page("http://10.61.2.2/", "-H", "Host: blocked.sluice.test.")
        self.assert_page("http://10.61.2.2/", "-H", "Host: Blocked.Sluice.Test:80")

    def test_ipv6_too(self):
        self.assert_page("http://blocked.sluice.test/", "-6")
        self.assert_page("https://blocked.sluice.test/", "-6")

    def test_a_rule_for_some_clients_leaves_the_others_alone(self):
        self.assert_page("https://rsa.sluice.test/hello", "-6")
        self.assertEqual(self.fetch("https://rsa.sluice.test/hello", "-4"), "hello from the origin\n")

    def test_a_client_without_our_ca_sees_a_tls_failure_and_no_page(self):
        done = self.curl("--cacert", self.lab.root_ca, "https://blocked.sluice.test/", ca=False)
        self.assertIn(done.returncode, (35, 56, 60), done.stderr)
        self.assertEqual(done.stdout, "")

    def test_a_client_that_refuses_our_certificates_gets_an_alert(self):
        source = ("10.61.1.77", 0)
        self.lab.client.ip("address", "add", "10.61.1.77/24", "dev", "eth0")
        self.addCleanup(self.lab.client.ip, "address", "del", "10.61.1.77/24", "dev", "eth0")

        def reason():
            with self.assertRaises(ssl.SSLError) as caught, Peer.connect(self.lab.client, "10.61.2.2", 443, source) as peer:
                peer.start_tls(client_context(self.lab.root_ca), "blocked.sluice.test")
            return caught.exception.reason
        self.assertEqual(reason(), "CERTIFICATE_VERIFY_FAILED")
        wait_until(lambda: reason() == "TLSV1_ALERT_ACCESS_DENIED", "the refusal is remembered")

    def test_the_host_within_counts_not_only_the_name_of_the_hello(self):
        with self.lab.connect("10.61.2.2", 443) as peer:
            peer.start_tls(client_context(self.sluice.ca_file), "any.sluice.test")
            response = peer.request("/hello", "blocked.sluice.test")
        self.assertIn(response.status, (403, 421))

    def test_what_was_asked_is_never_echoed_unescaped(self):
        _, body = self.assert_page("http://blocked.sluice.test/%3Cscript%3E?<script>alert(1)</script>", "-g")
        self.assertNotIn("<script>alert", body)

    def test_nothing_secret_is_echoed(self):
        head, body = self.assert_page("http://blocked.sluice.test/", "-H", "Authorization: Bearer s3cret", "-H", "Cookie: id=s3cret")
        self.assertNotIn("s3cret", head + body)

    def test_the_page_cannot_do_harm(self):
        head, _ = self.assert_page("https://blocked.sluice.test/")
        self.assertIn("content-security-policy:", head.lower())
        self.assertIn("x-content-type-options: nosniff", head.lower())
        self.assertNotIn("set-cookie", head.lower())

    def test_the_connection_serves_allowed_requests_before_and_after(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            self.assertEqual(peer.request("/hello", "www.sluice.test").status, 200)
            blocked = peer.request("/hello", "blocked.sluice.test")
            self.assertEqual(blocked.status, 403)
            if blocked.get("connection", "").lower() != "close":
                self.assertEqual(peer.request("/hello", "www.sluice.test").status, 200)

    def test_a_head_request_gets_a_head_only(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            blocked = peer.request("/", "blocked.sluice.test", method="HEAD")
            self.assertEqual(blocked.status, 403)
            if blocked.get("connection", "").lower() != "close":
                self.assertEqual(peer.request("/hello", "www.sluice.test").status, 200)

    def test_a_large_upload_to_a_blocked_site_is_answered(self):
        with Peer.connect(self.lab.client, "10.61.2.2", 80) as peer:
            peer.send("POST / HTTP/1.1\r\nHost: blocked.sluice.test\r\nContent-Length: 100000000\r\n\r\n", bytes(65536))
            self.assertEqual(peer.read_message().status, 403)

    def test_a_record_says_who_what_and_why(self):
        self.assert_page("http://blocked.sluice.test/some/path", "-4")
        record, = self.sluice.wait_records(1, url__full="http://blocked.sluice.test/some/path")
        self.assertEqual(record["event.action"], "block")
        self.assertEqual(record["rule.reason"], "not during school")
        self.assertTrue(str(record["rule.id"]))
        self.assertEqual(record["http.response.status_code"], 403)
        self.assertEqual(record["source.ip"], "10.61.1.2")


if __name__ == "__main__":
    unittest.main()
