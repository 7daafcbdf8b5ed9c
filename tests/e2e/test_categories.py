"""Categories from lists: hosts and URLs are blocked by them, and a changed list is taken over at the next reload."""
import gzip
import os
import re
import subprocess
import tempfile
import unittest

from lib.case import E2ECase, proxied

# Of every kind: not a name, not one name, a name of one label, one with a wildcard inside.
BAD_LINES = b"-\nno name\nx..y\none\n*.*.test\n://\n1.2.3\n[::\n?\na,b\n"
BAD_ROUNDS = 1000000  # ten lines each
NAMED_MAX = 5  # of a list's bad lines
MEMORY_MAX = 32 << 10  # KiB that many bad lines may take more than a few


@proxied
class Categories(E2ECase):
    CONFIG = None

    @classmethod
    def setUpClass(cls):
        cls.lists = tempfile.TemporaryDirectory(prefix="sluice-lists-")
        cls.write("games", "0.0.0.0 blocked.sluice.test\n")
        cls.write("pages", "www.sluice.test/hello\nsluice.test/never\n")
        cls.CONFIG = {
            "extra": f"list games {{ path {cls.lists.name}/games }}\nlist pages {{ path {cls.lists.name}/pages }}",
            "policy": """
                block everyone category games reason "no games"
                block everyone category pages reason "no such pages"
                inspect everyone any""",
        }
        super().setUpClass()
        # A client that was never seen to accept our certificates gets an alert instead of a page.
        cls.lab.run(cls.lab.client, "curl", "-sS", "--cacert", cls.sluice.ca_file, "https://www.sluice.test/other")

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.lists.cleanup()

    @classmethod
    def write(cls, name, text):
        with open(os.path.join(cls.lists.name, name), "w", encoding="utf-8") as file:
            file.write(text)

    def test_a_host_below_a_listed_one_is_blocked(self):
        self.assertEqual(self.status_of("http://blocked.sluice.test/"), 403)
        self.assertEqual(self.status_of("http://sub.blocked.sluice.test/"), 403)
        record = self.sluice.wait_records(1, **{"url.domain": "sub.blocked.sluice.test"})[-1]
        self.assertEqual(record["rule.category"], "games")

    def test_a_listed_url_is_blocked_and_others_of_its_host_are_not(self):
        self.assertEqual(self.status_of("https://www.sluice.test/hello"), 403)
        self.assertEqual(self.status_of("https://www.sluice.test/hello?x=1"), 403)
        self.assertNotEqual(self.status_of("https://www.sluice.test/hello2"), 403)

    def test_a_changed_list_is_taken_over_at_a_reload(self):
        self.assertNotEqual(self.status_of("http://www.sluice.test/later"), 403)
        self.write("pages", "www.sluice.test/hello\nwww.sluice.test/later\n")
        done = self.sluice.ctl("reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.status_of("http://www.sluice.test/later"), 403)

    def test_the_last_table_stays_when_a_list_is_gone(self):
        path = os.path.join(self.lists.name, "games")
        os.rename(path, path + ".away")
        try:
            self.sluice.ctl("reload")
            self.assertEqual(self.status_of("http://blocked.sluice.test/"), 403)
        finally:
            os.rename(path + ".away", path)

    def test_the_worker_maps_the_file_itself(self):
        with open(f"/proc/{self.sluice.worker()}/maps", encoding="ascii") as maps:
            mapped = [line.split() for line in maps if line.rstrip().endswith("lists/categories.db")]
        self.assertTrue(mapped)
        for line in mapped:
            self.assertEqual(line[1], "r--s", line)

    def write_bad(self, rounds):
        """Bad lines with good names before, among and behind them."""
        block = gzip.compress(BAD_LINES * 1000, 1) * (rounds // 2000)
        good = [gzip.compress(f"{name}\n".encode()) for name in ("blocked.sluice.test", "git.sluice.test", "apt.sluice.test")]
        with open(os.path.join(self.lists.name, "games"), "wb") as file:
            file.write(good[0] + block + good[1] + block + good[2])

    def compile(self):
        """By the command: what it said, and the most memory it had, in KiB."""
        command = self.lab.gateway.command(self.sluice.program("sluicectl"), "-c", self.sluice.conf, "lists", "compile")
        with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            self.assertEqual(process.returncode, 0, said.read(4096))
            said.seek(0)
            return said.read(), usage.ru_maxrss

    def test_ten_million_bad_lines_are_counted_and_the_good_ones_among_them_work(self):
        path = os.path.join(self.lists.name, "games")
        self.write_bad(2000)
        _, few = self.compile()
        self.write_bad(BAD_ROUNDS)
        text, many = self.compile()
        self.assertEqual(text.count(f"{path}:"), NAMED_MAX, text)
        self.assertIn(f'{path}:2:1: warning: a name of one label is not listed: "-"', text)
        self.assertEqual(sum(int(count) for count in re.findall(r"(\d+) x ", text)), 10 * BAD_ROUNDS, text)
        self.assertLess(len(text), 4096)
        self.assertLess(many - few, MEMORY_MAX)
        os.utime(path)  # so that the daemon reads them once more
        logged = len(self.sluice.process.output())
        done = self.sluice.ctl("reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.sluice.process.output()[logged:].count(f"{path}:"), NAMED_MAX)
        for name in ("blocked", "git", "apt"):
            self.assertEqual(self.status_of(f"http://{name}.sluice.test/"), 403, name)
        self.assertNotEqual(self.status_of("http://www.sluice.test/other"), 403)
        row = next(row for row in self.sluice.ctl_json("lists", "status")["lists"] if row["list"] == "games")
        self.assertEqual((row["names"], row["skipped"]), (3, 10 * BAD_ROUNDS))


if __name__ == "__main__":
    unittest.main()
