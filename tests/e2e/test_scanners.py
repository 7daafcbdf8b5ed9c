"""Scanners and real clients against the side that clients see: nothing old, nothing weak, nothing that is known by a name.

With SLUICE_E2E_LONG=1 in the environment testssl.sh runs all its checks, which takes minutes.
"""
import json
import os
import shutil
import struct
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from lib.case import E2ECase, needs_program, proxied
from lib.daemon import Sluice
from lib.scripted import ScriptedServer
from lib.wait import wait_until

LONG = bool(os.environ.get("SLUICE_E2E_LONG"))
# What testssl.sh finds in any certificate of a private CA, and in ours on purpose.
EXPECTED_FINDINGS = {
    "cert_revocation", "OCSP_stapling", "cert_crlDistributionPoints", "cert_ocspURL", "DNS_CAArecord", "certificate_transparency",  # row 80: not copied
    "HSTS", "HSTS_time", "security_headers", "banner_server", "cookie_count",  # the origin's own
    "overall_grade", "engine_problem", "cert_trust", "cert_chain_of_trust", "DNS", "scanTime",
}


@proxied
class Scanners(E2ECase):
    TIME_LIMIT = 600 if LONG else 120

    @needs_program("sslscan")
    def test_sslscan_finds_nothing_old_or_weak(self):
        report = self.lab.path("sslscan.xml")
        done = self.lab.run(self.lab.client, "sslscan", "--no-colour", f"--xml={report}", "--sni-name=www.sluice.test", "10.61.2.2:443")
        self.assertEqual(done.returncode, 0, done.stderr)
        test = ElementTree.parse(report).getroot().find("ssltest")
        enabled = {f"{row.get('type')}{row.get('version')}" for row in test.findall("protocol") if row.get("enabled") == "1"}
        self.assertEqual(enabled, {"tls1.2", "tls1.3"})
        self.assertEqual(test.find("renegotiation").get("supported"), "0")
        for row in test.findall("heartbleed"):
            self.assertEqual(row.get("vulnerable"), "0")
        ciphers = {row.get("cipher") for row in test.findall("cipher")}
        # Which key the origin has decides whether ECDSA or RSA can be agreed on in TLS 1.2.
        self.assertIn("ECDHE-ECDSA-AES128-GCM-SHA256", ciphers)
        self.assertLessEqual(ciphers, {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"} | {
            f"ECDHE-{key}-{kind}" for key in ("ECDSA", "RSA") for kind in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")})
        self.assertTrue(all(int(row.get("bits")) >= 128 for row in test.findall("cipher")))
        groups = {row.get("name") for row in test.findall("group")}
        self.assertTrue({"x25519", "secp256r1 (NIST P-256)"} <= groups, groups)
        self.assertFalse({group for group in groups if "ffdhe" in group or "sect" in group or "192" in group})

    @needs_program("testssl", "testssl.sh")
    def test_testssl_finds_nothing(self):
        report = self.lab.path("testssl.json")
        program = shutil.which("testssl") or "testssl.sh"
        # The short form is what sslscan does not look for.
        checks = [] if LONG else ["--ccs", "--ticketbleed", "--robot"]
        done = self.lab.run(self.lab.client, program, "--quiet", "--warnings", "batch", "--color", "0", "--ip", "10.61.2.2", "--add-ca",
                            self.sluice.ca_file, "--jsonfile", report, *checks, "https://www.sluice.test/hello", timeout=self.TIME_LIMIT)
        with open(report, encoding="utf-8") as text:
            findings = json.load(text)
        bad = [row for row in findings if row["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL") and
               row["id"].split()[0] not in EXPECTED_FINDINGS]
        self.assertEqual(bad, [], done.stdout[-4000:])
        for wanted in ("CCS", "ticketbleed", "ROBOT"):
            self.assertIn(wanted, {row["id"] for row in findings})

    # What no scanner looks for

    def refused(self, *arguments):
        """openssl s_client with these arguments is refused; what it says."""
        done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "10.61.2.2:443", "-servername", "www.sluice.test", *arguments)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def test_what_is_weak_is_refused_with_an_alert(self):
        for what, arguments in {
                "static RSA": ["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"], "CBC": ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA"],
                "CAMELLIA": ["-tls1_2", "-cipher", "CAMELLIA:@SECLEVEL=0"], "DHE": ["-tls1_2", "-cipher", "DHE"],
                "NULL": ["-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"], "anonymous": ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"],
                "SHA-1": ["-tls1_2", "-cipher", "ECDHE:@SECLEVEL=0", "-sigalgs", "ECDSA+SHA1:RSA+SHA1"]}.items():
            with self.subTest(what):
                self.assertRegex(self.refused(*arguments), "alert handshake failure|alert number 40")

    def test_a_fallback_that_is_none_of_need_is_refused(self):
        self.assertRegex(self.refused("-tls1_2", "-fallback_scsv"), "inappropriate fallback|alert number 86")

    def hello(self, version, extensions=b""):
        """A ClientHello of an old version, for the name."""
        name = b"www.sluice.test"
        sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
        extensions = sni + extensions
        body = struct.pack(">H", version) + os.urandom(32) + b"\0" + struct.pack(">H", 4) + b"\xc0\x13\x00\x2f" + b"\1\0"
        body += struct.pack(">H", len(extensions)) + extensions
        return b"\x16\x03\x01" + struct.pack(">H", len(body) + 4) + b"\1" + struct.pack(">I", len(body))[1:] + body

    def test_old_versions_get_the_alert_protocol_version(self):
        for version in (0x0300, 0x0301, 0x0302):
            with self.subTest(version=hex(version)), self.lab.connect("www.sluice.test", 443) as peer:
                peer.send(self.hello(version))
                self.assertEqual(peer.read_exact(7)[5:], b"\x02\x46")
                # In order, though our side never read the hello: a reset may take the alert away from whom it was for.
                self.assertEqual(peer.socket.recv(1), b"")

    def test_a_client_that_renegotiates_is_refused(self):
        with subprocess.Popen(self.lab.client.command("openssl", "s_client", "-connect", "10.61.2.2:443", "-servername", "www.sluice.test", "-tls1_2",
                                                      "-CAfile", self.sluice.ca_file),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
            client.stdin.write(b"R\n")
            client.stdin.flush()
            said = client.communicate(timeout=60)[0].decode(errors="replace")
        self.assertIn("RENEGOTIATING", said)
        self.assertRegex(said, "no.renegotiation|handshake failure|alert")
        self.assert_others_untouched()

    def resumption(self, options=""):
        """What openssl s_client says of a second connection of TLS 1.2; options for its configuration."""
        configuration, session = self.lab.path("client.cnf"), self.lab.path("session.pem")
        with open(configuration, "w", encoding="ascii") as out:
            out.write(f"openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\n{options}\n")
        for argument in ("-sess_out", "-sess_in"):
            done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "10.61.2.2:443", "-servername", "www.sluice.test", "-tls1_2",
                                argument, session, env={"OPENSSL_CONF": configuration})
            self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_without_the_extended_master_secret_nothing_is_resumed(self):
        said = self.resumption()
        self.assertIn("Reused, TLSv1.2", said)
        self.assertIn("Extended master secret: yes", said)
        said = self.resumption("Options = -ExtendedMasterSecret")
        self.assertIn("Extended master secret: no", said)
        self.assertIn("New, TLSv1.2", said)

    def test_early_data_is_never_accepted(self):
        session = self.lab.path("session13.pem")
        with open(self.lab.path("request"), "w", encoding="ascii") as out:
            out.write("GET /hello?early HTTP/1.1\r\nHost: www.sluice.test\r\nConnection: close\r\n\r\n")
        done = self.lab.run(self.lab.client, "sh", "-c", "(printf 'GET /hello HTTP/1.0\\r\\nHost: www.sluice.test\\r\\n\\r\\n'; sleep 1) | openssl s_client "
                            f"-connect 10.61.2.2:443 -servername www.sluice.test -tls1_3 -ign_eof -sess_out {session}")
        self.assertIn("hello from the origin", done.stdout)
        self.assertIn("Max Early Data: 0", done.stdout)
        before = len(self.nginx.requests())
        done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "10.61.2.2:443", "-servername", "www.sluice.test", "-tls1_3",
                            "-sess_in", session, "-early_data", self.lab.path("request"))
        self.assertNotIn("Early data was accepted", done.stdout)
        self.assertEqual(self.nginx.requests()[before:], [])

    def test_one_retry_of_the_hello_works(self):
        for group in ("P-384:P-256", "P-521:X25519", "X448:P-256"):
            done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "10.61.2.2:443", "-servername", "www.sluice.test", "-groups", group,
                                "-CAfile", self.sluice.ca_file, "-verify_return_error")
            self.assertEqual(done.returncode, 0, f"{group}: {done.stderr}")


