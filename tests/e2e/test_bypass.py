"""What cannot be read is passed where policy allows: origins that demand a certificate of the client, clients that refuse ours."""
import os
import signal
import ssl
import subprocess
import unittest

from lib.case import E2ECase, needs_program, proxied
from lib.peer import client_context
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import SLOWNESS, wait_until

POLICY = "inspect everyone site must.sluice.test *.must.sluice.test\n inspect everyone any"


class Bypass(E2ECase):
    CONFIG = {"policy": POLICY}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls.lab.path("both.pem")
        with open(cls.both, "w", encoding="ascii") as out:
            for name in (cls.sluice.ca_file, cls.lab.root_ca):
                with open(name, encoding="ascii") as text:
                    out.write(text.read())

    def tearDown(self):
        self.sluice.ctl("bypass", "forget", "--all")

    def visit(self, name, last, *arguments, trust=None, family=4):
        """curl over one family, to the address that ends so. Never more than the second that a refusal may take, and what curl itself needs."""
        address = f"10.61.2.{last}" if family == 4 else f"[fd61:2::{last}]"
        return self.lab.run(self.lab.client, "curl", f"-sS{family}", "--max-time", 5 * SLOWNESS, "--cacert", trust or self.both, "--resolve",
                            f"{name}:443:{address}", *arguments, f"https://{name}/hello")

    def listed(self, site):
        return self.sluice.ctl_json("bypass", "list", site)


