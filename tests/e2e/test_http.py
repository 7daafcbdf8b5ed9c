"""Plain HTTP through the gateway, by IPv4 and IPv6, steered by REDIRECT and by TPROXY."""
import hashlib
import os
import unittest

from lib.case import E2ECase, proxied


class HttpByRedirect(E2ECase):
    CONFIG = {"steer": "redirect"}

    def test_a_page_arrives_over_ipv4(self):
        self.assertEqual(self.fetch("http://www.sluice.test/hello", "-4"), "hello from the origin\n")

    def test_a_page_arrives_over_ipv6(self):
        self.assertEqual(self.fetch("http://www.sluice.test/hello", "-6"), "hello from the origin\n")

    def test_a_megabyte_arrives_byte_for_byte(self):
        done = self.lab.run(self.lab.client, "curl", "-sS", "http://www.sluice.test/1m", text=False)
        self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), hashlib.sha256(bytes(range(256)) * 4096).hexdigest())

    def test_an_upload_arrives_byte_for_byte(self):
        data = os.urandom(3 << 20)
        path = self.lab.path("upload.bin")
        with open(path, "wb") as out:
            out.write(data)
        self.assertEqual(self.status_of("http://www.sluice.test/uploads/length", "-T", path), 201)
        with open(os.path.join(self.nginx.uploads, "length"), "rb") as arrived:
            self.assertEqual(hashlib.sha256(arrived.read()).digest(), hashlib.sha256(data).digest())

    def test_a_chunked_upload_arrives_byte_for_byte(self):
        data = os.urandom(1 << 20)
        path = self.lab.path("chunked.bin")
        with open(path, "wb") as out:
            out.write(data)
        self.assertEqual(self.status_of("http://www.sluice.test/uploads/chunked", "-T", path, "-H", "Transfer-Encoding: chunked"), 201)
        with open(os.path.join(self.nginx.uploads, "chunked"), "rb") as arrived:
            self.assertEqual(hashlib.sha256(arrived.read()).digest(), hashlib.sha256(data).digest())

    @proxied
    def test_the_origin_is_reached_at_the_address_the_client_chose(self):
        # The name resolves to another address for everybody else; only the client's own destination counts.
        self.assertEqual(self.fetch("http://www.sluice.test/hello?chosen", "--connect-to", "www.sluice.test:80:10.61.2.3:80"),
                         "hello from the origin\n")
        record, = self.sluice.wait_records(1, url__full="http://www.sluice.test/hello?chosen")
        self.assertEqual((record["destination.ip"], record["destination.port"]), ("10.61.2.3", 80))

    @proxied
    def test_a_connection_to_the_proxys_own_port_is_refused(self):
        for address in ("10.61.1.1", "fd61:1::1"):
            with self.subTest(address=address):
                try:
                    peer = self.lab.connect(address, 3129)
                except ConnectionRefusedError:
                    continue
                with peer:
                    try:
                        peer.send("GET / HTTP/1.1\r\nHost: www.sluice.test\r\n\r\n")
                        answer = peer.socket.recv(4096)
                    except ConnectionError:
                        continue
                    self.assertFalse(answer.startswith(b"HTTP/1.1 200"), answer)
        self.assert_others_untouched()


class HttpByTproxy(HttpByRedirect):
    CONFIG = {"steer": "tproxy"}


if __name__ == "__main__":
    unittest.main()
