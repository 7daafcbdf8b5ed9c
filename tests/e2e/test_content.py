"""Content as facts of live traffic: what a page is about, by a model that is trained here on texts made here."""
import gzip
import json
import os
import random
import subprocess
import tempfile
import unittest

from lib import paths
from lib.case import E2ECase, proxied
from lib.scripted import ScriptedServer, answer, serving

TOPICS = {
    "gambling": "casino roulette jackpot poker bets dealer chips odds wager blackjack slots croupier payout stake".split(),
    "sports": "football goal referee stadium league match coach striker penalty season trophy keeper tackle fans".split(),
    "cooking": "oven flour butter recipe simmer garlic pepper whisk dough roast sauce tomato onion bake".split(),
}


def text(topic, seed, words=60):
    """Words of a topic among words that all have."""
    rng = random.Random(f"{topic}-{seed}")
    common = "the and with from that today here people some when more will good place time".split()
    return " ".join(rng.choice(TOPICS[topic] if rng.random() < 0.5 else common) for _ in range(words))


def page(topic, seed=1000, words=120):
    return f"<!doctype html><html><head><title>t</title><script>casino poker</script></head><body><p>{text(topic, seed, words)}</p></body></html>"


def labelled(first, count):
    return "".join(f"{topic}\t{text(topic, seed)}\n" for topic in TOPICS for seed in range(first, first + count))


@proxied
class Topics(E2ECase):
    CONFIG = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="sluice-model-")
        cls.model = os.path.join(cls.folder.name, "topics.model")
        os.chmod(cls.folder.name, 0o755)
        cls.write("train.txt", labelled(0, 30))
        cls.write("test.txt", labelled(100, 20))
        cls.CONFIG = {
            "extra": f"content {{ model {cls.model} }}\nhold {{ time 5s }}",
            "policy": """
                block everyone topic gambling over 60 reason "no gambling"
                block everyone topic cooking monitor
                inspect everyone any""",
        }
        # The tool trains before there is a daemon.
        cls.trained = subprocess.run([paths.built("sluicectl"), "--json", "model", "train", os.path.join(cls.folder.name, "train.txt"),
                                      "--model", cls.model, "--bits", "14"], capture_output=True, text=True, check=False)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, content):
        with open(os.path.join(cls.folder.name, name), "w", encoding="utf-8") as out:
            out.write(content)

    def test_the_tool_trains_shows_and_tests_a_model(self):
        self.assertEqual(self.trained.returncode, 0, self.trained.stderr)
        shown = self.sluice.ctl_json("model", "show")
        self.assertEqual(shown["labels"], ["cooking", "gambling", "sports"])
        self.assertGreater(shown["heldout_accuracy"], 0.9)
        tested = self.sluice.ctl_json("model", "test", os.path.join(self.folder.name, "test.txt"))
        self.assertEqual(tested["texts"], 60)
        self.assertGreater(tested["accuracy"], 0.9)
        said = self.sluice.ctl("model", "test", os.path.join(self.folder.name, "test.txt")).stdout
        self.assertIn("of 60 texts right", said)
        for label in TOPICS:
            self.assertIn(label, said)

    def test_a_mistake_in_a_corpus_is_named_with_its_line(self):
        self.write("bad.txt", "one\ttext\nno tab\n")
        done = self.sluice.ctl("model", "train", os.path.join(self.folder.name, "bad.txt"), "--model", self.model + ".bad")
        self.assertEqual(done.returncode, 65)
        self.assertIn("bad.txt:2:", done.stderr)
        self.assertIn("label TAB text", done.stderr)
        self.assertFalse(os.path.exists(self.model + ".bad"))

    def test_a_page_is_blocked_by_what_it_is_about(self):
        self.nginx.write("gamble.html", page("gambling"))
        self.nginx.write("sports.html", page("sports"))
        for family in ("-4", "-6"):
            for scheme in ("http", "https"):
                self.assertEqual(self.status_of(f"{scheme}://www.sluice.test/gamble.html", family), 403)
                self.assertEqual(self.status_of(f"{scheme}://www.sluice.test/sports.html", family), 200)
        record = self.sluice.wait_records(1, url__full="http://www.sluice.test/gamble.html")[-1]
        self.assertEqual(record["rule.reason"], "no gambling")
        self.assertEqual(record["sluice.topic"], "gambling")
        self.assertGreater(record["sluice.topic_score"], 60)
        record = self.sluice.wait_records(1, url__full="http://www.sluice.test/sports.html")[-1]
        self.assertEqual(record["sluice.topic"], "sports")

    def test_a_compressed_page_is_read_like_a_plain_one(self):
        for topic, status in (("gambling", 403), ("sports", 200)):
            body = gzip.compress(gzip.compress(page(topic).encode()))
            with ScriptedServer(self.lab, serving(answer(body, fields="Content-Type: text/html\r\nContent-Encoding: gzip, gzip\r\n"))):
                self.assertEqual(self.status_of("http://10.61.2.5/"), status)

    def test_a_long_page_is_judged_by_what_was_held(self):
        self.nginx.write("long.html", page("gambling", words=60000))
        self.assertEqual(self.status_of("http://www.sluice.test/long.html"), 403)
        self.nginx.write("longsports.html", page("sports", words=60000))
        self.assertEqual(len(self.fetch("http://www.sluice.test/longsports.html")), len(page("sports", words=60000)))

    def test_a_watching_rule_is_told_in_the_record_and_nothing_is_held_by_the_verdict(self):
        self.nginx.write("cook.html", page("cooking"))
        self.assertEqual(self.status_of("http://www.sluice.test/cook.html"), 200)
        record = self.sluice.wait_records(1, url__full="http://www.sluice.test/cook.html")[-1]
        self.assertEqual(record["event.action"], "inspect")
        self.assertEqual(len(record["sluice.monitor"]), 1)

    def test_explain_and_replay_know_topics(self):
        said = self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", "http://www.sluice.test/", "--type", "text/html", "--topic", "gambling=70")
        self.assertIn("block", said.stdout)
        self.assertIn("topic gambling 70 %", said.stdout)
        said = self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", "http://www.sluice.test/", "--type", "text/html", "--topic", "nothing")
        self.assertEqual(said.returncode, 64)
        self.nginx.write("again.html", page("gambling", 5))
        self.assertEqual(self.status_of("http://www.sluice.test/again.html"), 403)
        self.sluice.wait_records(1, url__full="http://www.sluice.test/again.html")
        same = json.loads(self.sluice.ctl("--json", "replay", "--policy", self.sluice.conf).stdout)
        self.assertEqual(same["changed"], 0, same)

    def test_a_model_that_was_cut_short_is_refused_and_the_last_one_goes_on(self):
        with open(self.model, "rb") as file:
            whole = file.read()
        try:
            with open(self.model, "wb") as file:
                file.write(whole[:len(whole) // 2])
            done = self.sluice.ctl("reload")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("topics.model", done.stdout + done.stderr)
            self.assertIn("cut short", done.stdout + done.stderr)
            self.nginx.write("still.html", page("gambling", 3))
            self.assertEqual(self.status_of("http://www.sluice.test/still.html"), 403)
        finally:
            with open(self.model, "wb") as file:
                file.write(whole)


if __name__ == "__main__":
    unittest.main()
