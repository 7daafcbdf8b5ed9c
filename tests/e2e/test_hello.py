"""The ClientHello in any shape: segments, records, sizes. What the rules say never depends on how it was cut."""
import time
import unittest

from lib.case import E2ECase, proxied
from lib.peer import client_context
from lib.tlsclient import ArrangedClient, hello_of, in_records, segments


class Hello(E2ECase):
    CONFIG = {"policy": 'block everyone site blocked.sluice.test reason "not here"\n inspect everyone any'}

    def get(self, arrange, pause=0.0, name="www.sluice.test", **context):
        with self.lab.connect("10.61.2.2", 443) as peer:
            client = ArrangedClient(peer, client_context(self.sluice.ca_file, **context), name, arrange, pause)
            return client.get("/hello", name)

    def assert_served(self, arrange, pause=0.0, **context):
        answer = self.get(arrange, pause, **context)
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:300])
        self.assertTrue(answer.endswith(b"hello from the origin\n"), answer[-100:])

    def test_one_byte_a_segment(self):
        self.assert_served(lambda flight: segments(flight, 1))

    def test_three_bytes_then_a_pause(self):
        self.assert_served(lambda flight: [flight[:3], flight[3:]], pause=1.0)

    def test_records_of_every_size(self):
        for size in (1, 4, 50, 100, 200):
            with self.subTest(record=size):
                self.assert_served(lambda flight, size=size: [in_records(flight, size)])

    def test_records_in_segments_of_their_own(self):
        for size, pause in ((50, 0.01), (150, 0.1)):
            with self.subTest(record=size):
                self.assert_served(lambda flight, size=size: segments(in_records(flight, size), size + 5), pause)

    def test_fifteen_and_forty_kilobytes(self):
        for count in (75, 200):
            with self.subTest(kilobytes=count // 5):
                self.assert_served(lambda flight: [in_records(flight, 16000)],
                                   alpn=[f"{number:03d}" + "x" * 197 for number in range(count)] + ["http/1.1"])

    @proxied
    def test_the_verdict_is_the_same_however_it_is_cut(self):
        for arrange in (lambda flight: [flight], lambda flight: segments(flight, 1), lambda flight: [in_records(flight, 1)],
                        lambda flight: segments(in_records(flight, 40), 7)):
            answer = self.get(arrange, name="blocked.sluice.test")
            self.assertTrue(answer.startswith(b"HTTP/1.1 403 "), answer[:300])

    @proxied
    def test_more_than_64_kilobytes_are_refused_early(self):
        declared = b"\x16\x03\x01\x40\x00\x01\xff\xff\xff\x03\x03" + bytes(16384 - 6)
        with self.lab.connect("10.61.2.2", 443) as peer:
            try:
                for _ in range(64):
                    peer.send(declared)
                    declared = b"\x16\x03\x01\x40\x00" + bytes(16384)
                ended = peer.ended()
            except ConnectionError:
                ended = "reset"
        self.assertTrue(ended in ("fin", "reset") or ended.startswith("data b'\\x15\\x03"), ended)
        self.assert_others_untouched()

    @proxied
    def test_half_a_hello_and_silence_is_ended_within_its_time(self):
        flight, _ = hello_of(client_context(), "www.sluice.test")
        with self.lab.connect("10.61.2.2", 443) as peer:
            peer.socket.settimeout(40)
            peer.send(flight[:len(flight) // 2])
            began = time.monotonic()
            ended = peer.ended()
        self.assertLess(time.monotonic() - began, 30)
        self.assertTrue(ended in ("fin", "reset") or ended.startswith("data b'\\x15\\x03"), ended)


if __name__ == "__main__":
    unittest.main()