@proxied
class ClientCertificates(Bypass):
    def certified(self):
        chain, key = self.lab.certificate("clientauth")
        return "--cert", chain, "--key", key

    def demanding(self, version, alpn=("http/1.1",)):
        def ask(context):
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.lab.root_ca)
            context.minimum_version = context.maximum_version = version
        return ScriptedServer(self.lab, serving(answer("certified")), port=443, certificate="any", tls=ask, alpn=alpn)

    def test_an_origin_that_insists_fails_at_once_and_is_passed_the_next_time(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for family in (4, 6):
                name = f"{version.name.lower().replace('_', '-')}-{family}.sluice.test"
                with self.subTest(name=name), self.demanding(version):
                    first = self.visit(name, 5, *self.certified(), family=family)
                    self.assertEqual(first.returncode, 35, first.stderr)
                    record = self.sluice.wait_records(1, tls__client__server_name=name)[0]
                    self.assertEqual(record["sluice.close"], "client certificate demanded")
                    second = self.visit(name, 5, *self.certified(), family=family)
                    self.assertEqual((second.returncode, second.stdout), (0, "certified"), second.stderr)
                    record = self.sluice.wait_records(2, tls__client__server_name=name)[1]
                    self.assertEqual((record["event.action"], record["rule.id"]), ("pass", "bypass"))
                    self.assertIn("demands a certificate", record["rule.reason"])
                    row, = self.listed(name)
                    self.assertEqual((row["reason"], row["client"], row["active"]), ("client-certificate", "any", True))

    def test_where_policy_wants_it_read_it_is_never_passed(self):
        with self.demanding(ssl.TLSVersion.TLSv1_3):
            for _ in range(3):
                self.assertEqual(self.visit("must.sluice.test", 5, *self.certified()).returncode, 35)
        self.assertEqual(self.listed("must.sluice.test"), [])

    def test_a_name_that_was_known_before_is_told_apart_from_others(self):
        """The client was greeted by what was known; then the origin began to insist."""
        name = "turned.sluice.test"
        with ScriptedServer(self.lab, serving(answer("open", fields="Connection: close\r\n")), port=443, certificate="any"):
            self.assertEqual(self.visit(name, 5).stdout, "open")
        with self.demanding(ssl.TLSVersion.TLSv1_3):
            first = self.visit(name, 5, *self.certified())
            self.assertNotEqual(first.stdout, "certified")
            self.assertNotEqual(first.returncode, 28, "it took too long")
            self.assertEqual(self.visit(name, 5, *self.certified()).stdout, "certified")

    def test_nginx_that_insists_and_nginx_that_only_asks(self):
        files = self.lab.make_directory("verifying")
        chain, key = self.lab.certificate("any")
        servers = "".join(f"""server {{ listen 10.61.2.6:{port} ssl; server_name _; ssl_certificate {chain}; ssl_certificate_key {key};
            ssl_client_certificate {self.lab.root_ca}; ssl_verify_depth 3; ssl_verify_client {mode}; return 200 "$ssl_client_verify"; }}"""
                          for port, mode in ((443, "on"), (8443, "optional")))
        conf = os.path.join(files, "nginx.conf")
        with open(conf, "w", encoding="ascii") as out:
            out.write(f"daemon off; user root; pid {files}/pid; error_log stderr warn; events {{}} http {{ access_log off; {servers} }}")
        server = self.lab.start("nginx-verifying", ["/usr/sbin/nginx", "-c", conf, "-p", files, "-e", "stderr"], self.lab.origin)
        self.addCleanup(server.stop, 20)
        wait_until(lambda: self.lab.run(self.lab.origin, "ss", "-Hltn", "sport", "=", ":8443").stdout, "nginx listens")
        self.sluice.write(self.sluice.configuration(POLICY, ports="443 8443"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.visit("insists.sluice.test", 6, *self.certified(), "-o", "/dev/null", "-w", "%{http_code}").stdout, "400")
        self.assertEqual(self.visit("insists.sluice.test", 6, *self.certified()).stdout, "SUCCESS")
        for _ in range(2):
            done = self.lab.run(self.lab.client, "curl", "-sS4", "--cacert", self.sluice.ca_file, *self.certified(), "--resolve",
                                "asks.sluice.test:8443:10.61.2.6", "https://asks.sluice.test:8443/")
            self.assertEqual(done.stdout, "NONE", done.stderr)
        self.assertEqual(self.listed("asks.sluice.test"), [])

    def test_a_server_of_openssl_that_insists(self):
        chain, key = self.lab.certificate("any")
        server = self.lab.start("s_server", ["openssl", "s_server", "-accept", "10.61.2.6:443", "-cert", chain, "-key", key, "-cert_chain", chain, "-CAfile",
                                             self.lab.root_ca, "-Verify", "4", "-verify_return_error", "-www"], self.lab.origin)
        self.addCleanup(server.stop, 20)
        wait_until(lambda: self.lab.run(self.lab.origin, "ss", "-Hltn", "src", "10.61.2.6:443").stdout, "openssl listens")
        self.assertEqual(self.visit("openssl.sluice.test", 6, *self.certified()).returncode, 35)
        self.assertIn("s_server", self.visit("openssl.sluice.test", 6, *self.certified()).stdout)

    def test_an_origin_that_renegotiates_for_it_is_not_waited_for(self):
        chain, key = self.lab.certificate("any")
        with subprocess.Popen(self.lab.origin.command("openssl", "s_server", "-accept", "10.61.2.6:443", "-cert", chain, "-key", key, "-cert_chain", chain,
                                                      "-CAfile", self.lab.root_ca, "-tls1_2", "-legacy_renegotiation"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as server:
            try:
                wait_until(lambda: self.lab.run(self.lab.origin, "ss", "-Hltn", "src", "10.61.2.6:443").stdout, "openssl listens")
                with self.lab.connect("10.61.2.6", 443) as peer:
                    peer.start_tls(client_context(self.sluice.ca_file), "again.sluice.test")
                    peer.send("GET /again HTTP/1.1\r\nHost: again.sluice.test\r\n\r\n")
                    for line in server.stdout:
                        if line.startswith("GET /again"):
                            break
                    server.stdin.write("R\n")
                    server.stdin.flush()
                    self.assertEqual(peer.read_message().status, 502)
                record = self.sluice.wait_records(1, url__full="https://again.sluice.test/again")[0]
                self.assertEqual(record["sluice.error"], "client certificate demanded")
                self.assertEqual([row["reason"] for row in self.listed("again.sluice.test")], ["client-certificate"])
            finally:
                server.kill()


@proxied
class Pinning(Bypass):
    """A client that has our CA, and a program on it that believes in the origin's own certificate only."""

    def setUp(self):
        super().setUp()
        self.assertEqual(self.visit("www.sluice.test", 2).returncode, 0)

    def refuse(self, name, times=2, **options):
        for _ in range(times):
            self.assertEqual(self.visit(name, 2, trust=self.lab.root_ca, **options).returncode, 60)

    def test_two_refusals_by_alert_are_learnt_for_that_host_alone(self):
        self.refuse("any.sluice.test", 1)
        row, = self.listed("any.sluice.test")
        self.assertEqual((row["reason"], row["times"], row["active"], row["client"], row["alert"]), ("refused-leaf", 1, False, "10.61.1.2", 48))
        self.refuse("any.sluice.test", 1)
        done = self.visit("any.sluice.test", 2, trust=self.lab.root_ca)
        self.assertEqual((done.returncode, done.stdout), (0, "hello from the origin\n"), done.stderr)
        record = self.sluice.wait_records(1, rule__id="bypass", tls__client__server_name="any.sluice.test")[0]
        self.assertEqual(record["event.action"], "pass")
        self.assertIn("refuses our certificate", record["rule.reason"])
        explained = self.sluice.ctl_json("explain", "--client", "10.61.1.2", "--url", "https://any.sluice.test/")
        self.assertEqual((explained["bypass"]["reason"], explained["bypass"]["allowed"]), ("refused-leaf", True))
        self.assertIn("bypass: refused-leaf, of client 10.61.1.2",
                      self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", "https://any.sluice.test/").stdout)
        self.assertNotIn("bypass", self.sluice.ctl_json("explain", "--client", "10.61.1.3", "--url", "https://any.sluice.test/"))
        self.refuse("soon.sluice.test", 1)
        row, = self.listed("any.sluice.test")
        self.assertEqual((row["active"], row["destinations"], row["ja4"]), (True, ["10.61.2.2:443"], record["tls.client.ja4"]))
        self.assertGreater(row["until"], row["last"])

    def test_it_outlives_a_reload_and_is_forgotten_when_asked(self):
        self.refuse("any.sluice.test")
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.visit("any.sluice.test", 2, trust=self.lab.root_ca).returncode, 0)
        self.assertEqual(self.sluice.ctl("bypass", "forget", "any.sluice.test").stdout, "forgotten: 1\n")
        self.refuse("any.sluice.test", 1)

    def test_another_program_of_the_same_client_is_read(self):
        self.refuse("any.sluice.test")
        self.assertEqual(self.visit("any.sluice.test", 2, trust=self.lab.root_ca).returncode, 0)
        self.assertEqual(self.visit("any.sluice.test", 2, "--tls-max", "1.2", trust=self.sluice.ca_file).returncode, 0)

    def test_a_name_that_was_accepted_is_not_learnt(self):
        self.assertEqual(self.visit("rsa.sluice.test", 2).returncode, 0)
        self.refuse("rsa.sluice.test", 4)
        self.assertEqual(self.listed("rsa.sluice.test"), [])

    def test_what_must_be_read_is_not_learnt(self):
        self.refuse("must.sluice.test", 4)
        self.assertEqual(self.listed("must.sluice.test"), [])

    def test_a_client_without_our_ca_learns_nothing(self):
        self.refuse("any.sluice.test", 4, family=6)
        self.assertEqual(self.listed("any.sluice.test"), [])

    def test_the_leaf_of_a_bad_origin_is_refused_for_a_reason(self):
        for _ in range(4):
            self.assertEqual(self.visit("expired.sluice.test", 2, trust=self.sluice.ca_file).returncode, 60)
        self.assertEqual(self.listed("expired.sluice.test"), [])

    @needs_program("gnutls-cli")
    def test_a_client_of_gnutls_is_learnt(self):
        for expected in (False, False, True):
            done = self.lab.run(self.lab.client, "gnutls-cli", "--x509cafile", self.lab.root_ca, "--sni-hostname", "gnutls.sluice.test", "--verify-hostname",
                                "any.sluice.test", "10.61.2.2", data="")
            self.assertEqual("Handshake was completed" in done.stdout, expected, done.stdout + done.stderr)

    def test_learning_can_be_switched_off(self):
        self.sluice.write(self.sluice.configuration(POLICY, extra="bypass { learn no }"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        try:
            self.refuse("any.sluice.test", 4)
        finally:
            self.sluice.write(self.sluice.configuration(POLICY))
            self.sluice.ctl("reload")

    def test_pins_hold_across_the_death_of_worker_and_daemon(self):
        done = self.sluice.ctl("bypass", "pin", "Long.Sluice.Test")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.sluice.ctl("bypass", "pin", "must.sluice.test").returncode, 0)

        def holds():
            own = self.visit("long.sluice.test", 2, trust=self.lab.root_ca)
            self.assertEqual(own.returncode, 0, own.stderr)
            row, = self.listed("long.sluice.test")
            self.assertEqual((row["reason"], row["client"], row["until"]), ("pinned", "any", 0))
        holds()
        self.refuse("must.sluice.test", 1)
        worker = self.sluice.worker()
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: worker not in self.sluice.pids(), "the worker has gone")
        self.sluice.wait_ready()
        holds()
        self.sluice.stop()
        self.sluice.start()
        holds()
        self.assertEqual(self.sluice.ctl("bypass", "forget", "long.sluice.test").returncode, 0)
        self.refuse("long.sluice.test", 1)
        self.assertNotEqual(self.sluice.ctl("bypass", "pin", "*.sluice.test").returncode, 0)


if __name__ == "__main__":
    unittest.main()
