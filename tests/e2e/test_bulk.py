"""Large bodies: whole, in both directions, and held back by a slow client instead of piling up in memory."""
import os
import socket
import unittest

from lib.case import E2ECase, proxied
from lib.peer import client_context
from lib.process import status_field
from lib.wait import stays

GIB = 1 << 30
SIZE = int(float(os.environ.get("SLUICE_E2E_BULK_GB", "0.5")) * GIB)
SLOW_CLIENTS = 16


class Bulk(E2ECase):
    TIME_LIMIT = 120

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx.big("big", SIZE)
        cls.nginx.big("10g", 10 * GIB)

    def assert_download(self, url):
        done = self.curl("-o", "/dev/null", "-w", "%{http_code} %{size_download}", url, timeout=100)
        self.assertEqual(done.stdout, f"200 {SIZE}", done.stderr)

    def test_a_large_download_over_http_is_whole(self):
        self.assert_download("http://www.sluice.test/big")

    def test_a_large_download_over_https_is_whole(self):
        self.assert_download("https://www.sluice.test/big")

    def test_a_large_upload_over_https_is_whole(self):
        path = self.lab.path("large")
        with open(path, "wb") as out:
            out.truncate(SIZE // 4)
        self.assertEqual(self.status_of("https://www.sluice.test/uploads/large", "-T", path, timeout=100), 201)
        self.assertEqual(os.path.getsize(os.path.join(self.nginx.uploads, "large")), SIZE // 4)
        os.unlink(os.path.join(self.nginx.uploads, "large"))

    def test_a_download_in_ranges_is_whole(self):
        data = bytes(range(256)) * 4096
        done = self.lab.run(self.lab.client, "curl", "-sSf", "--cacert", self.sluice.ca_file, "-r", "1000-500999", "https://www.sluice.test/1m",
                            text=False)
        self.assertEqual(done.stdout, data[1000:501000])

    def memory(self):
        """KiB of memory that the daemon's processes have to themselves."""
        return sum(status_field(pid, "RssAnon") for pid in self.sluice.pids())

    def slow_clients(self, port, tls):
        """Clients that asked for 10 GB, took a little of it and stopped reading."""
        peers = []
        for _ in range(SLOW_CLIENTS):
            peer = self.lab.connect("www.sluice.test", port)
            self.addCleanup(peer.close)
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            if tls:
                peer.start_tls(client_context(self.sluice.ca_file), "www.sluice.test")
            peer.send("GET /10g HTTP/1.1\r\nHost: www.sluice.test\r\n\r\n")
            peer.read_until(b"\r\n\r\n")
            peers.append(peer)
        return peers

    def assert_bounded(self, port, tls):
        self.assert_others_untouched()
        with open(f"/proc/{self.sluice.worker()}/maps", encoding="ascii") as maps:
            sanitized = "libasan" in maps.read()
        limit = SLOW_CLIENTS * (2048 if sanitized else 256) + (65536 if sanitized else 2048)
        before = self.memory()
        peers = self.slow_clients(port, tls)
        stays(lambda: self.memory() - before < limit, f"{SLOW_CLIENTS} stalled downloads cost less than {limit} KiB", 3)
        for peer in peers:
            peer.read_exact(3 << 20)
        stays(lambda: self.memory() - before < limit, f"{SLOW_CLIENTS} slow downloads cost less than {limit} KiB", 1)

    @proxied
    def test_slow_clients_of_10_gigabytes_hold_less_than_256_kib_each_over_http(self):
        self.assert_bounded(80, False)

    @proxied
    def test_slow_clients_of_10_gigabytes_hold_less_than_256_kib_each_over_https(self):
        self.assert_bounded(443, True)


if __name__ == "__main__":
    unittest.main()