RETRY_RANDOM = bytes.fromhex("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C")


class Hostile:
    """An origin that answers the hello with what a man in the middle would."""

    def __init__(self, answer):
        self.answer = answer
        self.alerts = []

    def read_record(self, peer):
        head = peer.read_exact(5)
        return head[0], peer.read_exact(int.from_bytes(head[3:5], "big"))

    def read_hello(self, peer):
        """The session id of the ClientHello that came."""
        while True:
            kind, body = self.read_record(peer)
            if kind == 22:
                return body[39:39 + body[38]]

    @staticmethod
    def server_hello(random, session_id, cipher, extensions):
        body = b"\3\3" + random + bytes([len(session_id)]) + session_id + cipher + b"\0" + struct.pack(">H", len(extensions)) + extensions
        message = b"\2" + struct.pack(">I", len(body))[1:] + body
        return b"\x16\3\3" + struct.pack(">H", len(message)) + message

    def retry(self, session_id, group=0x0017, cipher=b"\x13\x01"):
        """HelloRetryRequest (RFC 8446 section 4.1.4)."""
        return self.server_hello(RETRY_RANDOM, session_id, cipher, b"\0\x2b\0\2\3\4" + b"\0\x33\0\2" + struct.pack(">H", group))

    def __call__(self, peer):
        self.answer(self, peer)
        while True:
            kind, body = self.read_record(peer)
            if kind == 21:
                self.alerts.append(body[1])
                return


