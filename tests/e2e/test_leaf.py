"""The certificate that a client is shown: whose it is, what it says, and what it must not say."""
import calendar
import re
import ssl
import subprocess
import time
import unittest

from lib.case import E2ECase, proxied
from lib.peer import client_context


class Certificate:
    """What OpenSSL says of a certificate."""

    def __init__(self, der):
        done = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-text"], input=der, capture_output=True, check=True)
        self.text = done.stdout.decode()
        dates = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-startdate", "-enddate", "-subject", "-issuer", "-serial"],
                               input=der, capture_output=True, check=True).stdout.decode()
        self.facts = dict(line.split("=", 1) for line in dates.splitlines() if "=" in line)
        self.key = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-pubkey"], input=der, capture_output=True,
                                  check=True).stdout
        self.begins, self.ends = (calendar.timegm(time.strptime(self.facts[fact], "%b %d %H:%M:%S %Y GMT"))
                                  for fact in ("notBefore", "notAfter"))

    def extension(self, title):
        """(is it critical, its text) or None."""
        found = re.search(rf"X509v3 {title}: ?(critical)?\n\s+(.*)", self.text)
        return (found.group(1) is not None, found.group(2).strip()) if found else None

    @property
    def names(self):
        extension = self.extension("Subject Alternative Name")
        return sorted(extension[1].split(", ")) if extension else []


@proxied
class Leaf(E2ECase):
    def leaf(self, name, address=None, **options):
        peer = self.lab.connect(address or name, 443)
        with peer:
            context = client_context(None, **options)
            peer.start_tls(context, name)
            return Certificate(peer.socket.getpeercert(binary_form=True))

    def ca(self):
        with open(self.sluice.ca_file, encoding="ascii") as text:
            return Certificate(ssl.PEM_cert_to_DER_cert(text.read()))

    def test_issuer_is_our_ca_and_the_key_identifiers_agree(self):
        leaf, ca = self.leaf("www.sluice.test"), self.ca()
        self.assertEqual(leaf.facts["issuer"], ca.facts["subject"])
        self.assertEqual(leaf.extension("Authority Key Identifier")[1].removeprefix("keyid:"), ca.extension("Subject Key Identifier")[1])
        self.assertNotEqual(leaf.extension("Subject Key Identifier")[1], ca.extension("Subject Key Identifier")[1])

    def test_key_is_not_the_cas(self):
        self.assertNotEqual(self.leaf("www.sluice.test").key, self.ca().key)

    def test_names_are_exactly_the_origins(self):
        self.assertEqual(self.leaf("www.sluice.test").names, ["DNS:*.wild.sluice.test", "DNS:sluice.test", "DNS:www.sluice.test"])
        self.assertEqual(self.leaf("rsa.sluice.test").names, ["DNS:rsa.sluice.test"])
        self.assertEqual(self.leaf("extras.sluice.test").names,
                         ["DNS:extras.sluice.test", "DNS:xn--bcher-kva.sluice.test", "IP Address:10.61.2.2"])

    def test_validity_is_46_days_at_most_and_never_longer_than_the_origins(self):
        for name in ("www.sluice.test", "long.sluice.test"):
            leaf = self.leaf(name)
            self.assertLessEqual(leaf.ends - leaf.begins, 46 * 86400)
            self.assertLess(leaf.begins, time.time())
            self.assertGreater(leaf.ends, time.time() + 86400)
        self.assertLessEqual(self.leaf("soon.sluice.test").ends, time.time() + 3 * 86400)

    def test_constraints_and_usages_are_those_of_a_server(self):
        for name in ("www.sluice.test", "extras.sluice.test"):
            leaf = self.leaf(name)
            self.assertEqual(leaf.extension("Basic Constraints"), (True, "CA:FALSE"))
            self.assertEqual(leaf.extension("Extended Key Usage")[1], "TLS Web Server Authentication")
            critical, usage = leaf.extension("Key Usage")
            self.assertTrue(critical)
            self.assertIn("Digital Signature", usage)
            self.assertNotIn("Certificate Sign", usage)

    def test_nothing_else_is_copied(self):
        for title in ("CRL Distribution Points", "Certificate Policies", "Name Constraints"):
            self.assertIsNone(self.leaf("www.sluice.test").extension(title))
        self.assertNotIn("Authority Information Access", self.leaf("www.sluice.test").text)

    def test_serials_are_long_and_random(self):
        serials = {self.leaf(name).facts["serial"] for name in ("www.sluice.test", "rsa.sluice.test", "p384.sluice.test")}
        self.assertEqual(len(serials), 3)
        for serial in serials:
            self.assertGreaterEqual(len(serial), 16)
            self.assertLessEqual(len(serial), 40)

    def test_key_is_p256_and_the_signature_sha256_or_better(self):
        leaf = self.leaf("rsachain.sluice.test")
        self.assertIn("prime256v1", leaf.text)
        self.assertRegex(leaf.text, r"Signature Algorithm: (ecdsa-with-SHA(256|384)|sha(256|384)WithRSA)")

    def test_rsa_for_a_client_that_needs_it(self):
        leaf = self.leaf("rsa.sluice.test", maximum=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-RSA-AES128-GCM-SHA256")
        self.assertIn("rsaEncryption", leaf.text)
        self.assertIn("2048 bit", leaf.text)
        self.assertEqual(leaf.names, ["DNS:rsa.sluice.test"])

    def test_an_address_asked_for_without_a_name_gets_the_origins_addresses(self):
        peer = self.lab.connect("10.61.2.2", 443)
        with peer:
            peer.start_tls(client_context())
            self.assertEqual(Certificate(peer.socket.getpeercert(binary_form=True)).names, ["IP Address:10.61.2.2", "IP Address:FD61:2:0:0:0:0:0:2"])

    def test_ca_is_a_ca_for_servers_only_and_for_leaves_only(self):
        ca = self.ca()
        self.assertEqual(ca.extension("Basic Constraints"), (True, "CA:TRUE, pathlen:0"))
        self.assertEqual(ca.extension("Extended Key Usage")[1], "TLS Web Server Authentication")
        self.assertIn("Certificate Sign", ca.extension("Key Usage")[1])

    def test_leaf_verifies_strictly(self):
        with open(self.lab.path("leaf.pem"), "w", encoding="ascii") as out:
            peer = self.lab.connect("www.sluice.test", 443)
            with peer:
                peer.start_tls(client_context(), "www.sluice.test")
                out.write(ssl.DER_cert_to_PEM_cert(peer.socket.getpeercert(binary_form=True)))
        done = subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "www.sluice.test",
                               "-CAfile", self.sluice.ca_file, self.lab.path("leaf.pem")], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_root_itself_is_not_sent(self):
        done = self.lab.run(self.lab.client, "sh", "-c", "openssl s_client -connect 10.61.2.2:443 -servername www.sluice.test -showcerts </dev/null")
        ca = self.ca()
        for pem in re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.S):
            self.assertNotEqual(Certificate(ssl.PEM_cert_to_DER_cert(pem)).facts["subject"], ca.facts["subject"])


if __name__ == "__main__":
    unittest.main()
