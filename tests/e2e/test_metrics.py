"""The admin port: /metrics as real readers of the format see it, and /healthz, over IPv4 and IPv6."""
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
import unittest

from lib import h2servers
from lib.case import E2ECase, needs_program, proxied
from lib.daemon import Sluice
from lib.lab import CLIENT4, GATEWAY4, GATEWAY6
from lib.peer import Peer
from lib.wait import wait_until

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

PORT = 3180
LISTEN = f"admin {{ listen 127.0.0.1:{PORT} [::1]:{PORT} {GATEWAY4}:{PORT} [{GATEWAY6}]:{PORT}\n allow {GATEWAY4} }}"
LOOPBACK = ("127.0.0.1", "::1")
SECRETS = "sluice.test", CLIENT4, "fd61:", "10.61.", "secretlist.example"


class AdminPort(E2ECase):
    """Asks the admin port from within the gateway."""

    def get(self, target="/metrics", address="127.0.0.1", method="GET", namespace=None):
        with (namespace or self.lab.gateway).entered():
            connection = http.client.HTTPConnection(address, PORT, timeout=20)
            connection.connect()
        connection.request(method, target)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body

    def metrics(self, address="127.0.0.1"):
        """Every sample, by its name and labels as they are written."""
        response, body = self.get(address=address)
        self.assertEqual(response.status, 200, body)
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in body.splitlines() if not line.startswith("#")}

    def dial(self, address="127.0.0.1", namespace=None, source=None):
        return Peer.connect(namespace or self.lab.gateway, address, PORT, source=source)


