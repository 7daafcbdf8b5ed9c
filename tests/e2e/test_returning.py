"""Clients that come back: they resume, on both legs, and whoever comes leaves no memory behind.

With SLUICE_E2E_LONG=1 in the environment the handshakes are a hundred thousand, which takes minutes.
"""
import os
import re
import ssl
import threading
import unittest

from lib import paths
from lib.case import E2ECase, proxied
from lib.peer import client_context
from lib.process import status_field
from lib.wait import wait_until

LONG = bool(os.environ.get("SLUICE_E2E_LONG"))
CLIENTS = 200  # four at a time: of the first ones some find no connection or session of theirs on either thread yet
HANDSHAKES = 100_000 if LONG else 1000  # of each kind
GROWTH_KIB = 2 * 1024                   # what the allocator may need; a session of its own would be 2 KiB


@proxied
class Returning(E2ECase):
    TIME_LIMIT = 1800 if LONG else 120

    def visit(self, context, name, target, session=None):
        """(whether it was resumed, a session for the next time)"""
        with self.lab.connect(name, 443) as peer:
            peer.socket = context.wrap_socket(peer.socket, server_hostname=name, session=session, suppress_ragged_eofs=False)
            self.assertEqual(peer.request(target, host=name, fields="Connection: close\r\n").status, 200)
            return peer.socket.session_reused, peer.socket.session

    def test_of_two_hundred_returning_clients_nearly_all_resume_on_both_legs(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(self.sluice.ca_file, minimum=version, maximum=version)
            known = [self.visit(context, "www.sluice.test", f"/hello?first-{version.name}")[1] for _ in range(CLIENTS)]
            self.sluice.mark()
            again = [None] * CLIENTS

            def come_back(part, context=context, known=known, again=again, version=version):
                for number in part:
                    again[number] = self.visit(context, "www.sluice.test", f"/hello?again-{version.name}", known[number])[0]
            threads = [threading.Thread(target=come_back, args=(range(first, CLIENTS, 4),)) for first in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertGreaterEqual(again.count(True), CLIENTS * 0.95)
            records = self.sluice.wait_records(CLIENTS, url__full=f"https://www.sluice.test/hello?again-{version.name}")
            cheap = [record for record in records if record.get("sluice.origin.resumed") or record.get("sluice.origin.reused")]
            self.assertGreaterEqual(len(cheap), CLIENTS * 0.95)

    def handshakes(self, count, *arguments):
        """So many handshakes by openssl s_time, in runs of a few seconds."""
        done = 0
        while done < count:
            run = self.lab.run(self.lab.client, "openssl", "s_time", "-connect", "10.61.2.2:443", "-time", "20" if LONG else "2", "-CAfile",
                               self.sluice.ca_file, *arguments, timeout=120)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            done += int(re.search(r"(\d+) connections in [\d.]+s", run.stdout).group(1))
        return done

    @unittest.skipIf(paths.is_sanitized(), "the sanitizers keep what was freed for a while")
    def test_handshakes_leave_no_memory_behind(self):
        worker = self.sluice.worker()
        kinds = (["-new"], ["-new", "-tls1_2"], ["-reuse"], ["-reuse", "-tls1_2"])
        for kind in kinds:
            self.handshakes(HANDSHAKES // 3, *kind)
        before = status_field(worker, "VmRSS")
        for kind in kinds:
            self.handshakes(HANDSHAKES, *kind)
        wait_until(lambda: self.sluice.ctl_json("status")["sessions"] == 0, "no connection is left")
        growth = status_field(worker, "VmRSS") - before
        print(f"the worker grew by {growth} KiB")
        self.assertLess(growth, GROWTH_KIB)


if __name__ == "__main__":
    unittest.main()
