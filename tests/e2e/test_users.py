"""Who a client is: users from files that other systems write, read anew when they change, and hardware addresses."""
import os
import unittest

from lib.case import E2ECase, proxied
from lib.lab import CLIENT4, CLIENT6
from lib.wait import wait_until

SECOND4 = "10.61.1.3"


@proxied
class Users(E2ECase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from lib.daemon import Sluice
        cls.lab.client.ip("address", "add", f"{SECOND4}/24", "dev", "eth0")
        cls.mac = cls.lab.run(cls.lab.client, "cat", "/sys/class/net/eth0/address").stdout.strip()
        cls.users = cls.lab.path("users")
        cls.write_users(f"{CLIENT4} anna teachers\n{SECOND4} bert\n")
        cls.members = cls.lab.path("members")
        cls.write_members("dora\n")
        cls.sluice = Sluice(cls.lab, extra=f"""
            clients {{ users {cls.users} {cls.lab.path("not-there-yet")} }}
            group annas    {{ user anna }}
            group teachers {{ user @teachers }}
            group pupils   {{ user @pupils carl }}
            group listed   {{ users {cls.members} }}
            group known    {{ mac {cls.mac} }}
            group stranger {{ mac 02:ff:ff:ff:ff:ff }}
            """, policy="""
                block stranger any
                block annas    site blocked.sluice.test        reason "not anna"
                block listed   site any.sluice.test/members
                inspect teachers any
                block pupils   site any.sluice.test
                block known    site p384.sluice.test
                inspect everyone any""").start()

    CONFIG = None

    @classmethod
    def write_users(cls, text):
        """As other systems should: a new file in the place of the old one."""
        with open(cls.users + ".new", "w", encoding="ascii") as out:
            out.write(text)
        os.rename(cls.users + ".new", cls.users)

    @classmethod
    def write_members(cls, text):
        with open(cls.members + ".new", "w", encoding="ascii") as out:
            out.write(text)
        os.rename(cls.members + ".new", cls.members)

    def status(self, name, source=CLIENT4, path="/hello", port=80):
        with self.lab.connect(name, port, (source, 0)) as peer:
            return peer.request(path, name).status

    def tearDown(self):
        self.write_users(f"{CLIENT4} anna teachers\n{SECOND4} bert\n")
        wait_until(lambda: self.status("blocked.sluice.test") == 403 and self.status("blocked.sluice.test", SECOND4) == 200,
                   "the users of the beginning are known")

    def test_two_clients_are_two_users(self):
        self.assertEqual(self.status("blocked.sluice.test"), 403)
        self.assertEqual(self.status("blocked.sluice.test", SECOND4), 200)
        anna = self.sluice.wait_records(1, source__ip=CLIENT4, url__domain="blocked.sluice.test")[-1]
        self.assertEqual((anna["user.name"], anna["user.roles"], anna["event.action"]), ("anna", ["teachers"], "block"))
        bert = self.sluice.wait_records(1, source__ip=SECOND4, url__domain="blocked.sluice.test")[-1]
        self.assertEqual((bert["user.name"], bert.get("user.roles")), ("bert", None))

    def test_a_change_is_known_on_the_connection_that_stands(self):
        with self.lab.connect("any.sluice.test", 80, (SECOND4, 0)) as peer:
            self.assertEqual(peer.request("/hello", "any.sluice.test").status, 200)
            self.write_users(f"{CLIENT4} anna teachers\n{SECOND4} carl\n")
            wait_until(lambda: peer.request("/hello", "any.sluice.test").status == 403, "the new user is known")
            self.write_users(f"{CLIENT4} anna teachers\n{SECOND4} dora pupils\n")
            wait_until(lambda: peer.request("/hello", "any.sluice.test").status == 403 and
                       any(record.get("user.name") == "dora" for record in self.sluice.records()[-50:]), "a group does the same")
            self.write_users(f"{CLIENT4} anna teachers\n{SECOND4} dora pupils until 1000000000\n")
            wait_until(lambda: peer.request("/hello", "any.sluice.test").status == 200, "who has gone is nobody")

    def test_members_of_a_group_come_and_go_with_its_file(self):
        """Without a reload: what else stands in the configuration's own files meanwhile is not read."""
        with open(self.sluice.conf, encoding="utf-8") as file:
            whole = file.read()
        with self.lab.connect("any.sluice.test", 80, (CLIENT4, 0)) as peer:
            self.assertEqual(peer.request("/members", "any.sluice.test").status, 404)
            try:
                self.sluice.write(whole.replace("block listed ", "this is half of a"))
                self.write_members("# of today\nanna\n")
                wait_until(lambda: peer.request("/members", "any.sluice.test").status == 403, "the member is known")
                os.remove(self.members)
                wait_until(lambda: f"{self.members} cannot be read" in self.sluice.process.output(), "it is said that the file is gone")
                self.assertEqual(peer.request("/members", "any.sluice.test").status, 403, "the members that are known stay")
            finally:
                self.sluice.write(whole)
                self.write_members("dora\n")
            wait_until(lambda: peer.request("/members", "any.sluice.test").status == 404, "the member has gone")
            self.write_members("anna\n")
            wait_until(lambda: peer.request("/members", "any.sluice.test").status == 403, "and comes back")
            self.write_members("dora\n")
            wait_until(lambda: peer.request("/members", "any.sluice.test").status == 404, "the members of the beginning are known")
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)

    def test_a_bad_line_is_named_and_the_rest_holds(self):
        self.write_users(f"nonsense\n{SECOND4} carl\n")
        wait_until(lambda: self.status("any.sluice.test", SECOND4) == 403, "the good line holds")
        wait_until(lambda: f"{self.users}:1:" in self.sluice.process.output(), "the bad one is named")

    def test_the_check_names_what_is_wrong_in_the_files(self):
        self.write_users(f"{SECOND4} carl\n10.61.1.9 @staff\n")
        done = self.sluice.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{self.users}:2:1: warning:", done.stderr)
        self.assertIn("not-there-yet", done.stderr)

    def test_a_file_that_comes_later_is_read(self):
        path = self.lab.path("not-there-yet")
        with open(path, "w", encoding="ascii") as out:
            out.write(f"{SECOND4} carl\n{CLIENT6} carl\n")
        try:
            wait_until(lambda: self.status("any.sluice.test", SECOND4) == 403, "the user of the second file is known")
            self.assertEqual(self.status_of("http://any.sluice.test/hello", "-6"), 403)
        finally:
            os.remove(path)
        wait_until(lambda: self.status("any.sluice.test", SECOND4) == 200, "without the file he is nobody")

    def test_a_worker_that_is_started_again_knows_the_users(self):
        os.kill(self.sluice.worker(), 9)
        self.sluice.wait_ready()
        wait_until(lambda: self.status("blocked.sluice.test") == 403, "anna is known")

    def test_the_hardware_address_is_a_fact(self):
        for source in (CLIENT4, SECOND4):
            with self.subTest(source=source):
                self.assertEqual(self.status("www.sluice.test", source), 200)
        self.assertEqual(self.status("p384.sluice.test", SECOND4), 403)
        self.assertEqual(self.status_of("http://p384.sluice.test/hello", "-6"), 403)
        record = self.sluice.wait_records(1, source__ip=CLIENT6, url__domain="p384.sluice.test")[-1]
        self.assertEqual(record["source.mac"], self.mac)

    def test_explain_says_the_same_and_who(self):
        for arguments, verb in ((("--client", CLIENT4), "block"), (("--client", SECOND4), "inspect"), (("--client", SECOND4, "--user", "anna"), "block"),
                                (("--client", CLIENT4, "--user", "carl"), "inspect")):
            with self.subTest(arguments=arguments):
                explained = self.sluice.ctl_json("explain", *arguments, "--mac", self.mac, "--url", "http://blocked.sluice.test/hello")
                self.assertEqual(explained["verb"], verb)
        explained = self.sluice.ctl_json("explain", "--client", SECOND4, "--user", "x,@pupils", "--mac", self.mac, "--url", "http://any.sluice.test/")
        self.assertEqual(explained["verb"], "block")


if __name__ == "__main__":
    unittest.main()
