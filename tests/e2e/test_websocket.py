"""WebSocket: a real client and server (`ws` from npm) over HTTP/1.1 and TLS, and extended CONNECT over HTTP/2 (RFC 8441),
Chromium's too."""
import base64
import hashlib
import json
import os
import unittest

from lib import chromium, h2, nodejs
from lib.case import DIRECT, E2ECase, needs_program, proxied
from lib.h2 import H2Peer
from lib.h2servers import wait_listening
from lib.lab import address4
from lib.peer import client_context
from lib.scripted import ScriptedServer, websocket_echo
from lib.wait import SLOWNESS, wait_until


@needs_program("npm")
class RealPair(E2ECase):
    ORIGIN = False
    TIME_LIMIT = 90

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = nodejs.install(cls.lab)
        chain, key = cls.lab.certificate("any")
        cls.server = cls.lab.start("ws-server", [*nodejs.script("ws_server.js"), address4(6), key, chain], cls.lab.origin, env=cls.environment)
        wait_listening(cls.lab, cls.server, address4(6), 443)

    def test_messages_of_every_kind_are_echoed_and_close_codes_kept(self):
        done = self.lab.run(self.lab.client, *nodejs.script("ws_client.js"), "wss://node.sluice.test/chat?room=1",
                            env={**self.environment, "NODE_EXTRA_CA_CERTS": self.sluice.ca_file})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual(seen, {
            "protocol": "chat.v2", "text": "grüße", "path": "/chat?room=1", "plainExtensions": "", "megabyte": True, "many": 200,
            "pong": "are you there", "closeByClient": [4321, "enough"], "extensions": "permessage-deflate", "deflated": True,
            "closeByServer": [4567, "as asked"], "terminated": 1006})
        self.server.wait_for_output("closed 4321 enough")

    @proxied
    def test_one_record_tells_of_a_connection(self):
        done = self.lab.run(self.lab.client, *nodejs.script("ws_client.js"), "wss://node.sluice.test/recorded",
                            env={**self.environment, "NODE_EXTRA_CA_CERTS": self.sluice.ca_file})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        records = self.sluice.wait_records(3, url__full="https://node.sluice.test/recorded")
        self.assertEqual(len(records), 3)
        self.assertEqual({record["http.response.status_code"] for record in records}, {101})
        first = max(records, key=lambda record: record["http.response.body.bytes"])
        self.assertGreater(first["http.response.body.bytes"], 1 << 20)
        self.assertGreater(first["sluice.client.frames"], 200)
        self.assertGreater(first["sluice.origin.frames"], 200)


@needs_program("npm")
@needs_program("chromium")
class ChromiumOverHttp2(E2ECase):
    """The origin speaks HTTP/2 alone and offers extended CONNECT; whether Chromium may use it depends on what we offer."""

    ORIGIN = False
    TIME_LIMIT = 120

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = nodejs.install(cls.lab)
        chain, key = cls.lab.certificate("any")
        cls.server = cls.lab.start("ws-h2-server", [*nodejs.script("ws_h2_server.js"), address4(6), key, chain], cls.lab.origin, env=cls.environment)
        wait_listening(cls.lab, cls.server, address4(6), 443)

    def test_a_page_talks_over_many_streams_of_its_connection(self):
        browser = chromium.start(self.lab, "https://node.sluice.test/", chromium.home(self.lab, self.sluice.ca_file),
                                 f"--host-resolver-rules=MAP node.sluice.test {address4(6)}")
        self.server.wait_for_output("seen {", timeout=30)
        seen = self.server.output().split("seen ", 1)[1].splitlines()[0]
        browser.stop()
        self.assertEqual(json.loads(seen), {
            "protocol": "chat.v2", "extensions": "permessage-deflate", "text": "grüße", "megabyte": True, "many": 200, "closedHere": [4321, "enough"],
            "beside": [f"I am {number}" for number in range(10)], "closedThere": [[4567, "as asked"]] * 10})
        self.server.wait_for_output("closed 4321 enough")
        self.assertIn("connect websocket /chat?room=1\n", self.server.output())
        if not DIRECT:
            records = self.sluice.wait_records(11, http__request__method="CONNECT")
            self.assertEqual({(str(record["http.version"]), record["tls.next_protocol"], record["http.response.status_code"]) for record in records},
                             {("2", "h2", 200)})
            self.assertEqual(len({record["source.port"] for record in records}), 1)
            frames = sorted(record["sluice.client.frames"] for record in records)
            self.assertEqual(frames[:10], [3] * 10)
            self.assertGreaterEqual(frames[10], 204)  # a megabyte may be several