@proxied
class Metrics(AdminPort):
    CONFIG = {"policy": "block everyone site blocked.sluice.test\npass everyone site passed.sluice.test\ninspect everyone any",
              "extra": LISTEN + "\nlist secretlist { url http://down.sluice.test/x?secretlist.example category games }"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        h2servers.STARTERS["node"](cls.lab, h2servers.contents(cls.lab))

    def test_every_request_is_told_once_it_is_answered(self):
        before = self.metrics()
        for _ in range(3):
            self.fetch("http://www.sluice.test/hello")
            self.fetch(f"https://{h2servers.HOSTS['node']}/hello", "-4", "--http2")
        self.status_of("http://blocked.sluice.test/hello")
        self.curl("https://passed.sluice.test/hello", "-k")

        def grown():
            after = self.metrics("::1")
            wanted = {'sluice_exchanges_total{protocol="http/1"}': 4, 'sluice_exchanges_total{protocol="http/2"}': 3, "sluice_connections_total": 8,
                      "sluice_exchanges_blocked_total": 1, 'sluice_flows_total{verdict="pass"}': 1,
                      'sluice_tls_handshakes_total{side="client"}': 3, 'sluice_records_total{result="written"}': 8}
            have = {key: after[key] - before[key] for key in wanted}
            last.append(have)
            return have == wanted
        last = []
        try:
            wait_until(grown, "each counter has grown by what was asked")
        except AssertionError as late:
            self.fail(f"{late}: {last[-1]}")

    def test_origins_that_are_refused_are_told_by_why(self):
        before = self.metrics()
        self.assertNotEqual(self.curl("https://expired.sluice.test/hello").returncode, 0)
        self.status_of("http://down.sluice.test/")

        def grown():
            after = self.metrics()
            return {key for key in after if after[key] > before[key] and "reason=" in key} == {
                'sluice_origins_refused_total{reason="expired"}', 'sluice_origin_connects_failed_total{reason="connection_refused"}'}
        wait_until(grown, "each is counted for its reason")

    def test_readers_of_the_format_accept_it(self):
        body = self.get()[1]
        families = {}
        if text_string_to_metric_families is not None:
            for family in text_string_to_metric_families(body):
                self.assertNotIn(family.name, families)
                self.assertTrue(family.name.startswith("sluice_") and family.documentation and family.samples or
                                family.name in ("sluice_list_fetched_timestamp_seconds", "sluice_list_entries"), family)
                families[family.name] = family
            self.assertGreater(len(families), 50)
            # The parser takes the suffix off the names of counters.
            self.assertEqual(families["sluice_connections"].type, "counter")
            self.assertEqual({sample.labels["role"] for sample in families["sluice_process_up"].samples if sample.value == 1},
                             {"supervisor", "signer", "worker", "fetcher", "admin"})
        samples = [line.rsplit(" ", 1)[0] for line in body.splitlines() if not line.startswith("#")]
        self.assertEqual(len(samples), len(set(samples)))

    @needs_program("promtool")
    def test_conventions_are_kept(self):
        done = subprocess.run(["promtool", "check", "metrics"], input=self.get()[1], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    @needs_program("prometheus")
    def test_prometheus_scrapes_it(self):
        settings = self.lab.path("prometheus.yml")
        with open(settings, "w", encoding="ascii") as out:
            out.write("global: {scrape_interval: 1s}\nscrape_configs: [{job_name: sluice, static_configs: [{targets: ['127.0.0.1:3180', '[::1]:3180']}]}]\n")
        server = self.lab.start("prometheus", ["prometheus", f"--config.file={settings}", f"--storage.tsdb.path={self.lab.path('prometheus')}",
                                               "--web.listen-address=127.0.0.1:9090"], self.lab.gateway)
        self.addCleanup(server.stop)

        def found(query):
            done = self.lab.run(self.lab.gateway, "curl", "-sS", f"http://127.0.0.1:9090/api/v1/query?query={query}")
            return json.loads(done.stdout)["data"]["result"] if done.returncode == 0 and done.stdout.startswith("{") else []
        wait_until(lambda: [each["value"][1] for each in found("up")] == ["1", "1"], "both addresses are scraped", 20)
        self.assertEqual({each["metric"]["role"] for each in found("sluice_process_up")}, {"supervisor", "signer", "worker", "fetcher", "admin"})

    def test_what_it_says_is_so(self):
        now, values = time.time(), self.metrics()
        status = self.sluice.ctl_json("status")
        self.assertAlmostEqual(values["sluice_ca_not_after_timestamp_seconds"] - now, status["ca_days_left"] * 86400, delta=86401)
        self.assertEqual(values["sluice_configuration_generation"], status["generation"])
        self.assertEqual(values["sluice_kernel_rules_installed"], 1)
        self.assertEqual(values['sluice_alarm{alarm="clock"}'], 0)
        for process in status["processes"]:
            label = f'{{role="{process["role"]}"}}'
            self.assertEqual(values["sluice_process_up" + label], 1)
            self.assertGreater(values["sluice_process_resident_memory_bytes" + label], 1 << 20)
            self.assertGreater(values["sluice_process_open_fds" + label], 3)
            self.assertLess(abs(values["sluice_process_start_time_seconds" + label] - now), 120)
        self.assertEqual(values["sluice_process_start_time_seconds{role=\"worker\"}"],
                         self.metrics()["sluice_process_start_time_seconds{role=\"worker\"}"])

    def test_nothing_is_told_of_who_asked_for_what(self):
        self.fetch("https://www.sluice.test/hello?secret")
        body = self.get()[1]
        for secret in SECRETS:
            self.assertNotIn(secret, body)

    def test_others_are_refused_in_form(self):
        for target, method, status in [("/", "GET", 404), ("/metrics/", "GET", 404), ("/metrics", "POST", 405), ("/healthz", "DELETE", 405),
                                       ("/metrics?a=b", "GET", 200), ("/metrics", "HEAD", 200)]:
            for address in LOOPBACK:
                response, body = self.get(target, address, method)
                self.assertEqual((response.status, response.getheader("Allow")), (status, "GET, HEAD" if status == 405 else None))
                self.assertEqual(body == "", method == "HEAD")
        with self.dial() as peer:
            peer.send(b"GET /metrics HTTP/1.1\r\n Host: x\r\n\r\n")
            self.assertEqual(peer.read_message().status, 400)

    def test_only_who_may_is_served(self):
        """The networks of `allow`; whoever else is closed unread, be he on the same wire."""
        self.assertEqual(self.get("/healthz", GATEWAY4)[0].status, 200)             # from its own address, which is allowed
        with self.assertRaises((ConnectionError, http.client.BadStatusLine)):
            self.get("/healthz", GATEWAY6)
        for address in (GATEWAY4, GATEWAY6):
            with self.assertRaises((ConnectionError, http.client.BadStatusLine)):
                self.get("/healthz", address, namespace=self.lab.client)

    def test_clients_that_are_slow_keep_nobody_out(self):
        """Forty hold what they can get, with a part of a head each; a scrape goes on all the same, and in the end they are told."""
        held = []
        for i in range(40):
            held.append(self.dial(LOOPBACK[i % 2]))
            held[-1].send(b"GET /metrics HTTP/1.1\r\nHost: ")
        self.assertEqual(self.get()[0].status, 200)
        self.assertEqual(held[-1].read_message().status, 408)
        for peer in held:
            peer.close()

    def test_scrapes_go_on_while_traffic_does(self):
        """Counters only grow, whoever asks and however many at once."""
        url, ended, seen = "https://www.sluice.test/hello", threading.Event(), []

        def scrape():
            last = {}
            while not ended.is_set():
                values = self.metrics(LOOPBACK[len(seen) % 2])
                seen.append({key: (last[key], value) for key, value in values.items() if "_total" in key and value < last.get(key, 0)})
                last = values
        scrapers = [threading.Thread(target=scrape) for _ in range(4)]
        for scraper in scrapers:
            scraper.start()
        for _ in range(5):
            self.fetch(url, *[url] * 19)
        ended.set()
        for scraper in scrapers:
            scraper.join()
        self.assertGreater(len(seen), 4)
        self.assertEqual([fallen for fallen in seen if fallen], [])


@proxied
class Faults(AdminPort):
    CONFIG = {"extra": f"admin {{ listen 127.0.0.1:{PORT} [::1]:{PORT} }}"}

    def test_counters_go_on_when_the_worker_is_started_again(self):
        for _ in range(3):
            self.fetch("http://www.sluice.test/hello")
        before = wait_until(lambda: (m := self.metrics())["sluice_connections_total"] >= 3 and m, "three are counted")
        old = self.sluice.worker()
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: self.sluice.role("worker") not in ([], [old]), "there is another worker")
        self.sluice.wait_ready()
        self.fetch("http://www.sluice.test/hello")
        after = self.metrics()
        self.assertEqual(after["sluice_connections_total"], before["sluice_connections_total"] + 1)
        self.assertEqual(self.sluice.ctl_json("status")["counters"]["connections"], after["sluice_connections_total"])
        self.assertEqual(after['sluice_process_restarts_total{role="worker"}'], before['sluice_process_restarts_total{role="worker"}'] + 1)
        self.assertEqual({key for key in before if "_total" in key and after[key] < before[key]}, set())
        self.assertGreater(after['sluice_process_start_time_seconds{role="worker"}'], before['sluice_process_start_time_seconds{role="worker"}'])

    def test_silent_worker_is_told_and_keeps_nobody_waiting(self):
        worker = self.sluice.worker()
        self.assertEqual(self.get("/healthz")[0].status, 200)
        os.kill(worker, signal.SIGSTOP)
        try:
            for address in LOOPBACK:
                response, body = self.get("/healthz", address)
                self.assertEqual((response.status, body), (503, "the worker does not answer\n"))
            values = self.metrics()
            self.assertIn("sluice_connections_total", values)
            self.assertNotIn("sluice_sessions", values)
        finally:
            os.kill(worker, signal.SIGCONT)
        wait_until(lambda: self.get("/healthz")[0].status == 200, "all is well again")
        self.assertIn("sluice_sessions", self.metrics())

    def test_silent_supervisor_is_told(self):
        supervisor = self.sluice.process.pid
        os.kill(supervisor, signal.SIGSTOP)
        try:
            response, body = self.get("/healthz")
            self.assertEqual((response.status, body), (503, "the supervisor does not answer\n"))
        finally:
            os.kill(supervisor, signal.SIGCONT)
        wait_until(lambda: self.get("/healthz")[0].status == 200, "all is well again")

    def test_health_names_what_is_missing(self):
        self.assertEqual(self.get("/healthz")[1], "ok\n")
        self.sluice.ctl("rules", "remove")
        try:
            response, body = self.get("/healthz", "::1")
            self.assertEqual((response.status, body), (503, "the kernel rules are not installed\n"))
            self.assertEqual(self.metrics()["sluice_kernel_rules_installed"], 0)
        finally:
            self.sluice.ctl("rules", "install")
        self.assertEqual(self.get("/healthz")[0].status, 200)

    def test_process_that_serves_it_is_started_again(self):
        def serving():
            return [process["pid"] for process in self.sluice.ctl_json("status")["processes"] if process["role"] == "admin"][0]
        old = serving()
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: serving() not in (0, old), "there is another one")
        self.assertEqual(self.get("/healthz")[0].status, 200)
        self.assertGreaterEqual(self.metrics()['sluice_process_restarts_total{role="admin"}'], 1)

    def test_reloads_are_counted(self):
        before = self.metrics()
        text = open(self.sluice.conf, encoding="utf-8").read()
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.sluice.write(text.replace("policy {", "policy {\n nonsense"))
        self.assertNotEqual(self.sluice.ctl("reload").returncode, 0)
        after = self.metrics()
        for result in ("taken", "refused"):
            key = f'sluice_configuration_reloads_total{{result="{result}"}}'
            self.assertEqual(after[key], before[key] + 1)
        self.assertEqual(after["sluice_configuration_last_reload_successful"], 0)
        self.sluice.write(text)
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.metrics()["sluice_configuration_last_reload_successful"], 1)


