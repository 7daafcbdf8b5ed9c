"""Origins that forget their intermediate: it is fetched from where the leaf says it is, and from nowhere else."""
import threading
import unittest

from lib.authority import Authority
from lib.case import E2ECase, proxied
from lib.peer import Closed
from lib.scripted import ScriptedServer, answer
from lib.wait import wait_until

HOST = "http://raw.sluice.test"     # 10.61.2.5 and fd61:2::5: inner, but the administrator allows it
OTHER = "http://raw2.sluice.test"   # 10.61.2.6: inner, and not allowed

# Names of leaves, and where each says its issuer is.
GOOD = {"one": f"{HOST}/ica.crt", "two": f"{HOST}/second.crt", "off": f"{HOST}/off.crt"}
NEVER = {"loopback": "http://127.0.0.1/ica.crt", "metadata": "http://169.254.169.254/ica.crt", "gateway": "http://10.61.2.1/ica.crt",
         "inner": f"{OTHER}/ica.crt", "inner6": "http://[fd61:2::6]/ica.crt", "https": "https://raw.sluice.test/ica.crt",
         "port": f"{HOST}:8080/ica.crt", "ldap": "ldap://raw.sluice.test/cn=ica", "file": "file:///etc/passwd"}
CUT = {"redirect": f"{HOST}/redirect", "large": f"{HOST}/large", "slow": f"{HOST}/slow", "nothing": f"{HOST}/nothing",
       "stranger": f"{HOST}/stranger.crt"}


@proxied
class MissingIssuer(E2ECase):
    CONFIG = {"tls": "fetch_from 10.61.2.5 fd61:2::5"}

    @classmethod
    def origin_arguments(cls):
        cls.first = Authority(cls.lab, pathlen=1)
        cls.second = Authority(cls.lab, "second-ica", cls.first, extra=f"authorityInfoAccess=caIssuers;URI:{HOST}/ica.crt\n")
        more = {f"{name}.aia.test": (cls.second if name == "two" else cls.first).leaf(f"{name}.aia.test", url)
                for name, url in {**GOOD, **NEVER, **CUT}.items()}
        return {"more": more}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requests = []
        cls.large = threading.Event()
        cls.slow = threading.Event()
        ScriptedServer(cls.lab, cls.serve, last=5)
        cls.forbidden = ScriptedServer(cls.lab, cls.serve, last=6)

    @classmethod
    def serve(cls, peer):
        path = peer.read_message().start[1]
        cls.requests.append(path)
        if path in ("/ica.crt", "/off.crt"):
            peer.send(answer(cls.first.der()))
        elif path == "/second.crt":
            peer.send(answer(cls.second.der()))
        elif path == "/stranger.crt":
            with open(cls.lab.root_ca, "rb") as source:
                peer.send(answer(source.read()))
        elif path == "/redirect":
            peer.send(answer(b"", "302 Found", f"Location: {OTHER}/ica.crt\r\n"))
        elif path == "/large":
            try:
                peer.send("HTTP/1.1 200 OK\r\n\r\n")
                for _ in range(1 << 10):
                    peer.send(bytes(1 << 20))
            except (OSError, Closed):
                cls.large.set()
        elif path == "/slow":
            try:
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while True:
                    peer.send(b"x")
                    cls.slow.wait(0.1)
            except (OSError, Closed):
                cls.slow.set()
        else:
            peer.send(answer(b"", "404 Not Found"))

    def ask(self, name, family=4):
        """curl's status for a leaf's name; 60: the certificate is of an issuer that nobody trusts."""
        address = "10.61.2.2" if family == 4 else "[fd61:2::2]"
        return self.curl("-f", f"-{family}", "--resolve", f"{name}.aia.test:443:{address}", f"https://{name}.aia.test/hello").returncode

    def test_it_is_fetched_once_for_all(self):
        self.assertEqual(self.ask("one"), 0)
        for _ in range(6):
            self.assertEqual(self.ask("one", 6), 0)
        self.assertEqual(self.requests.count("/ica.crt"), 1)
        self.assertGreaterEqual(self.sluice.ctl_json("status")["counters"]["issuers_fetched"], 1)

    def test_a_chain_that_lacks_two_is_completed(self):
        self.assertEqual(self.ask("two"), 0)
        self.assertIn("/second.crt", self.requests)

    def test_where_nothing_is_ever_fetched_from(self):
        for name in NEVER:
            with self.subTest(name=name):
                self.assertEqual(self.ask(name), 60)
        self.assertEqual(self.forbidden.accepted, 0)
        self.assert_others_untouched()

    def test_what_is_no_issuer_is_cut_or_left(self):
        for name in CUT:
            with self.subTest(name=name):
                self.assertEqual(self.ask(name), 60)
        self.assertEqual(self.forbidden.accepted, 0, "a redirect was followed")
        wait_until(self.large.is_set, "the large body was cut")
        wait_until(self.slow.is_set, "the slow body was cut")
        self.assert_others_untouched()

    def test_others_go_on_while_one_waits(self):
        waiting = threading.Thread(target=self.ask, args=("slow", 6))
        waiting.start()
        self.assert_others_untouched()
        waiting.join()

    def test_the_administrator_may_forbid_it(self):
        self.sluice.write(self.sluice.configuration(tls="fetch_from 10.61.2.5 fd61:2::5\n fetch_issuers no"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        try:
            self.assertEqual(self.ask("off"), 60)
            self.assertNotIn("/off.crt", self.requests)
        finally:
            self.sluice.write(self.sluice.configuration(**self.CONFIG))
            self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.ask("off"), 0)


if __name__ == "__main__":
    unittest.main()
