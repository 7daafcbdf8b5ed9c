"""HTTPS read by the gateway: every TLS version and key type, both address families, both ways of steering."""
import hashlib
import os
import ssl
import unittest

from lib.case import E2ECase, proxied
from lib.peer import Peer, client_context


class HttpsByRedirect(E2ECase):
    CONFIG = {"steer": "redirect"}

    def client(self, name, family=4, **context):
        from lib.lab import address_of
        peer = Peer.connect(self.lab.client, address_of(name, family), 443)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, **context), name)

    def test_a_page_arrives_over_ipv4(self):
        self.assertEqual(self.fetch("https://www.sluice.test/hello", "-4"), "hello from the origin\n")

    def test_a_page_arrives_over_ipv6(self):
        self.assertEqual(self.fetch("https://www.sluice.test/hello", "-6"), "hello from the origin\n")

    def test_an_upload_and_a_download_are_byte_for_byte(self):
        data = os.urandom(3 << 20)
        path = self.lab.path("upload.bin")
        with open(path, "wb") as out:
            out.write(data)
        self.assertEqual(self.status_of("https://www.sluice.test/uploads/file", "-T", path), 201)
        done = self.lab.run(self.lab.client, "curl", "-sSf", "--cacert", self.sluice.ca_file, "https://www.sluice.test/uploads/file", text=False)
        self.assertEqual(hashlib.sha256(done.stdout).digest(), hashlib.sha256(data).digest(), done.stderr)

    def test_origins_of_every_kind_are_read(self):
        for name in ("rsa", "rsachain", "p384", "any", "tls12", "tls13", "a.wild", "-a_b-.wild", "soon", "long", "extras"):
            with self.subTest(origin=name):
                self.assertEqual(self.fetch(f"https://{name}.sluice.test/hello"), "hello from the origin\n")

    def test_clients_of_every_kind_are_served(self):
        for options in (["--tls-max", "1.2"], ["--tlsv1.3"], ["--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256"],
                        ["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305"], ["--tls13-ciphers", "TLS_AES_256_GCM_SHA384"],
                        ["--curves", "P-384"], ["--no-alpn"], ["--http1.0"]):
            # The origin that shows the key type which the client asks for need not exist: the leaf is ours.
            with self.subTest(options=options):
                self.assertEqual(self.fetch("https://www.sluice.test/hello" if "RSA" not in str(options) else "https://rsa.sluice.test/hello",
                                            *options), "hello from the origin\n")

    def test_a_client_without_ecdsa_meets_origins_that_have_rsa_and_no_others(self):
        limits = ("--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256")
        self.assertEqual(self.fetch("https://rsa.sluice.test/hello", *limits), "hello from the origin\n")
        self.assertEqual(self.curl("https://www.sluice.test/hello", *limits).returncode, 35)

    def test_a_client_limited_to_tls12_does_not_meet_an_origin_limited_to_tls13(self):
        self.assertEqual(self.curl("https://tls13.sluice.test/hello", "--tls-max", "1.2").returncode, 35)

    def test_the_client_sees_no_better_version_than_the_origin_speaks(self):
        for _ in range(2):  # the second time the name is known, and the client is greeted beside the dial
            self.assertEqual(self.client("tls12.sluice.test").socket.version(), "TLSv1.2")
            self.assertEqual(self.client("tls13.sluice.test").socket.version(), "TLSv1.3")

    def test_alpn_is_exactly_what_the_origin_chose(self):
        # This origin knows no HTTP/2: a client that would prefer it gets http/1.1, one that offers nothing gets nothing.
        self.assertEqual(self.client("www.sluice.test", alpn=["h2", "http/1.1"]).socket.selected_alpn_protocol(), "http/1.1")
        self.assertEqual(self.client("www.sluice.test", alpn=["http/1.1"]).socket.selected_alpn_protocol(), "http/1.1")
        self.assertIsNone(self.client("www.sluice.test").socket.selected_alpn_protocol())

    def test_old_tls_versions_are_refused_with_an_alert(self):
        context = client_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(ssl.SSLError) as caught:
            self.lab.connect("www.sluice.test", 443).start_tls(context, "www.sluice.test")
        self.assertIn("PROTOCOL_VERSION", (caught.exception.reason or "").upper())

    def test_an_address_without_a_name_is_read_too(self):
        self.assertEqual(self.fetch("https://10.61.2.2/hello"), "hello from the origin\n")
        self.assertEqual(self.fetch("https://[fd61:2::2]/hello", "-g"), "hello from the origin\n")

    def test_a_hundred_connections_at_once_are_served(self):
        done = self.curl("-Z", "--parallel-max", "50", "-o", "/dev/null", "-w", "%{http_code}\n", "https://www.sluice.test/1k?[1-100]", "-H",
                         "Connection: close", timeout=40)
        self.assertEqual(done.stdout.split(), ["200"] * 100, done.stderr)

    @proxied
    def test_the_certificate_comes_from_our_ca(self):
        done = self.curl("-v", "https://www.sluice.test/hello")
        self.assertIn("issuer: ", done.stderr)
        self.assertNotIn("CN=ica", done.stderr)
        self.assertNotEqual(self.curl("--cacert", self.lab.root_ca, "https://www.sluice.test/hello", ca=False).returncode, 0)

    @proxied
    def test_a_record_tells_of_the_tls_session(self):
        self.fetch("https://www.sluice.test/hello?q=1")
        record, = self.sluice.wait_records(1, url__full="https://www.sluice.test/hello?q=1")
        self.assertEqual(record["event.action"], "inspect")
        self.assertEqual(record["tls.client.server_name"], "www.sluice.test")
        self.assertIn(record["tls.version"], ("1.3", "TLSv1.3", "TLS 1.3"))
        self.assertTrue(record["tls.cipher"])
        self.assertRegex(record["tls.client.ja4"], r"^t1[23]d\d{4}(h1|h2)_[0-9a-f]{12}_[0-9a-f]{12}$")


class HttpsByTproxy(HttpsByRedirect):
    CONFIG = {"steer": "tproxy"}


if __name__ == "__main__":
    unittest.main()
