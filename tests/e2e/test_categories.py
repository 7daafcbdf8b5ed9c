"""Categories from lists: hosts and URLs are blocked by them, and a changed list is taken over at the next reload."""
import os
import tempfile
import unittest

from lib.case import E2ECase, proxied


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


if __name__ == "__main__":
    unittest.main()
