"""A date that cannot be relied on: TLS is not read until it is right again. The supervisor sees a false date by libfaketime; the machine's
clock is left alone, and the daemon's other processes see the true one."""
import glob
import os
import socket
import ssl
import subprocess
import time
import unittest

from lib import paths
from lib.case import E2ECase, proxied
from lib.daemon import Sluice
from lib.wait import wait_until

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
SANITIZED = paths.is_sanitized()


@proxied
@unittest.skipIf(SANITIZED, "libfaketime and the sanitizers stand in each other's way")
@unittest.skipUnless(FAKETIME, "libfaketime is not installed")
class Clock(E2ECase):
    CONFIG = {"policy": "block everyone site blocked.sluice.test\ninspect everyone any"}

    @classmethod
    def setUpClass(cls):
        config, cls.CONFIG = cls.CONFIG, None
        super().setUpClass()
        cls.CONFIG = config
        cls.sluice = Sluice(cls.lab, **config)
        cls.date = os.path.join(cls.sluice.directory, "date")
        cls.set_date("@1970-01-02 00:00:00")
        cls.sluice.start(environment={
            "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": cls.date, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"})

    @classmethod
    def set_date(cls, text):
        with open(cls.date + ".new", "w", encoding="ascii") as out:
            out.write(text + "\n")
        os.rename(cls.date + ".new", cls.date)

    def alarms(self):
        return {alarm["name"]: alarm for alarm in self.sluice.ctl_json("status")["alarms"]}

    def on_failure(self, what):
        self.sluice.write(self.sluice.configuration(**self.CONFIG).replace("on_failure open", f"on_failure {what}"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)

    def assert_read(self):
        for family in ("-4", "-6"):
            self.assertEqual(self.fetch("https://www.sluice.test/hello", family), "hello from the origin\n")

    def assert_not_read(self):
        """Passed as it is: the origin's own certificate, nobody of ours."""
        self.sluice.mark()
        for family in ("-4", "-6"):
            self.assertEqual(self.fetch("https://www.sluice.test/hello", family, "--cacert", self.lab.root_ca, ca=False), "hello from the origin\n")
        for record in self.sluice.wait_records(2, url__domain="www.sluice.test", event__dataset="sluice.flow"):
            self.assertEqual((record["event.action"], record["rule.reason"]), ("pass", "date cannot be relied on"))
        # What is blocked by its name stays so, and what needs no certificate is filtered as ever.
        self.assertNotEqual(self.curl("-k", "https://blocked.sluice.test/").returncode, 0)
        self.assertEqual(self.status_of("http://blocked.sluice.test/"), 403)
        self.assertEqual(self.fetch("http://www.sluice.test/hello"), "hello from the origin\n")

    def assert_refused(self):
        self.sluice.mark()
        for family in ("-4", "-6"):
            self.assertEqual(self.curl(family, "-k", "https://www.sluice.test/hello").returncode, 35)
        for record in self.sluice.wait_records(2, url__domain="www.sluice.test", event__dataset="sluice.flow"):
            self.assertEqual((record["event.action"], record["rule.reason"]), ("block", "date cannot be relied on"))

    def test_1_a_machine_that_begins_in_1970_comes_right_by_itself(self):
        self.assertIn("before this program was made", self.alarms()["clock"]["text"])
        self.assert_not_read()
        self.assertGreaterEqual(self.sluice.ctl_json("status")["counters"]["flows_unread_for_clock"], 2)
        # Nobody can say that this is right.
        done = self.sluice.ctl("clock", "accept")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("set the clock", done.stderr)
        self.on_failure("closed")
        self.assert_refused()
        self.on_failure("open")
        self.set_date("+0")
        wait_until(lambda: not self.alarms(), "the date is believed")
        self.assert_read()
        self.assertEqual(self.sluice.ctl_json("status")["clock_steps"], 1)

    def test_2_a_jump_of_two_days_stops_it_until_it_is_undone_or_accepted(self):
        self.set_date("+0")
        wait_until(lambda: not self.alarms(), "the date is believed")
        for jump in ("+2d", "-2d"):
            with self.subTest(jump=jump):
                self.set_date(jump)
                self.assertIn(f"changed by {jump[:2]}.0 days", self.alarms()["clock"]["text"])
                self.assert_not_read()
                self.set_date("+0")
                wait_until(lambda: not self.alarms(), "the date is believed again")
                self.assert_read()
        self.set_date("+2d")
        self.assertIn("clock", self.alarms())
        # A new worker knows it, too.
        old = self.sluice.worker()
        os.kill(old, 9)
        wait_until(lambda: self.sluice.role("worker") not in ([], [old]), "there is another worker")
        self.sluice.wait_ready()
        self.assert_not_read()
        self.assertEqual(self.sluice.ctl("clock", "accept").returncode, 0)
        self.assertEqual(self.alarms(), {})
        self.assert_read()
        said = self.sluice.process.output()
        self.assertIn("alarm: clock: the machine's date was changed by", said)
        self.assertIn("alarm: clock: is over", said)

    def test_4_a_ca_that_is_made_in_1970_is_valid_once_the_clock_is_set(self):
        """The signer alone, as the supervisor starts it, with the clock of a machine that has none."""
        state = self.lab.make_directory("first-boot")
        os.chmod(state, 0o700)
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, its:
            signer = subprocess.Popen(["sh", "-c", f'exec 3<&{its.fileno()}; exec "$@"', "sh", self.sluice.program("sluiced"), "--role", "signer", "nobody",
                                       os.path.join(state, "ca"), "sluice", "1"], pass_fds=[its.fileno()], stderr=subprocess.PIPE,
                                      env={"LD_PRELOAD": FAKETIME[0], "FAKETIME": "@1970-01-02 00:00:00", "TZ": "UTC"})
            its.close()
            ours.settimeout(20)
            self.assertTrue(ours.recv(1 << 20), "the signer has ended")     # its certificates
        signer.communicate(timeout=20)
        shown = subprocess.run(["openssl", "x509", "-in", os.path.join(state, "ca", "ca.crt"), "-noout", "-startdate", "-enddate"], check=True,
                               capture_output=True, text=True).stdout
        begin, end = (ssl.cert_time_to_seconds(line.split("=")[1]) for line in shown.splitlines())
        self.assertGreater(begin, ssl.cert_time_to_seconds("Nov 19 00:00:00 2026 GMT"), shown)
        self.assertLess(begin, time.time())
        self.assertGreater(end, time.time() + 9 * 365 * 86400)

    def test_3_the_kernel_tells_when_the_date_is_set(self):
        folder = f"/proc/{self.sluice.process.pid}/fdinfo"
        shown = []
        for number in os.listdir(folder):
            with open(os.path.join(folder, number), encoding="ascii") as text:
                shown.append(text.read())
        # A timer of CLOCK_REALTIME with TFD_TIMER_ABSTIME and TFD_TIMER_CANCEL_ON_SET: timerfd_create(2), proc(5).
        self.assertTrue([text for text in shown if "clockid: 0\n" in text and "settime flags: 03\n" in text], shown)


if __name__ == "__main__":
    unittest.main()