@proxied
class Ports(AdminPort):
    """A port that somebody else has."""

    CONFIG = None
    ORIGIN = False

    def setUp(self):
        holder = self.lab.start("holder", ["python3", "-c", f"import socket, time; s = socket.create_server(('127.0.0.1', {PORT})); "
                                           "print('held', flush=True); time.sleep(1000)"], self.lab.gateway)
        self.addCleanup(holder.stop)
        wait_until(lambda: "held" in holder.output(), "the port is taken")

    def test_port_that_was_asked_for_and_is_taken_ends_the_start(self):
        sluice = Sluice(self.lab, extra=f"admin {{ listen 127.0.0.1:{PORT} }}", name="asked")
        sluice.start(ready=False)
        self.assertNotEqual(sluice.process.wait(20), 0)
        said = sluice.process.output()
        self.assertIn(f"the admin port 127.0.0.1:{PORT} cannot be opened: Address already in use", said)
        self.assertIn("name another in admin { listen }, or off", said)
        sluice.process = None

    def test_default_port_that_is_taken_is_said_and_done_without(self):
        sluice = Sluice(self.lab, name="default").start()
        said = sluice.process.output()
        self.assertIn("cannot be opened: Address already in use", said)
        self.assertIn("no metrics are served; all else is", said)
        self.assertEqual({process["role"] for process in sluice.ctl_json("status")["processes"]}, {"supervisor", "signer", "worker", "fetcher"})
        sluice.stop()

    def test_address_that_others_reach_is_warned_of(self):
        for listen, said in [(f"{GATEWAY4}:{PORT}", "nobody but this machine may ask there"),
                             (f"{GATEWAY4}:{PORT}\n allow 0.0.0.0/0", "everybody who can reach the admin port may read what it serves"),
                             (f"{GATEWAY4}:{PORT}\n allow 10.61.1.0/24", None), ("off", None)]:
            done = Sluice(self.lab, extra=f"admin {{ listen {listen} }}", name="warned").check()
            self.assertEqual(done.returncode, 0, done.stderr)
            if said:
                self.assertIn(said, done.stderr)
            else:
                self.assertIsNone(re.search("admin", done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
