"""Hellos with the ECH extension: real and GREASE look alike, the outer name is served, and earns nothing (RFC 9849)."""
import ctypes
import hashlib
import hmac
import os
import unittest

from lib import chromium
from lib.case import E2ECase, needs_program, proxied
from lib.doh import HTTPS, Resolver
from lib.peer import client_context
from lib.tlsclient import ArrangedClient

ECH = "65037"       # 0xfe0d
ECH_REQUIRED = 121


def expand(secret, label, length):
    """HKDF-Expand-Label (RFC 8446 section 7.1) with SHA-256, without a context, of one block."""
    name = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0\1"
    return hmac.new(secret, info, hashlib.sha256).digest()[:length]


def sealed(key, nonce, header, plain):
    """AES-128-GCM, by the library that Python itself has loaded."""
    crypto = ctypes.CDLL("libcrypto.so.3")
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_gcm"):
        getattr(crypto, name).restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    out, length, tag = ctypes.create_string_buffer(len(plain)), ctypes.c_int(), ctypes.create_string_buffer(16)
    for status in (crypto.EVP_EncryptInit_ex(context, ctypes.c_void_p(crypto.EVP_aes_128_gcm()), None, key, nonce),
                   crypto.EVP_EncryptUpdate(context, None, ctypes.byref(length), header, len(header)),
                   crypto.EVP_EncryptUpdate(context, out, ctypes.byref(length), plain, len(plain)),
                   crypto.EVP_EncryptFinal_ex(context, None, ctypes.byref(length)),
                   crypto.EVP_CIPHER_CTX_ctrl(context, 0x10, 16, tag)):  # EVP_CTRL_AEAD_GET_TAG
        assert status == 1
    crypto.EVP_CIPHER_CTX_free(context)
    return out.raw + tag.raw


@proxied
class Ech(E2ECase):
    CONFIG = {"policy": "pass everyone site passed.sluice.test soon.sluice.test\n inspect everyone any", "tls": "ech_public_names soon.sluice.test"}

    def visit(self, name, ca_file, ech=True):
        """What openssl, with the extension in its hello, gets from a name, and whether it believed it."""
        arguments = ["-serverinfo", ECH] if ech else []
        return self.lab.run(self.lab.client, "openssl", "s_client", "-quiet", "-connect", f"{name}:443", "-servername", name, "-CAfile", ca_file,
                            "-verify_return_error", "-verify_hostname", name, *arguments, data=f"GET /hello?{name} HTTP/1.0\r\nHost: {name}\r\n\r\n").stdout

    def test_the_outer_name_is_dialled_verified_and_served(self):
        self.assertIn("hello from the origin", self.visit("www.sluice.test", self.sluice.ca_file))
        record = self.sluice.wait_records(1, url__full="https://www.sluice.test/hello?www.sluice.test")[0]
        self.assertTrue(record["sluice.ech"])

    def test_an_origin_that_is_not_the_outer_name_cannot_speak_for_it(self):
        self.assertNotIn("hello", self.visit("wrongname.sluice.test", self.sluice.ca_file))
        record = self.sluice.wait_records(1, tls__client__server_name="wrongname.sluice.test")[0]
        self.assertNotEqual(record["sluice.verify"], "ok")

    def test_a_passed_host_is_passed_with_it_too(self):
        self.assertIn("hello from the origin", self.visit("passed.sluice.test", self.lab.root_ca))
        record = self.sluice.wait_records(1, tls__client__server_name="passed.sluice.test")[0]
        self.assertEqual(record["event.action"], "pass")

    def test_a_public_name_is_passed_without_it_alone(self):
        self.assertIn("hello from the origin", self.visit("soon.sluice.test", self.lab.root_ca, ech=False))
        self.assertIn("hello from the origin", self.visit("soon.sluice.test", self.sluice.ca_file))
        record = self.sluice.wait_records(1, url__full="https://soon.sluice.test/hello?soon.sluice.test")[0]
        self.assertEqual(record["event.action"], "inspect")
        self.assertEqual(self.sluice.ctl("bypass", "pin", "soon.sluice.test").returncode, 0)
        try:
            self.assertIn("hello from the origin", self.visit("soon.sluice.test", self.sluice.ca_file))
        finally:
            self.sluice.ctl("bypass", "forget", "soon.sluice.test")
        # Who refuses our leaf leaves the record of a flow. The rules that pass this name would not pass it another time.
        self.sluice.mark()
        self.assertNotIn("hello", self.visit("soon.sluice.test", self.lab.root_ca))
        record = self.sluice.wait_records(1, tls__client__server_name="soon.sluice.test", event__dataset="sluice.flow")[0]
        self.assertEqual(record["rule.reason"], "ECH under a public name")
        self.assertEqual(self.sluice.ctl_json("replay", "--policy", self.sluice.conf)["changed"], 0)

    def test_a_public_name_can_be_blocked_with_it(self):
        blocking = {"policy": self.CONFIG["policy"], "tls": "ech_public_names soon.sluice.test *.wild.sluice.test\n ech block"}
        self.sluice.write(self.sluice.configuration(**blocking))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        try:
            for name, served in (("soon", False), ("a.wild", False), ("www", True)):
                self.assertEqual("hello" in self.visit(f"{name}.sluice.test", self.sluice.ca_file), served, name)
            self.assertIn("hello", self.visit("soon.sluice.test", self.lab.root_ca, ech=False))
            record = self.sluice.wait_records(1, sluice__close="ECH under a public name")[0]
            self.assertEqual(record["event.action"], "block")
        finally:
            self.sluice.write(self.sluice.configuration(**self.CONFIG))
            self.sluice.ctl("reload")

    def test_a_client_that_says_so_and_comes_again_is_no_failure(self):
        before = self.sluice.ctl_json("status")["counters"]
        for _ in range(3):
            keys = self.lab.path("keys")
            if os.path.exists(keys):
                os.unlink(keys)
            context = client_context(self.sluice.ca_file)
            context.keylog_filename = keys
            with self.lab.connect("10.61.2.2", 443) as peer:
                client = ArrangedClient(peer, context, "www.sluice.test", lambda flight: [flight])
                self.assertEqual(client.tls.cipher()[0], "TLS_AES_128_GCM_SHA256")
                with open(keys, encoding="ascii") as text:
                    secret = bytes.fromhex(next(line.split()[2] for line in text if line.startswith("CLIENT_TRAFFIC_SECRET_0")))
                # The client's first record under the application's keys: a fatal alert (RFC 8446 sections 5.2 and 6).
                plain = bytes([2, ECH_REQUIRED, 21])
                header = b"\x17\x03\x03" + (len(plain) + 16).to_bytes(2, "big")
                peer.send(header, sealed(expand(secret, b"key", 16), expand(secret, b"iv", 12), header, plain))
                peer.socket.settimeout(20)
                peer.ended()
        records = self.sluice.wait_records(3, sluice__close="client retries without ECH")
        self.assertEqual({record["event.action"] for record in records}, {"inspect"})
        self.assertTrue(all("sluice.error" not in record for record in records))
        after = self.sluice.ctl_json("status")["counters"]
        self.assertEqual(after["ech_retries"] - before["ech_retries"], 3)
        for name in ("handshakes_client_failed", "flows_failed", "exchanges_failed", "requests_bad", "bypasses_learnt"):
            self.assertEqual(after[name], before[name], name)
        self.assertEqual(self.sluice.ctl_json("bypass", "list"), [])


