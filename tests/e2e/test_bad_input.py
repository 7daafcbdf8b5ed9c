"""What goes wrong at the edges: a clear answer or record each time, the others untouched, nothing leaked."""
import os
import socket
import subprocess
import unittest

from lib.case import E2ECase, proxied
from lib.daemon import Sluice
from lib.peer import client_context
from lib.process import descriptors
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import wait_until


@proxied
class BadInput(E2ECase):
    CONFIG = {"gateway": "unknown block", "limits": "peek_timeout 1s\n header_timeout 3s\n connect_timeout 3s"}

    def setUp(self):
        super().setUp()
        self.assert_others_untouched()
        self.worker = self.sluice.worker()
        self.before = descriptors(self.worker)

    def tearDown(self):
        self.assert_others_untouched()
        self.assertEqual(self.sluice.worker(), self.worker, "the worker is another one")
        # Connections to the origin that are kept for later are no leak.
        wait_until(lambda: descriptors(self.worker) <= self.before + 16, f"descriptors are given back (there were {self.before})", 15)

    def test_garbage_on_both_ports_is_ended(self):
        for port in (80, 443):
            for data in (b"\x00" * 1000, os.urandom(5000), b"\xff\xfe\r\n\r\n", b"\x16\x03\x01\xff\xff" + os.urandom(70000), b"\r\n" * 5000,
                         b"GET", b"\x80\x2e\x01\x00\x02" + b"\x00" * 40):
                with self.subTest(port=port, data=data[:12]), self.lab.connect("10.61.2.2", port) as peer:
                    try:
                        peer.send(data)
                        peer.socket.settimeout(30)
                        while peer.fill():
                            pass
                    except ConnectionError:
                        pass
                    self.assertNotIn(b"hello from the origin", peer.buffer)

    def test_plain_http_on_port_443_is_no_leak(self):
        with self.lab.connect("10.61.2.2", 443) as peer:
            response = peer.request("/hello", "www.sluice.test")
        self.assertIn(response.status, (200, 400))

    def test_a_head_of_a_megabyte_is_answered_431(self):
        for tls in (False, True):
            with self.subTest(tls=tls), self.lab.connect("10.61.2.2", 443 if tls else 80) as peer:
                if tls:
                    peer.start_tls(client_context(self.sluice.ca_file), "www.sluice.test")
                peer.send("GET / HTTP/1.1\r\nHost: www.sluice.test\r\n")
                try:
                    for number in range(1024):
                        peer.send(f"X-{number}: ", b"y" * 1014, "\r\n")
                    peer.send("\r\n")
                except OSError:
                    pass  # it need not take all of it
                self.assertEqual(peer.read_message().status, 431)

    def test_a_request_line_of_a_megabyte_is_answered_414(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            try:
                peer.send("GET /", b"a" * (1 << 20), " HTTP/1.1\r\nHost: www.sluice.test\r\n\r\n")
            except OSError:
                pass
            self.assertIn(peer.read_message().status, (414, 431))

    def test_a_response_head_of_a_megabyte_is_answered_502(self):
        with ScriptedServer(self.lab, serving(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"y" * (1 << 20) + b"\r\nContent-Length: 0\r\n\r\n")):
            self.assertEqual(self.status_of("http://raw.sluice.test/"), 502)

    def test_a_head_that_never_ends_is_ended(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            peer.socket.settimeout(30)
            peer.send("GET / HTTP/1.1\r\nHost: www.sluice.test\r\nX-A: ")
            self.assertEqual(peer.read_message().status, 408)

    def test_an_origin_that_is_down_is_answered_502_and_recorded(self):
        for url in ("http://down.sluice.test/", "http://gone.sluice.test/"):
            with self.subTest(url=url):
                self.sluice.mark()
                self.assertIn(self.status_of(url), (502, 504))
                record = self.sluice.wait_records(1, url__full=url)[0]
                self.assertIn(record["http.response.status_code"], (502, 504))

    def test_an_origin_that_is_down_is_a_failure_for_https(self):
        done = self.curl("-o", "/dev/null", "-w", "%{http_code}", "-4", "https://down.sluice.test/")
        self.assertTrue(done.returncode in (35, 56, 52, 60) or done.stdout in ("502", "504"), (done.returncode, done.stdout))
        self.sluice.wait_records(1, destination__ip="10.61.2.7")

    def test_clients_that_vanish_leave_nothing(self):
        self.nginx.big("vanish", 1 << 30)
        for tls in (False, True):
            for number in range(20):
                peer = self.lab.connect("10.61.2.2", 443 if tls else 80)
                if tls:
                    peer.start_tls(client_context(self.sluice.ca_file), "www.sluice.test")
                peer.send("GET /vanish HTTP/1.1\r\nHost: www.sluice.test\r\n\r\n")
                peer.read_exact(100000)
                if number % 2:
                    peer.reset()
                else:
                    peer.close()

    def test_clients_that_vanish_within_the_handshake_leave_nothing(self):
        from lib.tlsclient import hello_of
        for number in range(40):
            flight, _ = hello_of(client_context(), "www.sluice.test")
            peer = self.lab.connect("10.61.2.2", 443)
            peer.send(flight if number % 2 else flight[:100])
            peer.reset()

    def test_an_origin_that_breaks_off_its_handshake_harms_only_its_own(self):
        def handler(peer):
            peer.fill()
            peer.reset()

        with ScriptedServer(self.lab, handler, port=443):
            self.assertIn(self.curl("https://raw.sluice.test/").returncode, (35, 56, 60, 52))

    def test_an_origin_that_speaks_no_tls_is_a_failure_within_its_time(self):
        with ScriptedServer(self.lab, serving(answer("x")), port=443):
            done = self.curl("-o", "/dev/null", "-w", "%{http_code}", "https://raw.sluice.test/")
            self.assertTrue(done.returncode != 0 or done.stdout.startswith("5"), done)

    def test_an_origin_that_never_answers_the_hello_is_a_failure_within_its_time(self):
        with ScriptedServer(self.lab, lambda peer: peer.read_all(), port=443):
            done = self.curl("-o", "/dev/null", "-w", "%{http_code}", "https://raw.sluice.test/", timeout=30)
            self.assertNotEqual(done.returncode, 28, "the client ran out of patience first")

    def test_a_burst_of_a_thousand_connections_is_served(self):
        done = self.curl("-Z", "--parallel-max", "200", "-o", "/dev/null", "-w", "%{http_code}\n", "-H", "Connection: close",
                         "http://www.sluice.test/1k?[1-1000]", timeout=60)
        self.assertEqual(done.stdout.split().count("200"), 1000, done.stderr[-2000:])


@proxied
class NoDescriptors(E2ECase):
    CONFIG = None

    def test_no_file_descriptors_left_is_survived(self):
        self.sluice = Sluice(self.lab, gateway="threads 1").start(prefix=["prlimit", "--nofile=80:80"])
        peers = []
        try:
            with self.lab.connect("10.61.2.2", 80) as living:
                self.assertEqual(living.request("/hello", "www.sluice.test").status, 200)
                for _ in range(150):
                    peers.append(self.lab.connect("10.61.2.2", 80))
                    peers[-1].send("GET /hello HTTP/1.1\r\nHost: www.sluice.test\r\n\r\n")
                self.assertEqual(living.request("/hello", "www.sluice.test").status, 200, "an older connection suffers")
        finally:
            for peer in peers:
                peer.close()
        wait_until(lambda: self.status_of("http://www.sluice.test/hello") == 200, "new connections are served again")
        self.assert_others_untouched()
        self.assertEqual(self.sluice.stop(), 0)


@proxied
class BadDisk(E2ECase):
    CONFIG = None

    def test_a_full_log_disk_stops_no_traffic_and_is_told(self):
        self.sluice = Sluice(self.lab, name="full")
        os.makedirs(self.sluice.log_dir)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=777", "sluice-e2e", self.sluice.log_dir], check=True)
        self.lab.on_close(lambda: subprocess.run(["umount", "-l", self.sluice.log_dir], check=False))
        # The daemon is stopped before its disk is taken away.
        self.lab.on_close(self.sluice.stop)
        self.sluice.start()
        done = self.curl("-o", "/dev/null", "-w", "%{http_code}\n", "http://www.sluice.test/1k?[1-300]", timeout=60)
        self.assertEqual(done.stdout.split(), ["200"] * 300, done.stderr[-2000:])
        self.assert_others_untouched()
        self.assertRegex(self.sluice.process.output() + self.sluice.ctl("status").stdout, r"(?i)no space|drop")


@proxied
class BadConfiguration(E2ECase):
    """A mistake is named with file, line, key and remedy, by -t and when starting."""

    CONFIG = None
    ORIGIN = False

    MISTAKES = {
        "steer": ("steer      redirect", "steer      sideways", r"sluice\.conf:\d+:\d+: .*sideways"),
        "key": ("ports      80 443", "prots      80 443", r"sluice\.conf:\d+:\d+: .*prots"),
        "port": ("ports      80 443", "ports      80 70000", r"sluice\.conf:\d+:\d+: .*70000"),
        "block": ("policy {", "polizei {", r"sluice\.conf:\d+:\d+: .*polizei"),
        "group": ("inspect everyone any", "inspect strangers any", r"sluice\.conf:\d+:\d+: .*strangers"),
        "verb": ("inspect everyone any", "admire everyone any", r"sluice\.conf:\d+:\d+: .*admire"),
        "brace": ("inspect everyone any\n}", "inspect everyone any\n", r"sluice\.conf:\d+"),
    }

    def test_each_mistake_is_named_where_it_is(self):
        for name, (good, bad, pattern) in self.MISTAKES.items():
            with self.subTest(mistake=name):
                sluice = Sluice(self.lab, name="bad-" + name)
                text = sluice.configuration()
                self.assertIn(good, text)
                sluice.write(text.replace(good, bad))
                done = sluice.check()
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertRegex(done.stdout + done.stderr, pattern)
                sluice.start(ready=False)
                self.assertEqual(sluice.process.wait(), os.EX_CONFIG)
                self.assertRegex(sluice.process.output(), pattern)

    def test_a_good_configuration_is_said_to_be_good(self):
        done = Sluice(self.lab, name="good").check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_configuration_that_is_not_there_is_named(self):
        sluice = Sluice(self.lab, name="absent")
        os.unlink(sluice.conf)
        done = sluice.check()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(sluice.conf, done.stdout + done.stderr)

    def test_a_ca_that_others_can_read_is_refused(self):
        sluice = Sluice(self.lab, name="readable").start()
        sluice.stop()
        keys = [os.path.join(root, name) for root, _, names in os.walk(sluice.state_dir) for name in names if "key" in name]
        self.assertTrue(keys)
        for key in keys:
            os.chmod(key, 0o644)
        sluice.start(ready=False)
        self.assertNotEqual(sluice.process.wait(), 0)
        self.assertRegex(sluice.process.output(), r"(?i)read|permission|mode")

    def test_a_port_that_is_taken_is_named(self):
        with self.lab.gateway.entered():
            taken = socket.socket(socket.AF_INET6)
        with taken:
            taken.bind(("::", 3129))
            taken.listen()
            sluice = Sluice(self.lab, name="taken").start(ready=False)
            self.assertNotEqual(sluice.process.wait(), 0)
            self.assertIn("3129", sluice.process.output())
        self.assertEqual(self.lab.run(self.lab.gateway, "nft", "list", "ruleset").stdout, "")


if __name__ == "__main__":
    unittest.main()
