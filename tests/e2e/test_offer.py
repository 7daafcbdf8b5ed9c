"""What is offered to origins in a client's place: never more than the client's own offer, nothing that it did not send."""
import unittest

from lib.case import E2ECase, needs_program, proxied
from lib.clienthello import read_hello
from lib.scripted import ScriptedServer
from lib.wait import wait_until

SCSV = 0x00ff   # says that secure renegotiation is spoken (RFC 5746); no suite
OURS = {0, 5, 10, 11, 13, 16, 22, 23, 35, 41, 43, 45, 51}
SUITES_12 = ("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
             "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305")
SIGNATURES = ("ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pkcs1_sha256:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha384:rsa_pkcs1_sha384:"
              "rsa_pss_rsae_sha512:rsa_pkcs1_sha512")


class Offer(E2ECase):
    """raw.sluice.test is read: its server sees our hello; raw2.sluice.test is passed: its server sees the client's own."""

    CONFIG = {"policy": "pass everyone site raw2.sluice.test\n inspect everyone any"}
    TIME_LIMIT = 120

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seen = {5: [], 6: []}
        cls.servers = {last: ScriptedServer(cls.lab, lambda peer, last=last: cls.take(last, peer), port=443, last=last) for last in (5, 6)}

    @classmethod
    def take(cls, last, peer):
        cls.seen[last].append(read_hello(peer))
        peer.reset()

    def hellos(self, command):
        """(ours, the client's own) after the client was run against both names; command(name) is its command line."""
        for last, name in ((5, "raw.sluice.test"), (6, "raw2.sluice.test")):
            self.seen[last].clear()
            home = self.lab.make_directory("home")
            self.lab.run(self.lab.client, *command(name), env={"HOME": home}, timeout=30)
            wait_until(lambda last=last: self.seen[last], f"a hello came to {name}")
        return self.seen[5][0], self.seen[6][0]

    def assert_within(self, ours, client):
        def ordered(mine, theirs):
            self.assertEqual(mine, [value for value in theirs if value in mine])
        self.assertTrue(set(ours.versions) <= set(client.versions), (ours.versions, client.versions))
        self.assertTrue({0x0303, 0x0304} >= set(ours.versions))
        for part in (range(0x1301, 0x1304), range(0xc000, 0xd000)):
            ordered([suite for suite in ours.suites if suite in part], client.suites)
        self.assertTrue(set(ours.suites) - {SCSV} <= set(client.suites), (ours.suites, client.suites))
        ordered(ours.groups, client.groups)
        ordered(ours.signatures, client.signatures)
        ordered(ours.alpn, client.alpn)
        self.assertTrue(set(ours.key_shares) <= set(ours.groups))
        self.assertTrue(set(ours.types) <= OURS, ours.types)
        self.assertNotEqual(ours.random, client.random)
        self.assertTrue(not ours.session_id or ours.session_id != client.session_id)
        self.assertEqual(ours.server_name, "raw.sluice.test")

    CLIENTS = {
        "curl": lambda name: ["curl", "-sSk", f"https://{name}/"],
        "wget": lambda name: ["wget", "-q", "-O", "-", "-t", "1", "--no-check-certificate", f"https://{name}/"],
        "gnutls-cli": lambda name: ["gnutls-cli", "--insecure", name],
        "node": lambda name: ["node", "-e", f"require('tls').connect({{host: '{name}', servername: '{name}', port: 443, rejectUnauthorized: false, "
                                            "ALPNProtocols: ['http/1.1', 'h2']}).on('error', () => {})"],
        "python3": lambda name: ["/usr/bin/python3", "-c", f"import ssl, socket; c = ssl.create_default_context(); c.set_alpn_protocols(['x', 'h2']); "
                                 f"c.wrap_socket(socket.create_connection(('{name}', 443)), server_hostname='{name}')"],
    }

    @proxied
    def test_it_is_within_what_real_clients_offer(self):
        for client, command in self.CLIENTS.items():
            with self.subTest(client=client):
                self.assert_within(*self.hellos(command))

    @proxied
    @needs_program("chromium")
    def test_it_is_within_what_chromium_offers_and_carries_no_ech(self):
        ours, client = self.hellos(lambda name: [
            "timeout", "20", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", f"--user-data-dir={self.lab.path('chromium')}", "--dump-dom",
            f"https://{name}/"])
        self.assert_within(ours, client)
        self.assertIn(0xfe0d, client.types, "Chromium has sent no GREASE ECH, and this test has tried nothing")
        self.assertEqual(ours.alpn, ["h2", "http/1.1"])

    SUBSETS = {
        "AES-256 alone": (["-ciphersuites", "TLS_AES_256_GCM_SHA384", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"], "suites", [0x1302, 0xc030]),
        "P-384 alone": (["-groups", "P-384"], "groups", [0x18]),
        "groups the other way round": (["-groups", "P-384:P-521:P-256:X25519"], "groups", [0x18, 0x17, 0x1d]),
        "TLS 1.3 alone": (["-tls1_3"], "versions", [0x0304]),
        "TLS 1.2 alone": (["-tls1_2"], "versions", [0x0303]),
        "RSA signatures alone": (["-sigalgs", "rsa_pkcs1_sha256:rsa_pss_rsae_sha384:rsa_pkcs1_sha1"], "signatures", [0x0401, 0x0805]),
    }

    @proxied
    def test_a_strict_subset_stays_one(self):
        for what, (arguments, field, expected) in self.SUBSETS.items():
            with self.subTest(offer=what):
                ours, client = self.hellos(lambda name, arguments=arguments: ["openssl", "s_client", "-connect", f"{name}:443", "-servername", name,
                                                                              *arguments])
                self.assert_within(ours, client)
                self.assertEqual([value for value in getattr(ours, field) if value != SCSV], expected)

    @proxied
    def test_without_a_common_part_the_client_hears_so_and_nobody_is_dialled(self):
        for arguments in (["-cipher", "AES128-SHA:@SECLEVEL=0", "-tls1_2"], ["-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0", "-tls1_2"],
                          ["-groups", "P-521"], ["-sigalgs", "ed25519"], ["-ciphersuites", "TLS_AES_128_CCM_SHA256", "-tls1_3"]):
            with self.subTest(offer=arguments):
                before = self.servers[5].accepted
                done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "raw.sluice.test:443", "-servername", "raw.sluice.test", *arguments)
                self.assertIn("alert number 40", done.stderr)
                self.assertEqual(self.servers[5].accepted, before)
        self.sluice.wait_records(5, sluice__close="nothing offered that is allowed")

    @proxied
    def test_unknown_extensions_are_neither_echoed_nor_forwarded(self):
        """GREASE, ALPS, certificate compression, delegated credentials, 0xfeXX, and the ECH extension."""
        unknown = [0x0a0a, 17613, 27, 34, 0xfe01, 0xfe0d]
        arguments = ["-serverinfo", ",".join(map(str, unknown)), "-CAfile", self.sluice.ca_file, "-verify_return_error"]
        done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "www.sluice.test:443", "-servername", "www.sluice.test", "-trace", "-quiet",
                            *arguments, data="GET /hello HTTP/1.0\r\nHost: www.sluice.test\r\n\r\n")
        self.assertIn("hello from the origin", done.stdout, done.stderr[-2000:])
        self.assertNotIn("SERVERINFO", done.stdout)
        ours, client = self.hellos(lambda name: ["openssl", "s_client", "-connect", f"{name}:443", "-servername", name, "-serverinfo",
                                                 ",".join(map(str, unknown))])
        self.assertTrue(set(unknown) <= set(client.types), client.types)
        self.assertTrue(set(ours.types) <= OURS, ours.types)

    @proxied
    def test_a_client_within_our_settings_has_its_own_fingerprint_at_the_origin(self):
        command = ["openssl", "s_client", "-connect", "www.sluice.test:443", "-servername", "www.sluice.test", "-CAfile", self.sluice.ca_file, "-quiet"]
        request = "GET /hello?own HTTP/1.0\r\nHost: www.sluice.test\r\n\r\n"
        before = self.sluice.ctl_json("status")["counters"]
        done = self.lab.run(self.lab.client, *command, "-status", "-alpn", "http/1.1", "-cipher", SUITES_12, "-ciphersuites",
                            "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", "-groups", "X25519:P-256:P-384", "-sigalgs",
                            SIGNATURES, data=request)
        self.assertIn("hello from the origin", done.stdout, done.stderr[-2000:])
        record = self.sluice.wait_records(1, url__full="https://www.sluice.test/hello?own")[0]
        self.assertEqual(record["sluice.origin.ja4"], record["tls.client.ja4"])
        self.lab.run(self.lab.client, *command, data=request.replace("own", "other"))
        record = self.sluice.wait_records(1, url__full="https://www.sluice.test/hello?other")[0]
        self.assertNotEqual(record["sluice.origin.ja4"], record["tls.client.ja4"])
        after = self.sluice.ctl_json("status")["counters"]
        self.assertEqual(after["hellos_equal"] - before["hellos_equal"], 1)
        self.assertGreaterEqual(after["hellos_different"] - before["hellos_different"], 1)

    def test_nobody_asks_the_client_for_a_certificate(self):
        done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "www.sluice.test:443", "-servername", "www.sluice.test", "-msg")
        self.assertIn("ServerHello", done.stdout)
        self.assertNotIn("CertificateRequest", done.stdout)


if __name__ == "__main__":
    unittest.main()
