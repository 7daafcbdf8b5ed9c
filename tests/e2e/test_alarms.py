"""What grows old is an alarm: in the log, and in the status with what helps."""
import base64
import hashlib
import json
import os
import subprocess
import time
import unittest

from lib import paths
from lib.authority import Authority
from lib.case import E2ECase, needs_program, proxied
from lib.daemon import Sluice
from lib.scripted import ScriptedServer, answer
from lib.wait import wait_until

SANITIZED = b"__asan_init" in open(paths.built("sluicectl"), "rb").read()
URL = "http://raw.sluice.test/short.crl"     # 10.61.2.5 and fd61:2::5
DAY = 86400


def log_list(days):
    """A list of transparency logs that was made so many days ago."""
    key = subprocess.run("openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -pubout -outform DER", shell=True, check=True,
                         capture_output=True).stdout
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * DAY))
    log = {"description": "a log", "log_id": base64.b64encode(hashlib.sha256(key).digest()).decode(), "key": base64.b64encode(key).decode(),
           "url": "https://log.example/", "mmd": 86400, "state": {"usable": {"timestamp": "2024-01-01T00:00:00Z"}}}
    return json.dumps({"version": "1.0", "log_list_timestamp": made, "operators": [{"name": "one", "email": [], "logs": [log]}]})


@proxied
class Alarms(E2ECase):
    CONFIG = None

    @classmethod
    def origin_arguments(cls):
        cls.authority = Authority(cls.lab, "short-ica")
        return {"more": {"short.crl.test": cls.authority.leaf("short.crl.test", crl_url=URL, complete=True)}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ScriptedServer(cls.lab, lambda peer: (peer.read_message(), peer.send(answer(cls.authority.crl(seconds=1)))), last=5)
        cls.logs = os.path.join(cls.lab.make_directory("ct"), "log_list.json")
        cls.write_logs(71)
        cls.sluice = Sluice(cls.lab, tls=f"ct_logs {cls.logs}\nfetch_from 10.61.2.5 fd61:2::5",
                            extra="list old { url http://down.sluice.test/list\n category games\n refresh 1d }")
        folder = os.path.join(cls.sluice.state_dir, "lists", "old")
        os.makedirs(folder)
        os.chmod(cls.sluice.state_dir, 0o700)
        with open(os.path.join(folder, "body"), "w", encoding="ascii") as out:
            out.write("games.example\n")
        now = int(time.time())
        with open(os.path.join(folder, "state"), "w", encoding="ascii") as out:
            out.write(f"url http://down.sluice.test/list\nfetched {now - 9 * DAY}\nchecked {now - 9 * DAY}\ntried {now}\nnext {now + DAY}\nentries 1\n")
        if not SANITIZED:
            # As if it had been made 80 days ago.
            subprocess.run(["faketime", "-f", "-80d", cls.sluice.program("sluicectl"), "-c", cls.sluice.conf, "ca", "init", "--days", "90"], check=True,
                           capture_output=True)
        cls.sluice.start()

    @classmethod
    def write_logs(cls, days):
        with open(cls.logs, "w", encoding="ascii") as out:
            out.write(log_list(days))

    def alarms(self):
        return {alarm["name"]: alarm for alarm in self.sluice.ctl_json("status")["alarms"]}

    def said(self, name):
        return [line for line in self.sluice.process.output().splitlines() if f"alarm: {name}:" in line]

    def test_a_list_that_is_no_longer_brought_up_to_date(self):
        alarm = self.alarms()["lists"]
        self.assertIn('"old", of 9 days ago', alarm["text"])
        self.assertEqual(alarm["remedy"], "see sluicectl lists status")
        self.assertEqual(len(self.said("lists")), 1)     # once, however often it is looked at

    def test_transparency_logs_that_are_too_old_to_refuse_by(self):
        self.assertIn("71 days old", self.alarms()["ct_logs"]["text"])
        # It was said without anybody asking.
        self.assertEqual(len(self.said("ct_logs")), 1)
        self.write_logs(69)
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertNotIn("ct_logs", self.alarms())
        self.assertIn("is over", self.said("ct_logs")[-1])

    def test_revocation_lists_whose_next_issue_does_not_come(self):
        self.assertNotIn("crls", self.alarms())
        self.assertEqual(self.curl("-f", "--resolve", "short.crl.test:443:10.61.2.2", "https://short.crl.test/hello").returncode, 0)
        wait_until(lambda: "crls" in self.alarms(), "the list is overdue")
        self.assertIn("1 revocation lists are out of date", self.alarms()["crls"]["text"])

    @unittest.skipIf(SANITIZED, "libfaketime and the sanitizers stand in each other's way")
    @needs_program("faketime")
    def test_the_ca_ends_soon(self):
        status = self.sluice.ctl_json("status")
        self.assertIn(status["ca_days_left"], (9, 10))
        self.assertRegex(self.alarms()["ca"]["text"], "the CA ends in (9|10) days")
        self.assertIn("sluicectl ca rotate", self.alarms()["ca"]["remedy"])
        self.assertEqual(len(self.said("ca")), 1)
        # For people, too.
        self.assertIn("the CA ends in", self.sluice.ctl("status").stdout)


if __name__ == "__main__":
    unittest.main()
