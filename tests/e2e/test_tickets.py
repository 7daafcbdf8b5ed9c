"""Session tickets towards clients: they resume what they were issued for, and nothing once policy or CA have changed."""
import os
import signal
import ssl
import unittest

from lib.case import E2ECase, proxied
from lib.peer import client_context
from lib.wait import wait_until

OPEN = "inspect everyone any"
SHUT = 'block everyone site www.sluice.test reason "shut"\n inspect everyone any'
PASSED = "pass everyone site www.sluice.test\n inspect everyone any"


@proxied
class Tickets(E2ECase):
    def tearDown(self):
        self.reload(OPEN)

    def reload(self, policy):
        self.sluice.write(self.sluice.configuration(policy))
        done = self.sluice.ctl("reload")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def visit(self, context, session=None):
        """(whether the session was resumed, the status, a session for the next time)"""
        with self.lab.connect("www.sluice.test", 443) as peer:
            peer.socket = context.wrap_socket(peer.socket, server_hostname="www.sluice.test", session=session, suppress_ragged_eofs=False)
            status = peer.request("/hello", host="www.sluice.test").status
            return peer.socket.session_reused, status, peer.socket.session

    def contexts(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version.name):
                yield client_context(self.sluice.ca_file, minimum=version, maximum=version)

    def test_a_returning_client_resumes_whether_its_name_is_warm_or_not(self):
        for context in self.contexts():
            self.reload(OPEN)       # nothing is known of the name
            resumed, status, session = self.visit(context)
            self.assertEqual((resumed, status), (False, 200))
            for _ in range(2):
                resumed, status, session = self.visit(context, session)
                self.assertEqual((resumed, status), (True, 200))

    def test_no_ticket_outlives_its_generation(self):
        for context in self.contexts():
            _, _, session = self.visit(context)
            resumed, _, session = self.visit(context, session)
            self.assertTrue(resumed)
            self.reload(OPEN)
            for _ in range(2):      # met by a name that is not known, and by one that is
                resumed, status, _ = self.visit(context, session)
                self.assertEqual((resumed, status), (False, 200))

    def test_a_host_that_was_blocked_is_not_resumed(self):
        for context in self.contexts():
            self.reload(OPEN)
            _, _, session = self.visit(context)
            self.reload(SHUT)
            resumed, status, _ = self.visit(context, session)
            self.assertEqual((resumed, status), (False, 403))

    def test_a_host_that_was_passed_meets_the_origin_itself(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.reload(OPEN)
            context = client_context(self.sluice.ca_file, minimum=version, maximum=version)
            context.load_verify_locations(self.lab.root_ca)
            _, _, session = self.visit(context)
            self.reload(PASSED)
            resumed, status, _ = self.visit(context, session)
            self.assertEqual((resumed, status), (False, 200))

    def test_z_a_ca_that_was_replaced_resumes_nothing(self):
        for command in (["rotate"], ["rotate", "--switch"]):
            self.assertEqual(self.sluice.ctl("ca", *command).returncode, 0)
        context = client_context()
        _, _, session = self.visit(context)
        self.assertTrue(self.visit(context, session)[0])
        _, _, session = self.visit(context, session)
        before = self.sluice.ctl_json("status")
        os.kill(self.sluice.role("signer")[0], signal.SIGKILL)

        def switched():
            status = self.sluice.ctl_json("status")
            return all(process["state"] == "ready" for process in status["processes"]) and status["ca_fingerprint"] != before["ca_fingerprint"]
        wait_until(switched, "the new CA signs")
        resumed, status, _ = self.visit(context, session)
        self.assertEqual((resumed, status), (False, 200))


if __name__ == "__main__":
    unittest.main()
