"""The records: one for every exchange and for every passed or blocked flow, with the documented keys, and none lost."""
import json
import os
import threading
import unittest

from lib.case import E2ECase, proxied
from lib.daemon import read_records
from lib.lab import CLIENT6
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import wait_until

EXCHANGE_KEYS = {"@timestamp", "event.action", "event.duration", "source.ip", "source.port", "destination.ip", "destination.port", "url.full",
                 "url.domain", "http.request.method", "http.version", "http.response.status_code", "http.request.body.bytes",
                 "http.response.body.bytes", "http.response.mime_type"}
TLS_KEYS = {"tls.version", "tls.cipher", "tls.client.server_name", "tls.client.ja4"}


@proxied
class Records(E2ECase):
    CONFIG = {"policy": 'pass everyone site passed.sluice.test\n block everyone site blocked.sluice.test reason "no"\n '
                        'inspect everyone site extras.sluice.test log brief\n pass everyone site any.sluice.test protocol tls log none\n '
                        'inspect everyone site any.sluice.test log none\n inspect everyone any'}

    def test_an_exchange_has_every_documented_key(self):
        self.fetch("http://www.sluice.test/hello?keys", "-4")
        record, = self.sluice.wait_records(1, url__full="http://www.sluice.test/hello?keys")
        self.assertEqual(EXCHANGE_KEYS - set(record), set())
        self.assertEqual((record["event.action"], record["http.request.method"], record["http.response.status_code"]), ("inspect", "GET", 200))
        self.assertEqual((record["http.version"], record["http.response.body.bytes"], record["http.request.body.bytes"]), ("1.1", 22, 0))
        self.assertEqual((record["source.ip"], record["destination.ip"], record["destination.port"]), ("10.61.1.2", "10.61.2.2", 80))
        self.assertRegex(record["@timestamp"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$")
        self.assertGreater(record["event.duration"], 0)

    def test_an_https_exchange_has_the_keys_of_tls_too(self):
        self.fetch("https://www.sluice.test/hello?keys", "-6")
        record, = self.sluice.wait_records(1, url__full="https://www.sluice.test/hello?keys")
        self.assertEqual((EXCHANGE_KEYS | TLS_KEYS) - set(record), set())
        self.assertEqual((record["source.ip"], record["destination.ip"]), (CLIENT6, "fd61:2::2"))

    def test_a_rule_says_how_much_of_what_it_decides_is_kept(self):
        for name in ("any", "extras", "www"):
            self.fetch(f"http://{name}.sluice.test/hello?level", "-4", "-e", "http://www.sluice.test/from?level")
        self.curl("-k", "https://any.sluice.test/hello?level", ca=False)
        brief = self.sluice.wait_records(1, url__domain="extras.sluice.test")[-1]
        self.assertEqual(brief["url.full"], "http://extras.sluice.test/")
        self.assertFalse({"http.request.referrer", "user_agent.original"} & set(brief), brief)
        full = self.sluice.wait_records(1, url__full="http://www.sluice.test/hello?level")[-1]
        self.assertEqual(full["http.request.referrer"], "http://www.sluice.test/from?level")
        self.fetch("http://www.sluice.test/hello?last", "-4")
        self.sluice.wait_records(1, url__full="http://www.sluice.test/hello?last")
        self.assertFalse([record for record in self.sluice.records() if "any.sluice.test" in str(record)])

    def test_each_exchange_of_a_connection_has_its_record(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            for number in range(5):
                peer.request(f"/hello?{number}", "www.sluice.test")
            port = peer.socket.getsockname()[1]
        records = self.sluice.wait_records(5, source__port=port)
        self.assertEqual([record["url.full"] for record in records], [f"http://www.sluice.test/hello?{number}" for number in range(5)])

    def test_passed_and_blocked_flows_have_theirs(self):
        self.curl("-k", "https://passed.sluice.test/hello", ca=False)
        self.curl("http://blocked.sluice.test/")
        self.sluice.wait_records(1, **{"event.action": "pass", "tls.client.server_name": "passed.sluice.test"})
        self.sluice.wait_records(1, **{"event.action": "block", "url.domain": "blocked.sluice.test"})

    def test_hostile_bytes_make_no_second_line_and_stay_json(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            peer.send(b'GET /"},{"x":"\\\x7f\xff\xc3?a=<b>\' HTTP/1.1\r\nHost: www.sluice.test\r\nUser-Agent: a"b\\c\xff\r\n\r\n')
            peer.read_message()
            port = peer.socket.getsockname()[1]
        self.sluice.wait_records(1, source__port=port)
        with open(self.sluice.log, "rb") as text:
            for line in text.read().split(b"\n")[:-1]:
                json.loads(line.decode("utf-8"))
                self.assertFalse(any(byte < 0x20 for byte in line), line)

    def test_bodies_are_counted_as_they_went(self):
        with ScriptedServer(self.lab, serving(lambda request: answer(b"y" * 7777))):
            with self.lab.connect("raw.sluice.test", 80) as peer:
                peer.request("/count", method="POST", fields="Content-Length: 12345\r\n", body=b"x" * 12345)
        record, = self.sluice.wait_records(1, url__domain="raw.sluice.test")
        self.assertEqual((record["http.request.body.bytes"], record["http.response.body.bytes"]), (12345, 7777))

    def test_a_broken_exchange_is_recorded_too(self):
        def handler(peer):
            peer.read_message()
            peer.reset()

        with ScriptedServer(self.lab, handler):
            status = self.status_of("http://raw.sluice.test/broken")
        self.assertEqual(status, 502)
        record, = self.sluice.wait_records(1, url__full="http://raw.sluice.test/broken")
        self.assertEqual(record["http.response.status_code"], 502)

    def test_rotation_under_load_loses_nothing(self):
        total = 400
        rotated = [self.sluice.log + f".{number}" for number in range(3)]

        def fetch():
            self.curl("-o", "/dev/null", f"http://www.sluice.test/1k?rotate[1-{total}]", timeout=60)

        load = threading.Thread(target=fetch)
        load.start()
        done = self._count(self.sluice.log)
        for number, path in enumerate(rotated):
            wait_until(lambda number=number: sum(map(self._count, rotated[:number])) + self._count(self.sluice.log) > done + number * 60,
                       "some more have been written")
            self.sluice.rotate(path)
            wait_until(lambda: os.path.exists(self.sluice.log), "the new file is there")
        load.join()
        wait_until(lambda: sum(map(self._count, rotated)) + self._count(self.sluice.log) >= total, "all are written")
        urls = [record["url.full"] for path in [*rotated, self.sluice.log] for record in read_records(path) if "?rotate" in record.get("url.full", "")]
        self.assertEqual(len(urls), total)
        self.assertEqual(len(set(urls)), total)

    @staticmethod
    def _count(path):
        return sum("?rotate" in record.get("url.full", "") for record in read_records(path))


@proxied
class RecordsInOtherFormats(E2ECase):
    CONFIG = None

    def test_squids_and_apaches_formats_are_written_where_configured(self):
        from lib.daemon import Sluice
        for name, pattern in (("squid", r"^\d+\.\d{3} +\d+ 10\.61\.1\.2 \S+/200 \d+ GET http://www\.sluice\.test/hello "),
                              ("combined", r'^10\.61\.1\.2 - \S+ \[[^]]+\] "GET (http://www\.sluice\.test)?/hello HTTP/1\.1" 200 \d+ "-" "curl/')):
            with self.subTest(format=name):
                self.sluice = Sluice(self.lab, name=name, extra=f"record {{ format {name} path {self.lab.path(name + '.log')} }}").start()
                try:
                    self.fetch("http://www.sluice.test/hello", "-4", ca=False)
                    self.assertRegex(wait_until(lambda name=name: self.written(name), "the record is written"), pattern)
                finally:
                    self.sluice.stop()

    def written(self, name):
        with open(self.lab.path(name + ".log"), encoding="utf-8") as text:
            return text.read()


if __name__ == "__main__":
    unittest.main()
