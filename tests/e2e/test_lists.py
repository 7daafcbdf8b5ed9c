"""Lists from a server: fetched, checked before they replace the last copy, taken over without a reload by hand."""
import contextlib
import gzip
import io
import os
import pty
import select
import subprocess
import tarfile
import threading
import unittest

from lib.case import E2ECase, proxied
from lib.lab import address4, address6
from lib.scripted import ScriptedServer
from lib.wait import wait_until

TEMPFAIL = 75


def names(first, count):
    return "".join(f"n{i}.{first}\n" for i in range(count)) + f"{first}\n"


def archive(**categories):
    """A packed tar as UT1 ships its lists: a folder for each category."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.GNU_FORMAT) as tar:
        for category, text in categories.items():
            entry = tarfile.TarInfo(f"blacklists/{category}/domains")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


@proxied
class Lists(E2ECase):
    CONFIG = None
    TIME_LIMIT = 120

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx.write("lists/games", names("sub.blocked.sluice.test", 20))
        cls.nginx.write("lists/packed.gz", gzip.compress(b"# License: CC0\n" + names("git.sluice.test", 3).encode()))
        cls.nginx.write("lists/ut1.tar.gz", archive(adult=names("passed.sluice.test", 3), bank="bank.example\n"))
        cls.nginx.write("lists/secure", "p384.sluice.test\n")
        cls.nginx.write("lists/six", "apt.sluice.test\n")
        cls.own = os.path.join(cls.lab.make_directory("own"), "allow")
        with open(cls.own, "w", encoding="ascii") as out:
            out.write("n1.sub.blocked.sluice.test\n")
        cls.goes_on = threading.Event()
        cls.goes_on.set()
        ScriptedServer(cls.lab, cls.serve_in_halves)
        from lib.daemon import Sluice
        cls.sluice = Sluice(cls.lab, extra=f"""
            list games  {{ url http://www.sluice.test/lists/games  category games }}
            list packed {{ url http://{address4(2)}/lists/packed.gz  category packed  refresh 60s }}
            list secure {{ url https://www.sluice.test/lists/secure  category secure }}
            list forged {{ url https://selfsigned.sluice.test/lists/secure  category forged }}
            list six    {{ url "http://[{address6(2)}]/lists/six"  category six }}
            list halves {{ url http://{address4(5)}/list  category halves }}
            list ut1    {{ url http://www.sluice.test/lists/ut1.tar.gz }}
            list down   {{ url http://down.sluice.test/list  category never }}
            list own    {{ path {cls.own}  allow yes }}""", policy="""
            block everyone category games packed secure forged six reason "listed"
            block everyone category adult never reason "of the archive"
            inspect everyone any""").start()
        cls.wait_blocked("http://sub.blocked.sluice.test/hello")

    @classmethod
    def serve_in_halves(cls, peer):
        body = names("halves.example", 150000)[:2 << 20].encode()
        peer.read_until(b"\r\n\r\n")
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:len(body) // 2])
        cls.goes_on.wait(30)
        peer.send(body[len(body) // 2:])

    @classmethod
    def wait_blocked(cls, url, blocked=True):
        def is_so():
            done = cls.lab.run(cls.lab.client, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", url)
            return (done.stdout == "403") == blocked
        wait_until(is_so, f"{url} is {'' if blocked else 'not '}blocked", 30)

    def update(self, *arguments):
        return self.sluice.ctl("lists", "update", *arguments)

    def row(self, name):
        rows = self.sluice.ctl_json("lists", "status")["lists"]
        return next(row for row in rows if row["list"] == name)

    def restore_games(self):
        self.nginx.write("lists/games", names("sub.blocked.sluice.test", 20))
        done = self.update("--force", "games")
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)

    def test_all_that_can_be_had_is_in_force_soon_after_the_start(self):
        self.wait_blocked("http://git.sluice.test/hello")
        self.wait_blocked("http://apt.sluice.test/hello")
        self.wait_blocked("http://passed.sluice.test/hello")
        self.assertEqual(self.status_of("http://www.sluice.test/hello"), 200)
        row = self.row("packed")
        self.assertEqual((row["names"], row["licence"], row["error"]), (4, "CC0", "-"))
        self.assertLessEqual(row["next_seconds"], 60)
        self.assertEqual(self.row("ut1")["format"], "squidguard")

    def test_a_list_by_https_is_from_who_it_says(self):
        wait_until(lambda: self.row("secure")["names"] == 1, "it came")
        self.wait_blocked("http://p384.sluice.test/hello")
        wait_until(lambda: self.row("forged")["failures"] > 0, "the failure is told")
        self.assertEqual(self.row("forged")["names"], 0)
        self.assertIn("certificate", self.row("forged")["error"])

    def test_a_list_that_cannot_be_had_is_told_and_hurts_no_other(self):
        wait_until(lambda: self.row("down")["failures"] > 0, "the failure is told")
        row = self.row("down")
        self.assertNotEqual(row["error"], "-")
        self.assertEqual(row["names"], 0)
        for _ in range(3):
            self.assertEqual(self.update("down").returncode, TEMPFAIL)
        alarm = {alarm["name"]: alarm for alarm in self.sluice.ctl_json("status")["alarms"]}["lists"]
        self.assertIn('"down", which never came', alarm["text"])
        self.assert_others_untouched()

    def test_a_change_is_taken_over_and_open_connections_go_on(self):
        host = "any.sluice.test"
        generation = self.sluice.ctl_json("status")["generation"]
        with self.lab.connect(host, 80) as peer:
            self.assertEqual(peer.request("/hello", host).status, 200)
            self.nginx.write("lists/games", names("sub.blocked.sluice.test", 20) + host + "\n")
            done = self.update("games")
            self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
            self.assertEqual(self.status_of(f"http://{host}/hello"), 403)
            self.assertGreater(self.sluice.ctl_json("status")["generation"], generation)
            # The connection stays; its next request is judged by the new lists.
            self.assertEqual(peer.request("/hello", host).status, 403)
        self.restore_games()
        self.assertEqual(self.status_of(f"http://{host}/hello"), 200)

    def test_a_terminal_is_shown_how_many_bytes_of_how_many_have_come(self):
        self.goes_on.clear()
        ours, its = pty.openpty()
        command = self.lab.gateway.command(self.sluice.program("sluicectl"), "-c", self.sluice.conf, "lists", "update", "halves")
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its) as update:
            os.close(its)
            shown = b""
            try:
                while b"halves fetching: 1.0 MiB of 2.0 MiB" not in shown:
                    self.assertIsNone(update.poll(), shown)
                    shown += os.read(ours, 4096)
            finally:
                self.goes_on.set()
            while update.poll() is None:
                if select.select([ours], [], [], 0.2)[0]:
                    with contextlib.suppress(OSError):  # the other side is gone
                        shown += os.read(ours, 4096)
            self.assertEqual(update.returncode, 0, shown)
        os.close(ours)
        self.assertRegex(shown, rb"\[#{15}\.{15}\] 0 of 1 lists, halves fetching")

    def test_what_is_current_is_not_sent_again(self):
        before = len([line for line in self.nginx.requests() if "/lists/six" in line and '" 304' in line])
        generation = self.sluice.ctl_json("status")["generation"]
        done = self.update("six")
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_until(lambda: len([line for line in self.nginx.requests() if "/lists/six" in line and '" 304' in line]) > before,
                   "the server has answered that nothing changed")
        self.assertEqual(self.sluice.ctl_json("status")["generation"], generation)

    def test_a_list_that_shrinks_is_refused_until_it_is_forced(self):
        self.restore_games()
        self.nginx.write("lists/games", "raw.sluice.test\n")
        done = self.update("games")
        self.assertEqual(done.returncode, TEMPFAIL)
        self.assertIn("shrunk from 21 to 1 entries", done.stdout)
        self.assertIn("shrunk from 21 to 1", self.row("games")["error"])
        self.assertEqual(self.status_of("http://sub.blocked.sluice.test/hello"), 403)
        self.assertEqual(self.update("--force", "games").returncode, 0)
        self.assertNotEqual(self.status_of("http://sub.blocked.sluice.test/hello"), 403)
        self.assertEqual(self.row("games")["names"], 1)
        self.restore_games()

    def test_bad_bodies_leave_the_last_copy(self):
        whole = archive(adult=names("passed.sluice.test", 3000))
        for bad in (b"", b"<html><body>404</body></html>\n", whole[:len(whole) // 2], b"\x1f\x8b\x08\x00garbage", os.urandom(5000)):
            self.nginx.write("lists/ut1.tar.gz", bad)
            self.assertEqual(self.update("ut1").returncode, TEMPFAIL, bad[:20])
            self.assertEqual(self.status_of("http://passed.sluice.test/hello"), 403)
        os.remove(os.path.join(self.nginx.files, "lists/ut1.tar.gz"))
        self.assertEqual(self.update("ut1").returncode, TEMPFAIL)
        self.nginx.write("lists/ut1.tar.gz", archive(adult=names("passed.sluice.test", 3), bank="bank.example\n"))
        self.assertEqual(self.update("ut1").returncode, 0)
        self.assertEqual(self.row("ut1")["error"], "-")

    def test_an_allowing_list_beats_a_fetched_one(self):
        found = self.sluice.ctl_json("lists", "test", "x.n1.sub.blocked.sluice.test")
        self.assertEqual(found["categories"], [])
        self.assertEqual([row["category"] for row in found["evidence"] if row["list"] == "own"], ["(allowed)"])

    def test_a_test_names_the_line_that_says_so(self):
        found = self.sluice.ctl_json("lists", "test", "http://www.n0.sub.blocked.sluice.test/x")
        self.assertEqual(found["categories"], ["games"])
        self.assertIn({"entry": "n0.sub.blocked.sluice.test", "category": "games", "list": "games", "line": 1,
                       "file": os.path.join(self.sluice.state_dir, "lists/games/body")}, found["evidence"])
        self.assertIn("sub.blocked.sluice.test", [row["entry"] for row in found["evidence"]])

    def test_an_added_list_is_checked_written_and_fetched(self):
        folder = os.path.join(self.sluice.directory, "conf.d")
        for bad in (("games", "--url", "http://www.sluice.test/"), ("x", "--url", "ftp://www.sluice.test/"), ("../x", "--url", "http://a/"),
                    ("x",), ("x", "--path", "/a", "--format", "what"), ("x", "--path", "/a\" allow \"yes")):
            self.assertNotEqual(self.sluice.ctl("lists", "add", *bad).returncode, 0, bad)
        self.assertEqual(os.listdir(folder) if os.path.isdir(folder) else [], [])
        self.nginx.write("lists/more", "npm.sluice.test\n")
        done = self.sluice.ctl("lists", "add", "more", "--url", "http://www.sluice.test/lists/more", "--category", "games")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(folder), ["list-more.conf"])
        self.wait_blocked("http://npm.sluice.test/hello")
        self.assertNotEqual(self.sluice.ctl("lists", "add", "more", "--url", "http://www.sluice.test/").returncode, 0)
        os.remove(os.path.join(folder, "list-more.conf"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.status_of("http://npm.sluice.test/hello"), 200)

    def test_the_copies_are_used_at_a_start_without_a_server(self):
        os.rename(os.path.join(self.nginx.files, "lists"), os.path.join(self.nginx.files, "away"))
        try:
            self.assertEqual(self.sluice.stop(), 0)
            os.remove(os.path.join(self.sluice.state_dir, "lists/categories.db"))
            self.sluice.start()
            self.assertEqual(self.status_of("http://sub.blocked.sluice.test/hello"), 403)
        finally:
            os.rename(os.path.join(self.nginx.files, "away"), os.path.join(self.nginx.files, "lists"))


if __name__ == "__main__":
    unittest.main()
