"""Revocation lists: fetched in the background, in force from the moment that they are there, for what is remembered and resumed, too."""
import contextlib
import os
import socket
import threading
import unittest

from lib.authority import Authority
from lib.case import E2ECase, proxied
from lib.scripted import ScriptedServer, answer
from lib.wait import wait_until

URL = "http://raw.sluice.test/ca.crl"     # 10.61.2.5 and fd61:2::5


@proxied
class Revocation(E2ECase):
    CONFIG = {"tls": "fetch_from 10.61.2.5 fd61:2::5"}

    @classmethod
    def origin_arguments(cls):
        cls.authority = Authority(cls.lab, "crl-ica")
        cls.bad = cls.authority.leaf("bad.crl.test", crl_url=URL, complete=True)
        cls.authority.revoke(cls.bad[0])
        forged = Authority(cls.lab, "forged-ica")
        cls.forged_list = Authority(cls.lab, "forger").crl()
        # Intermediates say where the list of the root is that made them; it names one of them.
        cls.root = Authority(cls.lab, "root-of-intermediates")
        cls.root.certificate, cls.root.key = (os.path.join(cls.lab.pki, "root." + kind) for kind in ("pem", "key"))
        fallen, kept = (Authority(cls.lab, name, extra=f"crlDistributionPoints=URI:{URL}?root") for name in ("fallen-ica", "kept-ica"))
        cls.root.revoke(fallen.certificate)
        return {"more": {"fallen.crl.test": fallen.leaf("fallen.crl.test", complete=True), "kept.crl.test": kept.leaf("kept.crl.test", complete=True),
                         "bad.crl.test": cls.bad, "good.crl.test": cls.authority.leaf("good.crl.test", crl_url=URL, complete=True),
                         "forged.crl.test": forged.leaf("forged.crl.test", crl_url=URL + "?forged", complete=True)}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requests = []
        cls.ready = threading.Event()
        ScriptedServer(cls.lab, cls.serve, last=5)

    @classmethod
    def serve(cls, peer):
        path = peer.read_message().start[1]
        cls.requests.append(path)
        if path.endswith("forged"):
            peer.send(answer(cls.forged_list))
        elif path.endswith("root"):
            peer.send(answer(cls.root.crl()))
        else:
            cls.ready.wait(60)
            peer.send(answer(cls.authority.crl()))

    def relay(self, peer):
        """The same origin behind a line that may be slow."""
        self.line.wait(60)
        with self.lab.origin.entered():
            onward = socket.create_connection(("10.61.2.2", 443), timeout=60)

        def back():
            with contextlib.suppress(OSError):
                while data := onward.recv(65536):
                    peer.send(data)
                peer.shutdown()
        threading.Thread(target=back, daemon=True).start()
        with onward:
            while peer.fill():
                onward.sendall(peer.buffer)
                peer.buffer = b""

    def ask(self, name, family=4, *arguments):
        address = {4: "10.61.2.2", 6: "[fd61:2::2]", "slow": "10.61.2.6"}[family]
        family = 4 if family == "slow" else family
        return self.curl("-f", f"-{family}", "--resolve", f"{name}.crl.test:443:{address}", *arguments, f"https://{name}.crl.test/hello").returncode

    def crls(self):
        return self.sluice.ctl_json("status")["crls"]

    def test_it_counts_once_it_came(self):
        # Nobody waits for it: chains are judged, remembered and resumed meanwhile.
        self.line = threading.Event()
        self.line.set()
        self.addCleanup(ScriptedServer(self.lab, self.relay, last=6, port=443).stop)
        for family in (4, 6, 4, 6, 4, 6, "slow"):
            self.assertEqual(self.ask("bad", family), 0)
        wait_until(lambda: "/ca.crl" in self.requests, "the list is asked for")
        self.line.clear()
        self.ready.set()
        wait_until(lambda: self.ask("bad") != 0, "the list came")
        self.sluice.mark()
        # Whoever is greeted by what was known of the origin is cut off; the next ones see what is wrong.
        for family in (4, 6):
            self.assertNotEqual(self.ask("bad", family), 0)
        for family in (4, 6, 4, 6, 4, 6):
            self.assertEqual(self.ask("bad", family), 60)
            self.assertEqual(self.ask("good", family), 0)
        # One has asked already when its origin is found out.
        client = threading.Thread(target=self.ask, args=("bad", "slow"))
        client.start()
        wait_until(lambda: any(flow.get("step") == "serve" for flow in self.sluice.ctl_json("flows")), "it was greeted, and waits for its origin")
        self.line.set()
        client.join()
        records = self.sluice.wait_records(1, url__domain="bad.crl.test", sluice__verify="revoked", event__dataset="sluice.exchange")
        records += self.sluice.wait_records(6, url__domain="bad.crl.test", sluice__verify="revoked", event__dataset="sluice.flow")
        self.assertEqual({record["event.action"] for record in records}, {"block"})
        self.assertEqual(self.requests.count("/ca.crl"), 1)
        self.assertIn(self.crls()["serials"], (1, 2))     # of the other test's list
        # The administrator may do without.
        self.sluice.write(self.sluice.configuration(tls=self.CONFIG["tls"] + "\n crl off"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.ask("bad"), 0)
        self.sluice.write(self.sluice.configuration(**self.CONFIG))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        wait_until(lambda: self.ask("bad") == 60, "the list is in force again")
        self.assert_others_untouched()

    def test_an_intermediate_is_revoked_by_its_roots_list(self):
        for family in (4, 6):
            wait_until(lambda family=family: self.ask("fallen", family) == 60, "the list is in force")
            self.assertEqual(self.ask("kept", family), 0)
        record = self.sluice.wait_records(1, url__domain="fallen.crl.test", sluice__verify="revoked")[0]
        self.assertEqual(record["event.action"], "block")

    def test_a_list_that_another_signed_is_none(self):
        failed = self.crls()["failed"]
        self.assertEqual(self.ask("forged"), 0)
        wait_until(lambda: self.crls()["failed"] > failed, "the list was refused")
        self.assertEqual(self.ask("forged"), 0)


if __name__ == "__main__":
    unittest.main()
