"""Codes that set a block aside: who enters one is let past the rule for a while, and nobody else is; what has no_override
holds; guessing, forging, framing and restarting change nothing."""
import html
import json
import os
import re
import signal
import unittest

from lib.case import E2ECase, needs_program, proxied
from lib.devtools import Browser
from lib.lab import CLIENT4, CLIENT6
from lib.peer import client_context
from lib.wait import wait_until

SECOND4 = "10.61.1.3"
POLICY = """
    block everyone site blocked.sluice.test id games reason "not during <lessons>"
    block everyone site rsa.sluice.test/page/ id path
    block everyone site any.sluice.test id never no_override
    block everyone site p384.sluice.test id first
    block everyone site p384.sluice.test id backstop no_override
    inspect everyone any"""
GROUPS = f"group staff {{ net {CLIENT4} {CLIENT6} }}\n group others {{ net 10.99.0.0/16 }}"
HELLO = "hello from the origin\n"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def with_check(fifteen):
    """A code that is well-formed: 15 symbols, and the one that makes the whole 0 at the generator of GF(32)."""
    value = 0
    for symbol in fifteen + "0":
        value <<= 1
        value = (value ^ 0x25 if value & 32 else value) ^ ALPHABET.index(symbol)
    return fifteen + ALPHABET[value]