class Handshake(E2ECase):
    """The origin is raw.sluice.test; frames are as opaque to it as they are to the proxy."""

    ORIGIN = False
    CONFIG = {"policy": "block everyone site raw.sluice.test/forbidden\ninspect everyone any"}
    FIELDS = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nSec-WebSocket-Protocol: a, b\r\n")

    def serve(self, handler, alpn="http/1.1"):
        server = ScriptedServer(self.lab, handler, port=443, certificate="any", alpn=(alpn,))
        self.addCleanup(server.stop)
        return server

    def connect(self, alpn="http/1.1"):
        peer = self.lab.connect("raw.sluice.test", 443, timeout=20.0 * SLOWNESS)
        self.addCleanup(peer.close)
        return peer.start_tls(client_context(self.sluice.ca_file, alpn=[alpn]), "raw.sluice.test")

    def test_the_handshake_is_untouched(self):
        seen = []

        def handler(peer):
            request = peer.read_message()
            seen.append(request)
            accept = base64.b64encode(hashlib.sha1((request.get("sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
            peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: b\r\n"
                      "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Accept: ", accept, "\r\n\r\n", b"\x82\x02hi")
            peer.read_all()

        self.serve(handler)
        peer = self.connect()
        response = peer.request("/chat", fields=self.FIELDS)
        self.assertEqual(response.status, 101)
        self.assertEqual((response.get("sec-websocket-accept"), response.get("sec-websocket-protocol"), response.get("sec-websocket-extensions")),
                         ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "b", "permessage-deflate"))
        self.assertEqual(peer.read_exact(4), b"\x82\x02hi")
        self.assertEqual((seen[0].get("sec-websocket-extensions"), seen[0].get("sec-websocket-version")),
                         ("permessage-deflate; client_max_window_bits", "13"))

    def test_bytes_sent_right_behind_the_handshake_arrive(self):
        self.serve(websocket_echo)
        peer = self.connect()
        peer.send(f"GET /chat HTTP/1.1\r\nHost: raw.sluice.test\r\n{self.FIELDS}\r\n", b"\x81\x85\0\0\0\0hello")
        self.assertEqual(peer.read_message().status, 101)
        self.assertEqual(peer.read_exact(11), b"\x81\x85\0\0\0\0hello")

    @proxied
    def test_a_handshake_is_judged_like_any_request(self):
        server = self.serve(websocket_echo)
        self.assertEqual(self.connect().request("/forbidden", fields=self.FIELDS).status, 403)
        self.assertEqual(server.errors, [])

    @proxied
    def test_the_end_of_one_side_ends_the_other(self):
        ended = []

        def handler(peer):
            peer.read_message()
            peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            ended.append(peer.ended())

        self.serve(handler)
        peer = self.connect()
        self.assertEqual(peer.request("/chat", fields=self.FIELDS).status, 101)
        peer.finish()
        wait_until(lambda: ended, "the origin sees the end")

    # RFC 8441

    def websocket_head(self, path="/chat", protocol="websocket"):
        return [(":method", "CONNECT"), (":protocol", protocol), (":scheme", "https"), (":authority", "raw.sluice.test"), (":path", path),
                ("sec-websocket-version", "13")]

    @staticmethod
    def h2_echo(peer):
        server = H2Peer(peer, is_server=True, own_settings=[(h2.S_CONNECT, 1)])
        stream = server.accept()
        server.send_head(stream.number, [(":status", "200")], end=False)
        at = 0
        while not stream.ended and stream.reset is None:
            if len(stream.body) > at:
                piece = stream.body[at:]
                at += len(piece)
                server.upload(stream.number, piece, end=False)  # meanwhile more may come
            else:
                server.read_frame()
        server.send_data(stream.number)
        server.end_of_connection()

    def test_extended_connect_passes_bytes_both_ways(self):
        self.serve(self.h2_echo, alpn="h2")
        client = H2Peer(self.connect("h2"))
        client.wait(lambda: h2.S_CONNECT in client.settings)
        self.assertEqual(client.settings[h2.S_CONNECT], 1)
        stream = client.open(raw=self.websocket_head(), end=False)
        client.wait(lambda: stream.head)
        self.assertEqual(stream.status, 200)
        sent = b""
        for size in (1, 125, 70000, 1 << 20):
            data = os.urandom(size)
            sent += data
            client.upload(stream.number, data, end=False)
            client.wait(lambda: len(stream.body) >= len(sent))
            self.assertEqual(hashlib.sha256(stream.body).digest(), hashlib.sha256(sent).digest())
        client.send_data(stream.number)
        self.assertTrue(client.finish(stream).ended, stream)

    @proxied
    def test_extended_connect_is_judged_like_any_request(self):
        self.serve(self.h2_echo, alpn="h2")
        client = H2Peer(self.connect("h2"))
        client.wait(lambda: h2.S_CONNECT in client.settings)
        stream = client.finish(client.open(raw=self.websocket_head("/forbidden"), end=False))
        self.assertEqual(stream.status, 403)

    @proxied
    def test_extended_connect_for_another_protocol_is_refused(self):
        self.serve(self.h2_echo, alpn="h2")
        client = H2Peer(self.connect("h2"))
        client.wait(lambda: h2.S_CONNECT in client.settings)
        stream = client.finish(client.open(raw=self.websocket_head(protocol="connect-udp"), end=False))
        self.assertTrue(stream.reset is not None or stream.status >= 400, stream)


if __name__ == "__main__":
    unittest.main()