@proxied
class HostileOrigins(E2ECase):
    """Answers that only somebody in between would give: the proxy ends the handshake, and says why."""

    def alert_for(self, answer):
        hostile = Hostile(answer)
        with ScriptedServer(self.lab, hostile, port=443):
            done = self.curl("-k", "https://raw.sluice.test/", ca=False)
            self.assertNotEqual(done.returncode, 0)
            return wait_until(lambda: hostile.alerts, "the proxy sends an alert")[-1]

    def test_a_downgrade_is_noticed(self):
        for sentinel in (b"DOWNGRD\1", b"DOWNGRD\0"):
            def answer(origin, peer, sentinel=sentinel):
                session_id = origin.read_hello(peer)
                peer.send(origin.server_hello(os.urandom(24) + sentinel, session_id, b"\xc0\x2b", b"\xff\1\0\1\0"))
            self.assertEqual(self.alert_for(answer), 47)  # illegal_parameter

    def test_a_second_retry_is_refused(self):
        def answer(origin, peer):
            session_id = origin.read_hello(peer)
            peer.send(origin.retry(session_id))
            origin.read_hello(peer)
            peer.send(origin.retry(session_id, 0x0018))
        self.assertIn(self.alert_for(answer), (10, 47))  # unexpected_message

    def test_a_retry_that_asks_for_nothing_new_is_refused(self):
        def answer(origin, peer):
            session_id = origin.read_hello(peer)
            peer.send(origin.server_hello(RETRY_RANDOM, session_id, b"\x13\x01", b"\0\x2b\0\2\3\4"))
        self.assertEqual(self.alert_for(answer), 47)

    def test_another_suite_after_the_retry_is_refused(self):
        def answer(origin, peer):
            session_id = origin.read_hello(peer)
            peer.send(origin.retry(session_id))
            origin.read_hello(peer)
            share = b"\4" + os.urandom(64)
            peer.send(origin.server_hello(os.urandom(32), session_id, b"\x13\x02",
                                          b"\0\x2b\0\2\3\4" + b"\0\x33" + struct.pack(">HHH", 4 + len(share), 0x17, len(share)) + share))
        self.assertEqual(self.alert_for(answer), 47)

    def test_a_suite_that_was_not_offered_is_refused(self):
        for cipher in (b"\0\x2f", b"\0\0", b"\0\x9e"):  # static RSA, NULL, DHE
            def answer(origin, peer, cipher=cipher):
                session_id = origin.read_hello(peer)
                peer.send(origin.server_hello(os.urandom(32), session_id, cipher, b"\xff\1\0\1\0"))
            self.assertEqual(self.alert_for(answer), 47)

    def test_an_origin_without_secure_renegotiation_is_refused(self):
        def answer(origin, peer):
            session_id = origin.read_hello(peer)
            peer.send(origin.server_hello(os.urandom(32), session_id, b"\xc0\x2b", b""))
        self.assertEqual(self.alert_for(answer), 40)  # handshake_failure


