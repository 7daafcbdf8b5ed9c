"""The life of the CA: exports that real tools read, an intermediate below a root that is kept elsewhere, and a change under load."""
import os
import plistlib
import re
import ssl
import subprocess
import threading
import unittest

from lib.case import E2ECase, needs_program, proxied
from lib.daemon import Sluice
from lib.paths import find_program
from lib.peer import Closed, client_context
from lib.wait import wait_until


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def fingerprint(der):
    return openssl("x509", "-inform", "DER", "-noout", "-fingerprint", "-sha256", data=der).decode().split("=")[1].strip()


class CaCase(E2ECase):
    def export(self, sluice, *arguments):
        done = sluice.ctl("ca", "export", *arguments, text=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def path(self, *parts):
        return self.lab.path(*parts)

    def ctl(self, sluice, *arguments):
        done = sluice.ctl(*arguments)
        self.assertEqual(done.returncode, 0, f"sluicectl {arguments}: {done.stdout}{done.stderr}")
        return done

    def presented(self, sluice, name, ca):
        """The chain that a client gets which trusts ca, as DER, the leaf first."""
        done = self.lab.run(self.lab.client, "openssl", "s_client", "-connect", "10.61.2.2:443", "-servername", name, "-showcerts", "-CAfile", ca,
                            "-verify_return_error", "-x509_strict")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        return [ssl.PEM_cert_to_DER_cert(pem) for pem in re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.S)]


@proxied
class Exports(CaCase):
    CONFIG = None
    ORIGIN = False

    def test_every_format_is_read_back_by_the_tools_of_its_readers(self):
        sluice = Sluice(self.lab, name="exports")
        self.ctl(sluice, "ca", "init")
        pem = self.export(sluice)
        der = ssl.PEM_cert_to_DER_cert(pem.decode())
        self.assertEqual(self.export(sluice, "--format", "der"), der)

        profile = plistlib.loads(self.export(sluice, "--format", "mobileconfig"))
        payload, = profile["PayloadContent"]
        self.assertEqual(payload["PayloadType"], "com.apple.security.root")
        self.assertEqual(bytes(payload["PayloadContent"]), der)

        archive = self.path("ca.p12")
        with open(archive, "wb") as out:
            out.write(self.export(sluice, "--format", "pkcs12", "--password", "secret"))
        listed = openssl("pkcs12", "-in", archive, "-passin", "pass:secret", "-nokeys")
        self.assertIn(b"BEGIN CERTIFICATE", listed)
        self.assertNotIn(b"PRIVATE KEY", openssl("pkcs12", "-in", archive, "-passin", "pass:secret", "-nodes"))
        keytool = find_program("keytool")
        if keytool:
            done = subprocess.run([keytool, "-list", "-v", "-keystore", archive, "-storetype", "PKCS12", "-storepass", "secret"],
                                  capture_output=True, text=True, check=False)
            self.assertIn("trustedCertEntry", done.stdout + done.stderr)
            self.assertIn(fingerprint(der), done.stdout)
        database = self.lab.make_directory("nss")
        for command in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "x", "-i", self._write("nss.pem", pem)], ["-V", "-n", "x", "-u", "L"]):
            done = subprocess.run(["certutil", "-d", f"sql:{database}", *command], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        done = sluice.ctl("ca", "export", "--format", "android")
        name = re.search(r"Save it as ([0-9a-f]{8}\.0) ", done.stderr).group(1)
        self.assertEqual(openssl("x509", "-noout", "-subject_hash_old", data=done.stdout.encode()).decode().strip() + ".0", name)
        self.assertEqual(ssl.PEM_cert_to_DER_cert(done.stdout), der)

    def _write(self, name, data):
        path = self.path(name)
        with open(path, "wb") as out:
            out.write(data)
        return path


def make_root(path, *extra):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", path + ".key", "-out", path + ".pem", "-days",
            "3650", "-subj", "/O=Office/CN=Office root", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:1", "-addext",
            "keyUsage=critical,keyCertSign,cRLSign", *extra)


