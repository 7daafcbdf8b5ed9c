"""gRPC, unary and streaming, with a real client and server (`@grpc/grpc-js` from npm)."""
import json
import unittest

from lib import nodejs
from lib.case import DIRECT, E2ECase, needs_program, proxied
from lib.h2servers import wait_listening
from lib.lab import address4

DEADLINE_EXCEEDED, FAILED_PRECONDITION, UNIMPLEMENTED = 4, 9, 12


@needs_program("npm")
class Grpc(E2ECase):
    ORIGIN = False
    TIME_LIMIT = 90

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = nodejs.install(cls.lab)
        chain, key = cls.lab.certificate("any")
        cls.server = cls.lab.start("grpc-server", [*nodejs.script("grpc_server.js"), address4(6), key, chain], cls.lab.origin, env=cls.environment)
        wait_listening(cls.lab, cls.server, address4(6), 443)

    def run_client(self):
        done = self.lab.run(self.lab.client, *nodejs.script("grpc_client.js"), address4(6), "node.sluice.test", self.sluice.ca_file,
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def test_calls_of_every_kind_come_back_with_their_status(self):
        seen = self.run_client()
        self.assertEqual(seen["say"], {"value": {"text": "grüße"}, "code": 0, "details": "", "head": "question", "trailer": "from the server",
                                       "data": [0, 255, 1]})
        self.assertEqual(seen["big"], 3 << 20)
        self.assertEqual((seen["fail"]["code"], seen["fail"]["details"]), (FAILED_PRECONDITION, "not — today"))
        self.assertEqual((seen["deadline"], seen["missing"]), (DEADLINE_EXCEEDED, UNIMPLEMENTED))
        self.assertEqual((seen["count"], seen["sum"]), (1000, 500500))
        self.assertEqual((seen["chat"], seen["chats"]), ([100, 0], [[20, 0]] * 10))
        self.server.wait_for_output("cancelled")

    def test_a_long_call_goes_both_ways_at_once(self):
        done = self.lab.run(self.lab.client, *nodejs.script("grpc_stream_client.js"), address4(6), "node.sluice.test", self.sluice.ca_file, "5000",
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual((seen["code"], seen["here"]["inTurn"], seen["there"]["inTurn"]), (0, 5000, 5000), seen)
        # Neither waited for the other's end, nor did other calls of the connection for theirs.
        self.assertGreater(seen["here"]["meanwhile"] + seen["there"]["meanwhile"], 1000, seen)
        self.assertGreater(seen["beside"], 3, seen)
        if not DIRECT:
            record = self.sluice.wait_records(1, url__full="https://node.sluice.test/sluice.Test/Both")[0]
            self.assertGreater(min(record["http.request.body.bytes"], record["http.response.body.bytes"]), 5000 * 1000)

    @proxied
    def test_each_call_has_its_record(self):
        self.run_client()
        record = self.sluice.wait_records(1, url__full="https://node.sluice.test/sluice.Test/Chat", http__request__method="POST")[0]
        self.assertEqual((str(record["http.version"]), record["http.response.status_code"], record["event.action"]), ("2", 200, "inspect"))


if __name__ == "__main__":
    unittest.main()