@proxied
@needs_program("chromium")
class Browser(E2ECase):
    """A browser that hides the name for real: the key is in the DNS, and the server that could read it is not ours."""

    CONFIG = {"policy": "pass everyone site soon.sluice.test\n inspect everyone any", "tls": "ech_public_names soon.sluice.test"}
    TIME_LIMIT = 120

    def test_a_hidden_name_comes_again_in_the_clear_and_is_inspected(self):
        resolver = Resolver(self.lab, {"hidden.wild.sluice.test": "soon.sluice.test"})
        self.addCleanup(resolver.stop)
        home = chromium.home(self.lab, self.sluice.ca_file, secure_dns=f"https://{resolver.NAME}/dns-query")
        before = self.sluice.ctl_json("status")["counters"]
        done = chromium.load(self.lab, "https://hidden.wild.sluice.test/page/index.html", home)
        self.assertIn("css true image true fetch 42", done.stdout, done.stderr[-3000:])
        self.assertIn(("hidden.wild.sluice.test", HTTPS), resolver.asked)
        outer = self.sluice.wait_records(1, sluice__close="client retries without ECH")
        self.assertEqual({(r["tls.client.server_name"], r["event.action"], r["rule.reason"], r["sluice.ech"]) for r in outer},
                         {("soon.sluice.test", "inspect", "ECH under a public name", True)})
        inner = self.sluice.wait_records(1, url__domain="hidden.wild.sluice.test")
        self.assertEqual({record["event.action"] for record in inner}, {"inspect"})
        after = self.sluice.ctl_json("status")["counters"]
        self.assertEqual(after["handshakes_client_failed"], before["handshakes_client_failed"])
        self.assertEqual(self.sluice.ctl_json("bypass", "list"), [])


if __name__ == "__main__":
    unittest.main()
