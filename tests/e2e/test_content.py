"""Content as facts of live traffic: what a page is about, by a model that is trained here on texts made here."""
import base64
import gzip
import io
import json
import os
import random
import subprocess
import tempfile
import unittest
import zipfile

from lib import paths
from lib.case import E2ECase, proxied
from lib.scripted import ScriptedServer, answer, serving
from lib.topic_texts import TOPICS, labelled, text

def page(topic, seed=1000, words=120):
    return f"<!doctype html><html><head><title>t</title><script>casino poker</script></head><body><p>{text(topic, seed, words)}</p></body></html>"


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
        self.assertEqual((shown["weights"], shown["documents_min"]), ("int8", 1))
        self.assertGreater(shown["known"], 10)
        self.assertGreater(shown["heldout_accuracy"], 0.9)
        tested = self.sluice.ctl_json("model", "test", os.path.join(self.folder.name, "test.txt"))
        self.assertEqual(tested["texts"], 60)
        self.assertGreater(tested["accuracy"], 0.9)
        said = self.sluice.ctl("model", "test", os.path.join(self.folder.name, "test.txt")).stdout
        self.assertIn("of 60 texts right", said)
        for label in TOPICS:
            self.assertIn(label, said)

    def test_a_model_of_another_version_is_refused_with_its_remedy(self):
        with open(self.model, "rb") as model:
            whole = bytearray(model.read())
        whole[8] = 2
        with open(self.model + ".old", "wb") as model:
            model.write(whole)
        done = self.sluice.ctl("model", "show", "--model", self.model + ".old")
        self.assertEqual(done.returncode, 66)
        self.assertIn("version 2", done.stderr)
        self.assertEqual(done.stderr.count("sluicectl model train"), 1, done.stderr)

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



# 200 MB of zeros, as brotli makes 152 bytes of them.
BROTLI_BOMB = ("z///fwAkAOKxQHLv//n//w+ABEAcFoDu/T////8BkACIwwLQvf/n//8/ABIAcVgAuvf//P//B0ACIA4LQPf+n////wBIAMRhAeje//P//x8ACY"
               "A4LADd+3/+//8DIAEQhwWge//P//9/ACQA4rAAdO//+f//D4AEQBwWgO79P////wGQAIjDAtC9/8//4HUAEgBxWAC6ues=")

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(40)