@proxied
class HostileEnvironment(E2ECase):
    CONFIG = None

    def test_the_environment_changes_nothing(self):
        """What OpenSSL's own programs would heed: a lax configuration, other roots, a file for secrets."""
        lax, secrets = self.lab.path("lax.cnf"), self.lab.path("secrets")
        with open(lax, "w", encoding="ascii") as out:
            out.write("openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nMinProtocol = TLSv1\n"
                      "CipherString = ALL:@SECLEVEL=0\n")
        self.sluice = Sluice(self.lab, name="hostile-environment")
        self.sluice.start(environment={"OPENSSL_CONF": lax, "SSL_CERT_FILE": os.path.join(self.lab.pki, "unknown-root.pem"),
                                       "SSL_CERT_DIR": self.lab.pki, "SSLKEYLOGFILE": secrets, "OPENSSL_MODULES": "/nowhere"})
        self.addCleanup(self.sluice.stop)
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        for name in ("unknown", "weak", "expired"):
            self.assertNotEqual(self.curl("-f", f"https://{name}.sluice.test/hello").returncode, 0, name)
        done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "10.61.2.2:443", "-servername", "www.sluice.test", "-tls1_1",
                            "-cipher", "ALL:@SECLEVEL=0")
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse(os.path.exists(secrets))


@proxied
class Clients(E2ECase):
    """Clients of other libraries than curl's with OpenSSL."""

    CONFIG = {"policy": "block everyone site blocked.sluice.test\ninspect everyone any"}

    @needs_program("gnutls-cli")
    def test_gnutls(self):
        for priority in ("NORMAL", "NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3", "SECURE128", "PFS"):
            with self.subTest(priority):
                done = self.lab.run(self.lab.client, "gnutls-cli", "--x509cafile", self.sluice.ca_file, "--priority", priority, "--port", "443",
                                    "www.sluice.test", data="GET /hello HTTP/1.0\r\nHost: www.sluice.test\r\n\r\n")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("The certificate is trusted", done.stdout)
        done = self.lab.run(self.lab.client, "gnutls-cli", "--x509cafile", self.sluice.ca_file, "--port", "443", "expired.sluice.test", data="")
        self.assertNotEqual(done.returncode, 0)

    def test_curls_library_with_gnutls(self):
        script = ("import pycurl, sys, io\nassert 'GnuTLS' in pycurl.version, pycurl.version\nout = io.BytesIO()\nc = pycurl.Curl()\n"
                  "c.setopt(c.URL, sys.argv[1])\nc.setopt(c.CAINFO, sys.argv[2])\nc.setopt(c.WRITEDATA, out)\nc.perform()\n"
                  "sys.stdout.write(out.getvalue().decode())\n")
        if subprocess.run(["/usr/bin/python3", "-c", "import pycurl"], capture_output=True, check=False).returncode:
            self.skipTest("python3-pycurl is not installed")
        done = self.lab.run(self.lab.client, "/usr/bin/python3", "-c", script, "https://www.sluice.test/hello", self.sluice.ca_file)
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        for url, trust in (("https://expired.sluice.test/hello", self.sluice.ca_file), ("https://www.sluice.test/hello", self.lab.root_ca)):
            self.assertNotEqual(self.lab.run(self.lab.client, "/usr/bin/python3", "-c", script, url, trust).returncode, 0)

    @needs_program("java")
    def test_java(self):
        source = self.lab.path("Fetch.java")
        with open(source, "w", encoding="ascii") as out:
            out.write("""
                import java.net.*; import java.net.http.*;
                public class Fetch {
                    public static void main(String[] names) throws Exception {
                        for (String url : names) {
                            String said;
                            try {
                                var c = (javax.net.ssl.HttpsURLConnection) new URL(url).openConnection();
                                said = new String(c.getInputStream().readAllBytes()).trim();
                            } catch (javax.net.ssl.SSLException e) { said = "refused"; }
                            System.out.println("old " + said);
                            try {
                                said = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url)).build(),
                                    HttpResponse.BodyHandlers.ofString()).body().trim();
                            } catch (javax.net.ssl.SSLException e) { said = "refused"; }
                            System.out.println("new " + said);
                        }
                    }
                }
            """)
        archive = self.lab.path("java.p12")
        with open(archive, "wb") as out:
            out.write(self.sluice.ctl("ca", "export", "--format", "pkcs12", "--password", "changeit", text=False).stdout)
        done = self.lab.run(self.lab.client, "java", f"-Djavax.net.ssl.trustStore={archive}", "-Djavax.net.ssl.trustStoreType=PKCS12",
                            "-Djavax.net.ssl.trustStorePassword=changeit", source, "https://www.sluice.test/hello", "https://rsa.sluice.test/hello",
                            "https://expired.sluice.test/hello", timeout=120)
        if "compiler" in done.stderr and "not" in done.stderr:
            self.skipTest("java without its compiler")
        self.assertEqual(done.stdout.splitlines(), ["old hello from the origin", "new hello from the origin"] * 2 + ["old refused", "new refused"], done.stderr)


if __name__ == "__main__":
    unittest.main()