@proxied
class BelowRoot(CaCase):
    CONFIG = None

    def test_an_intermediate_below_an_office_root_signs_within_its_constraints(self):
        root = self.path("office")
        make_root(root)
        sluice = Sluice(self.lab, name="below")
        shown = self.ctl(sluice, "ca", "intermediate", "--root", root + ".pem", "--root-key", root + ".key", "--constraints",
                         "permitted;DNS:sluice.test,excluded;DNS:rsa.sluice.test").stdout
        self.assertIn("Office root", shown)
        # The root's key is not here afterwards.
        scalar = openssl("ec", "-in", root + ".key", "-outform", "DER")
        for folder, _, names in os.walk(sluice.state_dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as data:
                    self.assertNotIn(scalar[8:56], data.read())
        # Clients are given the root, and need nothing else.
        exported = self.export(sluice)
        with open(root + ".pem", "rb") as text:
            self.assertEqual(ssl.PEM_cert_to_DER_cert(exported.decode()), ssl.PEM_cert_to_DER_cert(text.read().decode()))
        sluice.start()
        self.addCleanup(sluice.stop)
        _, intermediate = self.presented(sluice, "www.sluice.test", root + ".pem")
        text = openssl("x509", "-inform", "DER", "-noout", "-text", data=intermediate).decode()
        self.assertRegex(text, r"Basic Constraints: critical\s+CA:TRUE, pathlen:0")
        self.assertRegex(text, r"Name Constraints: critical\s+Permitted:\s+DNS:sluice.test\s+Excluded:\s+DNS:rsa.sluice.test")
        self.assertIn("TLS Web Server Authentication", text)
        days = openssl("x509", "-inform", "DER", "-noout", "-checkend", 89 * 86400, data=intermediate)
        self.assertIn(b"will not", days)
        self.assertEqual(subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-checkend", str(91 * 86400)], input=intermediate,
                                        capture_output=True, check=False).returncode, 1)
        self.sluice = sluice
        for arguments in (["--tls-max", "1.2"], ["--tlsv1.3"]):
            self.assertEqual(self.fetch("https://www.sluice.test/hello", "--cacert", root + ".pem", *arguments, ca=False), "hello from the origin\n")
        # What the intermediate may not sign, a client refuses.
        self.assertEqual(self.curl("--cacert", root + ".pem", "https://rsa.sluice.test/hello", ca=False).returncode, 60)
        done = self.lab.run(self.lab.client, "gnutls-cli", "--x509cafile", root + ".pem", "--port", "443", "www.sluice.test", data="")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_would_not_hold_is_refused(self):
        root = self.path("strict")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", root + ".key", "-out", root + ".pem",
                "-days", "30", "-subj", "/CN=allows none below", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext",
                "keyUsage=critical,keyCertSign")
        make_root(self.path("other"))
        sluice = Sluice(self.lab, name="refused")
        for arguments, said in ((["--root", root + ".pem", "--root-key", root + ".key"], "pathLen"),
                                (["--root", self.path("other.pem"), "--root-key", root + ".key"], "do not lead to it"),
                                (["--root", root + ".pem", "--root-key", self.path("none.key")], "cannot read it"),
                                (["--root", self.path("other.pem"), "--root-key", self.path("other.key"), "--constraints", "nonsense"], "cannot be made"),
                                (["--root", root + ".pem"], "--root-key")):
            with self.subTest(said):
                done = sluice.ctl("ca", "intermediate", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(said, done.stderr)
                self.assertFalse(os.path.exists(os.path.join(sluice.state_dir, "ca", "ca.key")))

    @needs_program("softhsm2-util")
    def test_the_roots_key_may_stay_in_a_token(self):
        folder = self.lab.make_directory("token")
        configuration = os.path.join(folder, "softhsm2.conf")
        with open(configuration, "w", encoding="ascii") as out:
            out.write(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
        environment = {"SOFTHSM2_CONF": configuration}
        root = self.path("token-root")
        make_root(root)
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", root + ".key", "-out", root + ".p8")
        for command in (["--init-token", "--free", "--label", "office", "--pin", "1234", "--so-pin", "5678"],
                        ["--import", root + ".p8", "--token", "office", "--label", "root", "--id", "01", "--pin", "1234"]):
            done = self.lab.run(self.lab.gateway, "softhsm2-util", *command, env=environment)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        os.unlink(root + ".key")
        os.unlink(root + ".p8")
        sluice = Sluice(self.lab, name="below-token")
        module = "/usr/lib/softhsm/libsofthsm2.so"

        def issue(pin):
            return self.lab.run(self.lab.gateway, sluice.program("sluicectl"), "-c", sluice.conf, "ca", "intermediate", "--root", root + ".pem",
                                "--module", module, "--root-key", f"pkcs11:token=office;object=root;type=private?pin-value={pin}",
                                env=dict(environment, ASAN_OPTIONS="detect_leaks=0"))
        self.assertNotEqual(issue("9999").returncode, 0)
        done = issue("1234")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # From here on nothing needs the token: minting is as fast as ever.
        os.rename(folder, folder + ".unplugged")
        sluice.start()
        self.addCleanup(sluice.stop)
        self.presented(sluice, "www.sluice.test", root + ".pem")
        for pid in sluice.pids():
            with open(f"/proc/{pid}/maps", encoding="utf-8") as text:
                maps = text.read()
            self.assertNotIn("softhsm", maps)
            self.assertNotIn("pkcs11", maps)


@proxied
class Rotation(CaCase):
    def test_the_ca_changes_under_load_and_no_handshake_fails(self):
        old = ssl.PEM_cert_to_DER_cert(self.export(self.sluice).decode())
        self.ctl(self.sluice, "ca", "rotate", "--organization", "The next one")
        both = self.path("both.pem")
        with open(both, "wb") as out:
            out.write(self.export(self.sluice))
        self.assertEqual(open(both, encoding="ascii").read().count("BEGIN CERTIFICATE"), 2)
        seen, failed, stop = [], [], threading.Event()

        def ask(names):
            context = client_context(both)
            while not stop.is_set():
                for name in names:
                    try:
                        with self.lab.connect(f"{name}.sluice.test", 443) as peer:
                            peer.start_tls(context, f"{name}.sluice.test")
                            issuer = dict(field[0] for field in peer.socket.getpeercert()["issuer"])["organizationName"]
                            if peer.request("/hello", f"{name}.sluice.test").status != 200:
                                failed.append("status")
                            seen.append(issuer)
                    except (OSError, Closed, ValueError) as error:
                        failed.append(repr(error))
        threads = [threading.Thread(target=ask, args=(names,), daemon=True) for names in (("www", "rsa"), ("p384", "long"), ("www", "soon"))]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(seen) > 20, "the clients are served", 30)
        self.assertNotIn("The next one", seen)
        self.ctl(self.sluice, "ca", "rotate", "--switch")
        self.ctl(self.sluice, "reload")
        wait_until(lambda: "The next one" in seen[-10:], "the new CA signs", 30)
        mark = len(seen)
        wait_until(lambda: len(seen) > mark + 20, "the clients are served", 30)
        stop.set()
        for thread in threads:
            thread.join(60)
        self.assertEqual(failed, [])
        # No leaf, ticket or session of the old CA is left, and its key is gone; its certificate is still handed out.
        self.assertEqual(set(seen[mark:]), {"The next one"})
        self.assertNotEqual(self.ctl(self.sluice, "ca", "export", "--format", "pem").stdout.find("BEGIN"), -1)
        self.assertIn(old, [ssl.PEM_cert_to_DER_cert(pem) for pem in re.findall(
            r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", self.export(self.sluice).decode(), re.S)])
        self.assertEqual(sorted(name for name in os.listdir(os.path.join(self.sluice.state_dir, "ca")) if name.endswith(".key")), ["ca.key"])
        # The log goes on through both, and tells them apart.
        done = self.ctl(self.sluice, "ca", "log", "-n", "1000")
        self.assertIn("whole", done.stderr)
        issuers = {re.search(r'"issuer_sha256":"(\w+)"', line).group(1) for line in done.stdout.splitlines() if '"issuer":"trusted"' in line}
        self.assertEqual(len(issuers), 2)


if __name__ == "__main__":
    unittest.main()