class Overrides(E2ECase):
    def tearDown(self):
        for row in self.listed():
            self.sluice.ctl("override", "revoke", str(row["id"]))

    def listed(self):
        return self.sluice.ctl_json("override", "list")

    def new(self, *options):
        made = self.sluice.ctl_json("override", "new", *options)
        self.assertRegex(made["code"], "^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$")
        return made["id"], made["code"]

    def page(self, url, *options):
        done = self.curl("-i", url, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
        return int(head.split()[1]), head.lower(), body

    def action(self, url, *options):
        """Where the page's field is sent; None where it has none."""
        status, _, body = self.page(url, *options)
        self.assertEqual(status, 403)
        found = re.search(r'<form method="post" action="([^"]+)"', body)
        return html.unescape(found.group(1)) if found else None

    def enter(self, url, code, *options, action=None):
        """Status, head and body of what the field's form gets."""
        action = action or self.action(url, *options)
        self.assertIsNotNone(action, "the page has no field")
        return self.page(re.match("https?://[^/]+", url).group(0) + action, "--data-urlencode", f"code={code}", *options)


@proxied
class Codes(Overrides):
    CONFIG = {"policy": POLICY, "extra": GROUPS}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.client.ip("address", "add", f"{SECOND4}/24", "dev", "eth0")
        for source in (CLIENT4, CLIENT6, SECOND4):
            cls.lab.run(cls.lab.client, "curl", "-sS", "--interface", source, "--cacert", cls.sluice.ca_file, "https://www.sluice.test/hello")

    def test_without_a_code_there_is_no_field(self):
        self.assertIsNone(self.action("http://blocked.sluice.test/hello"))

    def test_who_enters_the_code_is_let_in_on_every_protocol(self):
        for scheme, version, source in (("http", "--http1.1", CLIENT4), ("http", "--http1.1", CLIENT6), ("https", "--http1.1", CLIENT4),
                                        ("https", "--http2", CLIENT6), ("https", "--http2", CLIENT4)):
            with self.subTest(scheme=scheme, version=version, source=source):
                options = (version, "--interface", source)
                url = f"{scheme}://blocked.sluice.test/hello?a=1&b=%3Cx%3E"
                number, code = self.new("--note", "for the test")
                self.sluice.mark()
                action = self.action(url, *options)
                # Typed as people do, and curl follows where it is sent, on another connection where it has to.
                done = self.curl("-L", *options, "--data-urlencode", f"code= {code.lower().replace('-', ' ').replace('0', 'o')} ",
                                 f"{scheme}://blocked.sluice.test{action}")
                self.assertEqual(done.stdout, HELLO, done.stderr)
                used, = self.sluice.wait_records(1, sluice__override__result="used")
                self.assertEqual((used["sluice.override.id"], used["sluice.override.rule"], used["event.action"], used["sluice.answer"]),
                                 (number, "games", "inspect", "redirect"))
                let, = (record for record in self.sluice.wait_records(2, sluice__override__id=number) if "sluice.override.result" not in record)
                self.assertEqual((let["sluice.override.rule"], let["event.action"], let["url.full"]), ("games", "inspect", url))
                row, = self.listed()
                self.assertEqual((row["used"], row["granted"], row["by"].split()[-1], row["note"]), (1, 1, "root", "for the test"))
                self.assertNotIn("code", row)
                # Used up: no field for another, and the code opens nothing twice.
                other = CLIENT6 if source == CLIENT4 else CLIENT4
                self.assertIsNone(self.action(url, "--interface", other))
                self.assertEqual(self.status_of(url, "--interface", SECOND4), 403)
                self.assertEqual(self.sluice.ctl("override", "revoke", str(number)).returncode, 0)
                self.assertEqual(self.status_of(url, *options), 403)

    def test_a_connection_that_was_good_for_the_page_only_is_left(self):
        number, code = self.new()
        with self.lab.connect("10.61.2.2", 443) as peer:
            peer.start_tls(client_context(self.sluice.ca_file), "blocked.sluice.test")
            self.assertEqual(peer.request("/hello", "blocked.sluice.test").status, 403)
            self.assertEqual(self.enter("https://blocked.sluice.test/hello", code, "-4")[0], 303)
            answer = peer.request("/hello?again", "blocked.sluice.test")
            self.assertEqual((answer.status, answer.get("location"), answer.get("connection")),
                             (303, "https://blocked.sluice.test/hello?again", "close"))
        self.assertEqual(self.fetch("https://blocked.sluice.test/hello", "-4"), HELLO)
        self.assertEqual(self.listed()[0]["id"], number)

    def test_a_rule_about_paths_is_set_aside_within_a_connection_that_stands(self):
        _, code = self.new("--rule", "path")
        self.assertIsNone(self.action("http://blocked.sluice.test/hello"), "another rule's page has a field")
        form = "Content-Type: application/x-www-form-urlencoded\r\n"
        with self.lab.connect("10.61.2.2", 443) as peer:
            peer.start_tls(client_context(self.sluice.ca_file), "rsa.sluice.test")
            page = peer.request("/page/index.html", "rsa.sluice.test")
            action = html.unescape(re.search(r'action="([^"]+)"', page.body.decode()).group(1))
            # The form comes in pieces.
            peer.send(f"POST {action} HTTP/1.1\r\nHost: rsa.sluice.test\r\n{form}Expect: 100-continue\r\nContent-Length: {5 + len(code)}\r\n\r\n")
            self.assertEqual(peer.read_message().status, 100)
            for piece in ("co", "de=", code[:7], code[7:]):
                peer.send(piece)
            answer = peer.read_message()
            self.assertEqual((answer.status, answer.get("location")), (303, "https://rsa.sluice.test/page/index.html"))
            self.assertEqual(peer.request("/page/data.json", "rsa.sluice.test").status, 200)
        # One that never ends, and one that is too long: the code is not looked at.
        _, code = self.new()
        action = self.action("http://blocked.sluice.test/hello", "-4")
        for body, length, result in ((f"code={code}", 100, None), (f"x={'x' * 600}&code={code}", 700, "mistyped")):
            self.sluice.mark()
            with self.lab.connect("10.61.2.2", 80) as peer:
                peer.send(f"POST {action} HTTP/1.1\r\nHost: blocked.sluice.test\r\n{form}Content-Length: {length}\r\n\r\n{body}")
                if result:
                    self.assertEqual(peer.read_message().status, 403)
            record, = self.sluice.wait_records(1, http__request__method="POST")
            self.assertEqual(record.get("sluice.override.result"), result)
        self.assertEqual([row["used"] for row in self.listed()], [1, 0])

    def test_no_override_is_never_set_aside(self):
        _, code = self.new("--everywhere", "--uses", "2")
        self.assertIsNone(self.action("http://any.sluice.test/hello", "-4"))
        self.assertEqual(self.enter("http://p384.sluice.test/hello", code, "-4")[0], 303)
        for url in ("http://any.sluice.test/hello", "https://any.sluice.test/hello", "http://p384.sluice.test/hello", "https://p384.sluice.test/hello"):
            self.assertEqual(self.status_of(url, "-4"), 403)
        record = self.sluice.wait_records(1, url__full="http://p384.sluice.test/hello", rule__id="backstop")[-1]
        self.assertEqual((record["sluice.override.rule"], record["event.action"]), ("first", "block"))
        # Everywhere else it holds.
        self.assertEqual(self.fetch("http://blocked.sluice.test/hello", "-4"), HELLO)
        # A reload that adds no_override ends it.
        self.addCleanup(self.reload, POLICY)
        self.reload(POLICY.replace("id games", "id games no_override"))
        self.assertEqual(self.status_of("http://blocked.sluice.test/hello", "-4"), 403)

    def reload(self, policy):
        self.sluice.write(self.sluice.configuration(policy, extra=GROUPS))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)

    def test_it_is_for_whom_and_where_it_says(self):
        url = "http://blocked.sluice.test/hello"
        _, code = self.new("--client", SECOND4)
        self.assertIsNone(self.action(url, "--interface", CLIENT4))
        self.assertEqual(self.enter(url, code, "--interface", SECOND4)[0], 303)
        self.assertEqual(self.fetch(url, "--interface", SECOND4), HELLO)
        self.assertEqual(self.status_of("http://rsa.sluice.test/page/data.json", "--interface", SECOND4), 403, "another site is open, too")
        self.assertEqual(self.status_of(url, "--interface", CLIENT4), 403)
        self.new("--group", "staff")
        self.assertIsNotNone(self.action(url, "--interface", CLIENT4))
        self.assertEqual(self.sluice.ctl("override", "new", "--group", "nobody").returncode, 65)
        self.assertEqual(self.sluice.ctl("override", "new", "--rule", "never").returncode, 65)
        self.assertEqual(self.sluice.ctl("override", "new", "--category", "nothing").returncode, 65)
        self.assertEqual(self.sluice.ctl("override", "new", "--uses", "0").returncode, 64)

    def test_it_is_over_after_its_time(self):
        number, code = self.new("--for", "2s")
        self.assertEqual(self.enter("http://blocked.sluice.test/hello", code, "-4")[0], 303)
        wait_until(lambda: self.status_of("http://blocked.sluice.test/hello", "-4") == 403, "the grant is over")
        wait_until(lambda: not self.listed(), "the code is gone from the list")
        self.assertIn(f"override: {number} is over: it is used up", self.sluice.process.output())
        _, code = self.new("--expires", "2s", "--for", "1h")
        self.assertEqual(self.enter("http://blocked.sluice.test/hello", code, "-4")[0], 303)
        wait_until(lambda: self.status_of("http://blocked.sluice.test/hello", "-4") == 403, "the code, and with it the grant, is over")

    def test_everything_that_is_wrong_gets_the_same_answer(self):
        url = "http://blocked.sluice.test/hello"
        _, code = self.new("--rule", "games")
        _, other = self.new("--client", "10.99.0.1")
        seen = set()
        for entered, result in ((code[:-1] + ("0" if code[-1] != "0" else "1"), "mistyped"), ("", "mistyped"), ("<script>", "mistyped"),
                                ("A" * 600, "mistyped"), (with_check("0" * 14 + "1"), "refused"), (other, "refused")):
            with self.subTest(entered=entered):
                self.sluice.mark()
                status, head, body = self.enter(url, entered, "-6")
                record, = self.sluice.wait_records(1, sluice__override__result=result)
                self.assertEqual((record["sluice.override.rule"], record["event.action"], record["rule.id"]), ("games", "block", "games"))
                self.assertEqual(status, 403)
                self.assertIn("cache-control: no-store", head)
                self.assertIn("frame-ancestors 'none'", head)
                self.assertIn("This code does not open the page.", body)
                self.assertNotIn("script>", body)
                seen.add(re.sub(r"<code>[0-9a-f]+-\d+</code>|override/[-_A-Za-z0-9]+/", "", body))
        self.assertEqual(len(seen), 1, "the answers can be told apart")
        self.assertEqual(self.status_of(url, "-6"), 403)
        self.assertEqual(self.enter(url, code, "-6")[0], 303)

    def test_a_forged_borrowed_or_foreign_form_changes_nothing(self):
        url, origin = "https://blocked.sluice.test/hello", "https://blocked.sluice.test"
        _, code = self.new("--uses", "9")
        action = self.action(url, "--interface", CLIENT4)
        data = ("--data-urlencode", f"code={code}")
        for path, *options in ((action.replace("override/", "override/AAAA"), "--interface", CLIENT4, *data),
                               (action + "x", "--interface", CLIENT4, *data),
                               (action, "--interface", SECOND4, *data),
                               (action, "--interface", CLIENT4, *data, "-H", "Sec-Fetch-Site: cross-site"),
                               (action, "--interface", CLIENT4, *data, "-H", "Sec-Fetch-Site: same-site"),
                               (action, "--interface", CLIENT4, *data, "-H", "Origin: https://www.sluice.test"),
                               (action, "--interface", CLIENT4, *data, "-H", "Content-Type: text/plain"),
                               (action + f"?code={code}", "--interface", CLIENT4),
                               (action, "--interface", CLIENT4, "-G", *data),
                               (action, "--interface", CLIENT4, "-X", "PUT", *data)):
            with self.subTest(options=options):
                status, head, _ = self.page(origin + path, *options)
                self.assertEqual(status, 303)
                self.assertTrue(re.search("location: https://blocked.sluice.test/hello", head))
                self.assertEqual(self.status_of(url, "--interface", CLIENT4), 403)
                self.assertEqual(self.status_of(url, "--interface", SECOND4), 403)
        self.assertEqual(self.listed()[0]["used"], 0)
        # Another site's page, by the same client.
        self.assertEqual(self.page("https://rsa.sluice.test" + action, "--interface", CLIENT4, *data)[0], 303)
        for headers in (("-H", "Origin: null", "-H", "Sec-Fetch-Site: same-origin"), ("-H", f"Origin: {origin}")):
            self.assertEqual(self.page(origin + action, "--interface", CLIENT4, *data, *headers)[0], 303)
        self.assertEqual(self.listed()[0]["used"], 2)

    def test_a_frame_and_a_program_have_no_field(self):
        self.new()
        for header in ("Sec-Fetch-Dest: iframe", "Sec-Fetch-Dest: image", "Accept: application/json"):
            self.assertNotIn("<form", self.page("http://blocked.sluice.test/hello", "-H", header)[2])

    def test_explain_and_replay_know_of_it(self):
        number, code = self.new("--note", "explained")
        url = "http://blocked.sluice.test/hello?explained"
        self.assertEqual(self.enter(url, code, "-4")[0], 303)
        self.assertEqual(self.fetch(url, "-4"), HELLO)
        self.sluice.wait_records(1, url__full=url, event__action="inspect", sluice__override__id=number)
        plain = self.sluice.ctl_json("explain", "--client", CLIENT4, "--url", url)
        self.assertEqual((plain["verb"], plain["rule"], [row["id"] for row in plain["overrides"]]), ("block", "games", [number]))
        entered = self.sluice.ctl_json("explain", "--client", CLIENT4, "--url", url, "--override", str(number))
        self.assertEqual((entered["verb"], entered["set_aside"]), ("inspect", "games"))
        self.assertIn("set aside by the override", self.sluice.ctl("explain", "--client", CLIENT4, "--url", url, "--override", str(number)).stdout)
        self.assertEqual(self.sluice.ctl("explain", "--client", CLIENT4, "--url", url, "--override", "9999").returncode, 65)
        replayed = self.sluice.ctl_json("replay", "--policy", self.sluice.conf)
        self.assertEqual(replayed["changed"], 0, json.dumps(replayed["changes"], indent=1))
        self.assertGreater(replayed["records"], 0)

    def test_a_bypass_never_follows(self):
        """Where the rules behind would pass the flow unread, it is read nevertheless."""
        self.addCleanup(self.reload, POLICY)
        self.reload(POLICY.replace("    inspect everyone any", "    pass everyone any"))
        number, code = self.new()
        self.assertEqual(self.enter("https://blocked.sluice.test/hello", code, "-4")[0], 303)
        self.assertEqual(self.fetch("https://blocked.sluice.test/hello", "-4"), HELLO)
        self.sluice.wait_records(1, url__full="https://blocked.sluice.test/hello", sluice__override__id=number, event__action="inspect")

    def test_the_setting_turns_all_off(self):
        number, code = self.new("--uses", "3")
        url = "http://blocked.sluice.test/hello"
        self.assertEqual(self.enter(url, code, "-4")[0], 303)
        self.addCleanup(self.reload, POLICY)
        self.sluice.write(self.sluice.configuration(POLICY, extra=GROUPS + "\n override { codes no }"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertIsNone(self.action(url, "-4"))
        self.assertNotIn("overrides", self.sluice.ctl_json("explain", "--client", CLIENT4, "--url", url))
        self.assertNotIn("override:", self.sluice.ctl("explain", "--client", CLIENT4, "--url", url).stdout)
        entered = self.sluice.ctl("explain", "--client", CLIENT4, "--url", url, "--override", str(number))
        self.assertEqual((entered.returncode, "takes no override codes" in entered.stderr), (65, True))


@proxied
class Guessing(Overrides):
    CONFIG = {"policy": POLICY, "extra": GROUPS + "\n override { attempts 3  attempts_all 5 }"}

    def test_after_some_wrong_codes_no_code_is_looked_at(self):
        url = "http://blocked.sluice.test/hello"
        self.lab.client.ip("address", "add", f"{SECOND4}/24", "dev", "eth0")
        _, code = self.new("--uses", "9")
        wrong = [with_check(f"{i:015d}") for i in range(20)]

        def results(source, codes):
            self.sluice.mark()
            for one in codes:
                self.assertEqual(self.enter(url, one, "--interface", source)[0], 403)
            return [record["sluice.override.result"] for record in self.sluice.wait_records(len(codes), http__request__method="POST", source__ip=source)]
        # Typing errors cost nothing.
        self.assertEqual(results(CLIENT4, ["X"] * 4 + wrong[:3]), ["mistyped"] * 4 + ["refused"] * 3)
        self.assertEqual(results(CLIENT4, [code, wrong[4]]), ["limited"] * 2)
        # Another client still may, until all together have been wrong too often.
        self.assertEqual(self.enter(url, code, "--interface", CLIENT6)[0], 303)
        self.assertEqual(results(SECOND4, wrong[5:7] + [code]), ["refused", "refused", "limited"])
        self.assertEqual(self.listed()[0]["used"], 1)
        self.assertEqual(self.sluice.process.output().count("an unknown code refused to client"), 5)


@proxied
class Keeping(Overrides):
    CONFIG = {"policy": POLICY, "extra": GROUPS}

    def restart(self):
        self.assertEqual(self.sluice.stop(), 0)
        self.sluice.start()

    def test_codes_and_grants_outlive_worker_daemon_and_reload(self):
        url = "http://blocked.sluice.test/hello"
        _, code = self.new("--uses", "3")
        self.assertEqual(self.enter(url, code, "-4")[0], 303)
        os.kill(self.sluice.worker(), signal.SIGKILL)
        self.sluice.wait_ready()
        self.assertEqual(self.fetch(url, "-4"), HELLO)
        self.restart()
        self.assertEqual(self.fetch(url, "-4"), HELLO)
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.fetch(url, "-4"), HELLO)
        self.assertEqual(self.enter(url, code, "-6")[0], 303)
        row, = self.listed()
        self.assertEqual((row["used"], row["granted"]), (2, 2))
        self.assertEqual(self.sluice.ctl("override", "revoke", str(row["id"])).returncode, 0)
        self.restart()
        self.assertEqual((self.listed(), self.status_of(url, "-4")), ([], 403))
        said = self.sluice.process.output()
        self.assertNotIn(code, said)

    def test_a_damaged_file_is_replaced_by_its_copy_and_two_open_nothing(self):
        path = os.path.join(self.sluice.state_dir, "overrides")
        number, code = self.new()
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.sluice.stop()
        for name in (path, path + ".copy"):
            with open(name, encoding="utf-8") as text:
                whole = text.read()
            self.assertNotIn(code.replace("-", ""), whole.replace("-", ""))
        with open(path, "w", encoding="utf-8") as out:
            out.write(whole.replace('"used": 0', '"used": 1'))
        self.sluice.start()
        self.assertEqual([(row["id"], row["used"]) for row in self.listed()], [(number, 0)])
        self.assertIn("overrides cannot be used: it is damaged", self.sluice.process.output())
        self.assertEqual(self.enter("http://blocked.sluice.test/hello", code)[0], 303)
        self.sluice.stop()
        for name in (path, path + ".copy"):
            with open(name, "r+", encoding="utf-8") as out:
                out.truncate(100)
        self.sluice.start()
        self.assertEqual(self.listed(), [])
        self.assertIn("no code holds any more", self.sluice.process.output())
        self.assertEqual(self.status_of("http://blocked.sluice.test/hello"), 403)
        self.new()


@proxied
@needs_program("chromium")
class Browsers(Overrides):
    """A person with Chromium, to whom the pages speak. SLUICE_E2E_SCREENS keeps the pictures."""
    CONFIG = {"policy": POLICY, "extra": GROUPS}
    TIME_LIMIT = 120

    def test_a_person_types_the_code(self):
        self.nginx.write("attack.html", "<form id=f method=post><input name=code></form>")
        _, code = self.new("--uses", "2")
        with Browser(self.lab, self.sluice.ca_file) as browser:
            for scheme in ("http", "https"):
                with self.subTest(scheme=scheme):
                    browser.visit(f"{scheme}://blocked.sluice.test/page/index.html")
                    self.assertEqual(browser.evaluate("document.querySelector('label').control.name"), "code")
                    browser.look(f"override-{scheme}-light", 1000)
                    browser.look(f"override-{scheme}-phone-dark", 390, dark=True)
                    self.assertLessEqual(browser.evaluate("document.documentElement.scrollWidth"), 390, "the page is wider than a phone")
                    browser.type("input", "0000-0000-0000-0000")
                    self.assertIn("does not open the page", browser.evaluate("document.querySelector('[role=alert]').textContent"))
                    browser.look(f"override-{scheme}-refused", 390)
                    browser.type("input", code)
                    wait_until(lambda: browser.evaluate("document.body.textContent").find("css true image true fetch 42") >= 0,
                               "the page that was wanted is there, whole")
                    self.assertEqual(browser.evaluate("location.href"), f"{scheme}://blocked.sluice.test/page/index.html")
                    row, = self.listed()
                    self.sluice.ctl("override", "revoke", str(row["id"]))
                    _, code = self.new("--uses", "2")
            self.assert_foreign_page_cannot_post(browser, code)

    def assert_foreign_page_cannot_post(self, browser, code):
        action = self.action("https://blocked.sluice.test/page/index.html", "-4")
        browser.visit("https://www.sluice.test/attack.html")
        browser.evaluate(f"f.action = 'https://blocked.sluice.test{action}'; f.code.value = '{code}'; f.submit()")
        wait_until(lambda: "blocked.sluice.test" in browser.evaluate("location.href") and browser.evaluate("!!document.querySelector('form')"),
                   "the block page is there")
        self.assertEqual(self.listed()[0]["used"], 0)


if __name__ == "__main__":
    unittest.main()