def archive(members):
    """A zip file of these members, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def form(*parts):
    """A multipart body of (file name or None, type or None, bytes)."""
    out = b""
    for name, kind, data in parts:
        out += b"--limit\r\nContent-Disposition: form-data; name=\"f\""
        out += f"; filename=\"{name}\"".encode() if name else b""
        out += f"\r\nContent-Type: {kind}".encode() if kind else b""
        out += b"\r\n\r\n" + data + b"\r\n"
    return out + b"--limit--\r\n"


@proxied
class Uploads(E2ECase):
    """What is sent is judged before the origin sees it; the origin tells how much of it came."""
    CONFIG = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="sluice-phrases-")
        os.chmod(cls.folder.name, 0o755)
        phrases = os.path.join(cls.folder.name, "weighted")
        with open(phrases, "w", encoding="utf-8") as out:
            out.write("< secret plan ><80>\n<casino><60>\n<roulette><60>\n")
        cls.CONFIG = {
            "extra": f"content {{ phrases {phrases}  protect mybank.test }}\nhold {{ time 5s bytes 48k }}",
            "policy": """
                block everyone direction upload type executable reason "no programs"
                block everyone direction upload phrases over 70 reason "no secrets"
                block everyone search poker* "slot machine" reason "no such search"
                block everyone search over 100 reason "no gambling"
                block everyone suspicious lookalike monitor
                warn everyone suspicious generated
                block everyone unreadable over-ratio too-deep unknown-coding reason "unreadable"
                block everyone type executable reason "no programs down"
                block everyone type office-macro reason "no macros"
                block everyone type disk-image reason "no disks"
                inspect everyone any""",
        }
        super().setUpClass()
        cls.received = []
        cls.server = ScriptedServer(cls.lab, serving(cls.receive), last=5)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        super().tearDownClass()
        cls.folder.cleanup()

    @classmethod
    def receive(cls, request):
        cls.received.append(request)
        return answer(f"{len(request.body)} bytes")

    def post(self, body, *arguments, path="/up", host=None, kind="text/plain"):
        """The status and what the origin answered."""
        name = os.path.join(self.folder.name, "body")
        with open(name, "wb") as out:
            out.write(body)
        done = self.curl("-w", "\n%{http_code}", "--data-binary", f"@{name}", "-H", f"Content-Type: {kind}", "-H", f"Host: {host or '10.61.2.5'}",
                         f"http://10.61.2.5{path}", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        said, _, status = done.stdout.rpartition("\n")
        return int(status), said

    def test_an_upload_that_no_rule_minds_arrives_whole(self):
        for size in (1, 100, 49151, 49152, 49153, 300000):
            body = (b"harmless words " * (size // 15 + 1))[:size]
            self.assertEqual(self.post(body), (200, f"{size} bytes"))
            self.assertEqual(self.post(body, "-H", "Transfer-Encoding: chunked"), (200, f"{size} bytes"))
        self.assertEqual(self.post(b""), (200, "0 bytes"))

    def test_a_program_is_not_sent_on_whatever_it_is_called(self):
        before = len(self.received)
        self.assertEqual(self.post(ELF)[0], 403)
        self.assertEqual(self.post(ELF, "-H", "Expect: 100-continue")[0], 403)
        self.assertEqual(self.post(form(("a.txt", "text/plain", b"hello"), ("b.png", "image/png", ELF)), kind="multipart/form-data; boundary=limit")[0], 403)
        self.assertEqual(self.post(ELF, kind="multipart/form-data; boundary=limit")[0], 403)
        self.assertEqual(len(self.received), before, "the origin saw it")
        record = self.sluice.wait_records(1, url__full="http://10.61.2.5/up", rule__reason="no programs")[-1]
        self.assertIn("application/x-executable", [record["sluice.sent.type"], *record.get("sluice.sent.more_types", [])], record)
        self.assertGreater(record.get("sluice.hold.bytes", 0), 0, record)

    def test_words_of_an_upload_are_read_decoded(self):
        before = len(self.received)
        self.assertEqual(self.post(b"this is the secret plan of ours")[0], 403)
        self.assertEqual(self.post(gzip.compress(b"this is the secret plan of ours"), "-H", "Content-Encoding: gzip")[0], 403)
        self.assertEqual(self.post(b"a=1&b=the+secret%20plan+x", kind="application/x-www-form-urlencoded")[0], 403)
        self.assertEqual(self.post(b'{"text": "the secret plan"}', kind="application/json")[0], 403)
        self.assertEqual(self.post(form((None, None, b"the secret plan")), kind="multipart/form-data; boundary=limit")[0], 403)
        self.assertEqual(len(self.received), before, "the origin saw it")
        self.assertEqual(self.post(b"the secret of the plan"), (200, "22 bytes"))

    def test_what_comes_true_behind_the_hold_never_ends_at_the_origin(self):
        before = len(self.received)
        status, _ = self.post(b"harmless words " * 5000 + b" the secret plan " + b"more words " * 1000)
        self.assertEqual(status, 403)
        status, _ = self.post(b"harmless words " * 5000 + b" the secret plan")
        self.assertEqual(status, 403)
        self.assertEqual(len(self.received), before, "the origin got a whole request")

    def test_a_search_is_a_fact_of_the_query_and_of_a_posted_form(self):
        for query, status in (("poker", 403), ("Poker%20Rules", 403), ("pokers", 403), ("slot+machine", 403), ("machine+slot", 200), ("garden", 200),
                              ("casino+roulette", 403), ("casino", 200)):
            self.assertEqual(self.status_of(f"http://10.61.2.5/search?q={query}", "-H", "Host: www.google.com"), status, query)
            self.assertEqual(self.post(f"x=1&q={query}".encode(), path="/", host="duckduckgo.com", kind="application/x-www-form-urlencoded")[0], status, query)
        self.assertEqual(self.status_of("http://10.61.2.5/search?q=poker", "-H", "Host: www.example.test"), 200)
        record = self.sluice.wait_records(1, url__full="http://www.google.com/search?q=Poker%20Rules")[-1]
        self.assertEqual(record["sluice.search.terms"], "poker rules")
        said = self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", "https://www.google.com/search?q=Big+poker")
        self.assertIn('search for "big poker"', said.stdout)
        self.assertIn("no such search", said.stdout)

    def test_a_posted_search_is_read_whoever_asks(self):
        """Also where no rule waits for the upload itself, where a rule only watches, and behind a rule that waits for the answer."""
        rows = [("inspect everyone direction upload\n block everyone search poker", "poker", 403, []),
                ("inspect everyone direction upload\n block everyone search poker", "garden", 200, []),
                ("block everyone search casino monitor id watched", "casino", 200, ["watched"]),
                ("block everyone type image\n block everyone search roulette", "roulette", 403, []),
                ("block everyone port 80 except search garden direction download", "garden", 200, [])]
        with open(self.sluice.conf, encoding="utf-8") as file:
            whole = file.read()
        self.addCleanup(lambda: (self.sluice.write(whole), self.sluice.ctl("reload")))
        for number, (rules, terms, status, watched) in enumerate(rows):
            with self.subTest(rules=rules, terms=terms):
                self.sluice.write(self.sluice.configuration(rules, extra=self.CONFIG["extra"]))
                self.assertEqual(self.sluice.ctl("reload").returncode, 0)
                before = len(self.received)
                host = f"row{number}.duckduckgo.com"
                self.assertEqual(self.post(f"q={terms}".encode(), path="/", host=host, kind="application/x-www-form-urlencoded")[0], status)
                record = self.sluice.wait_records(1, url__domain=host)[-1]
                self.assertEqual((record["sluice.search.terms"], record.get("sluice.monitor", [])), (terms, watched))
                if "poker" in rules:
                    self.assertEqual(len(self.received) - before, status == 200, "a search that is blocked went to the origin")

    def test_a_name_that_looks_like_a_protected_one_is_told_and_a_made_up_one_warned_of(self):
        self.assertEqual(self.status_of("http://10.61.2.5/x", "-H", "Host: www.rnybank.test"), 200)
        record = self.sluice.wait_records(1, url__domain="www.rnybank.test")[-1]
        self.assertEqual(record["sluice.suspicion"], "lookalike of mybank.test (look-alike)")
        self.assertEqual(len(record["sluice.monitor"]), 1)
        self.assertEqual(self.status_of("http://10.61.2.5/x", "-H", "Host: xjwqkvztrp.test"), 403)
        record = self.sluice.wait_records(1, url__domain="xjwqkvztrp.test")[-1]
        self.assertTrue(record["sluice.suspicion"].startswith("generated"))
        self.assertEqual(record["sluice.verb"], "warn")
        said = self.sluice.ctl("explain", "--client", "10.61.1.2", "--url", "http://www.rnybank.test/")
        self.assertIn("lookalike of mybank.test", said.stdout)

    def test_suspicion_alone_blocks_nobody(self):
        with open(self.sluice.conf, encoding="utf-8") as file:
            whole = file.read()
        try:
            self.sluice.write(whole.replace("warn everyone suspicious generated", "block everyone suspicious generated"))
            checked = self.sluice.check()
            self.assertEqual(checked.returncode, 1)
            self.assertIn("suspicion only", checked.stderr)
        finally:
            self.sluice.write(whole)

    def fetch_scripted(self, body, fields):
        with ScriptedServer(self.lab, serving(answer(body, fields=fields)), last=6):
            return self.status_of("http://10.61.2.6/bomb")

    def test_bombs_and_lies_of_responses_are_a_verdict_and_no_crash(self):
        zeros = gzip.compress(bytes(20 << 20), 9)
        bomb = base64.b64decode(BROTLI_BOMB)
        for body, coding, reason in ((bomb, "br", "over-ratio"), (zeros, "gzip", "over-ratio"), (gzip.compress(zeros), "gzip, gzip", "over-ratio"),
                                     (gzip.compress(gzip.compress(gzip.compress(b"x"))), "gzip, gzip, gzip", "too-deep"), (b"x", "made-up", "unknown-coding")):
            self.assertEqual(self.fetch_scripted(body, f"Content-Type: text/html\r\nContent-Encoding: {coding}\r\n"), 403, coding)
            record = self.sluice.wait_records(1, url__full="http://10.61.2.6/bomb", sluice__unread=reason)[-1]
            self.assertEqual(record["rule.reason"], "unreadable")
        # What lies about its type, about its coding, or is cut short: named, and nothing falls over.
        self.assertEqual(self.fetch_scripted(ELF, "Content-Type: image/png\r\n"), 403)
        self.assertEqual(self.fetch_scripted(gzip.compress(ELF), "Content-Type: image/png\r\nContent-Encoding: gzip\r\n"), 403)
        self.assertEqual(self.fetch_scripted(b"plain words", "Content-Encoding: gzip\r\n"), 200)
        self.sluice.wait_records(1, url__full="http://10.61.2.6/bomb", sluice__unread="bad-data")
        self.assertEqual(self.fetch_scripted(gzip.compress(b"words " * 1000)[:30], "Content-Encoding: gzip\r\n"), 200)
        self.sluice.wait_records(1, url__full="http://10.61.2.6/bomb", sluice__unread="truncated")
        self.assert_others_untouched()

    def test_programs_macros_and_disks_are_known_by_their_content(self):
        """Whatever they are called; the classes have files as their programs write them, or the structure that makes them one."""
        content_types = ('<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                         '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Override PartName="/word/document.xml" '
                         'ContentType="application/vnd.{}.main+xml"/></Types>')
        macros, plain = "ms-word.document.macroEnabled", "openxmlformats-officedocument.wordprocessingml.document"
        ole = bytearray(40000)
        ole[0:8], ole[0x1e], ole[0x30] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 9, 40
        ole[41 * 512 + 128:41 * 512 + 152] = "WordDocument".encode("utf-16-le")
        plain_ole = bytes(ole)
        ole[41 * 512 + 256:41 * 512 + 268] = "Macros".encode("utf-16-le")
        iso = bytes(32768) + b"\x01CD001\x01" + bytes(20000)
        pe = b"MZ" + bytes(22) + b"\x40" + bytes(35) + b"\x80" + bytes(67) + b"PE\0\0" + bytes(200)
        with open("/bin/true", "rb") as file:
            program = file.read()
        rows = [("no programs down", [program, pe, b"\xcf\xfa\xed\xfe\x07\0\0\x01" + bytes(64), b"#!/bin/sh\necho hello\n",
                                      archive({"AndroidManifest.xml": b"x", "classes.dex": b"y"})]),
                ("no macros", [archive({"[Content_Types].xml": content_types.format(macros).encode(), "word/document.xml": b"x" * 5000,
                                        "word/vbaProject.bin": b"y"}),
                               archive({"_rels/.rels": b"x", "word/document.xml": os.urandom(9000), "word/vbaProject.bin": b"y"}), bytes(ole)]),
                ("no disks", [iso, b"QFI\xfb\0\0\0\x03" + bytes(512), b"KDMV\x01\0\0\0" + bytes(512), b"conectix\0\0\0\x02" + bytes(504),
                              b"vhdxfile" + bytes(512)]),
                (None, [archive({"[Content_Types].xml": content_types.format(plain).replace("vbaProject", "x").encode(),
                                 "word/document.xml": os.urandom(9000), "word/media/i.png": b"y"}), plain_ole, bytes(60000)])]
        for reason, files in rows:
            for number, data in enumerate(files):
                for fields in ("Content-Type: application/octet-stream\r\n", "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"):
                    with self.subTest(reason=reason, number=number, fields=fields):
                        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data) if "chunked" in fields else data
                        length = "" if "chunked" in fields else f"Content-Length: {len(data)}\r\n"
                        reply = f"HTTP/1.1 200 OK\r\n{fields}{length}\r\n".encode() + body
                        with ScriptedServer(self.lab, serving(reply), last=6):
                            self.assertEqual(self.status_of(f"http://10.61.2.6/{reason}-{number}".replace(" ", "-")), 403 if reason else 200)
            if reason:
                records = self.sluice.wait_records(2 * len(files), rule__reason=reason)
                self.assertTrue(all(record.get("sluice.type") for record in records), records)

    def test_a_bomb_that_is_sent_is_a_verdict_too(self):
        before = len(self.received)
        self.assertEqual(self.post(gzip.compress(bytes(20 << 20), 9)[:8000], "-H", "Content-Encoding: gzip")[0], 200)
        self.assertEqual(len(self.received), before + 1, "no rule with direction upload asks whether it can be read")


if __name__ == "__main__":
    unittest.main()
