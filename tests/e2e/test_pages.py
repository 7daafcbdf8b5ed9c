"""What the proxy answers by itself: typed answers, the warning and its link, languages, templates, and what services are
asked for."""
import json
import os
import re
import struct
import unittest
import zlib

from lib.case import E2ECase, needs_program, proxied

POLICY = """
    block everyone site blocked.sluice.test reason "not during <lessons>"
    warn  everyone site www.sluice.test/warned rsa.sluice.test/warned for 15m reason "costs time"
    inspect everyone any"""
EXTRA = """pages { contact https://help.sluice.test/review }
           enforce {
               safe_search yes
               youtube strict
           }"""


@proxied
class Answers(E2ECase):
    CONFIG = {"policy": POLICY, "extra": EXTRA}

    def answer(self, *headers, url="http://blocked.sluice.test/"):
        options = [part for header in headers for part in ("-H", header)]
        done = self.curl("-i", *options, url)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
        lines = head.split("\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        return int(lines[0].split()[1]), fields, body

    def test_each_kind_of_request_gets_an_answer_that_it_can_use(self):
        for destination, mime, begin in (
                ("document", "text/html", "<!doctype html>"), ("image", "image/svg+xml", "<svg"), ("script", "text/javascript", ""),
                ("style", "text/css", ""), ("empty", "application/problem+json", "{"), ("font", "text/plain", "This page is blocked")):
            with self.subTest(destination=destination):
                status, fields, body = self.answer(f"Sec-Fetch-Dest: {destination}")
                self.assertEqual((status, fields["content-type"].split(";")[0]), (403, mime))
                self.assertTrue(body.startswith(begin) if begin else body == "", body[:100])
                self.assertEqual(fields["cache-control"], "no-store")
                self.assertTrue(fields["content-security-policy"].startswith("default-src 'none'"))

    def test_a_problem_document_is_json_and_says_why(self):
        problem = json.loads(self.answer("Accept: application/json", url="https://blocked.sluice.test/api")[2])
        self.assertEqual((problem["status"], problem["site"], problem["reason"]), (403, "blocked.sluice.test", "not during <lessons>"))

    def test_grpc_over_http2_is_refused_in_trailers_only(self):
        done = self.curl("-i", "--http2", "-H", "Content-Type: application/grpc", "-X", "POST", "https://blocked.sluice.test/s/m")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("grpc-status: 7", done.stdout.lower())
        self.assertIn(" 200", done.stdout.splitlines()[0])

    def test_a_websocket_is_refused_plainly(self):
        status, fields, _ = self.answer("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        self.assertEqual((status, fields["content-type"]), (403, "text/plain; charset=utf-8"))

    def test_head_is_told_the_length_of_the_page(self):
        with self.lab.connect("10.61.2.2", 80) as peer:
            page = peer.request("/", "blocked.sluice.test")
            head = peer.request("/", "blocked.sluice.test", method="HEAD")
        self.assertEqual((head.status, head.get("content-length")), (page.status, page.get("content-length")))

    def test_the_page_speaks_the_clients_language(self):
        self.assertIn("Diese Seite ist gesperrt", self.answer("Accept-Language: de-AT,en;q=0.5")[2])
        self.assertIn("This page is blocked", self.answer("Accept-Language: xx")[2])

    def test_the_page_asks_for_review_by_the_requests_id(self):
        body = self.answer()[2]
        number = re.search(r"https://help\.sluice\.test/review\?request=([0-9a-f]+-\d+)", body).group(1)
        self.assertIn(f"<code>{number}</code>", body)
        self.assertIn("not during &lt;lessons&gt;", body)


@proxied
class Warnings(E2ECase):
    CONFIG = {"policy": POLICY, "extra": EXTRA}

    def link(self, url):
        return re.search(r'href="(/\.well-known/sluice/continue/[^"]+)"', self.curl("-4", url).stdout).group(1).replace("&amp;", "&")

    def test_a_warning_is_clicked_through_once_for_a_while(self):
        url = "http://www.sluice.test/warned?a=1&b=2"
        before = len(self.nginx.requests())
        self.assertEqual(self.status_of(url, "-4"), 403)
        link = self.link(url)
        self.assertEqual(self.nginx.requests()[before:], [], "the origin was asked")
        done = self.curl("-i", "-4", "http://www.sluice.test" + link)
        self.assertIn(" 303", done.stdout.splitlines()[0])
        self.assertIn(f"location: {url}", done.stdout.lower())
        self.assertEqual(self.nginx.requests()[before:], [], "the link reached the origin")
        self.assertEqual(self.status_of(url, "-4"), 404)
        self.assertEqual(self.status_of("http://www.sluice.test/warned/deeper", "-4"), 404)
        self.assertEqual(len(self.nginx.requests()[before:]), 2)
        said = {step: self.sluice.wait_records(1, sluice__warning=step, url__domain="www.sluice.test")[0]
                for step in ("shown", "followed", "accepted")}
        self.assertEqual((said["shown"]["event.action"], said["accepted"]["event.action"]), ("block", "inspect"))
        self.assertEqual(said["followed"]["sluice.answer"], "redirect")
        self.assertEqual(said["accepted"]["rule.id"], said["shown"]["rule.id"])
        # Nobody else: the same site by the other address of the same machine.
        self.assertEqual(self.status_of(url, "-6"), 403)

    def test_a_forged_or_borrowed_link_leads_back_to_the_warning(self):
        url = "https://rsa.sluice.test/warned/forged"
        link = self.link(url).replace("/warned/forged", "")
        for path, *options in ((link[:-4] + "AAAA", "-4"), (link, "-6"), ("/.well-known/sluice/continue/x", "-4"),
                               (link, "-4", "-H", "Sec-Fetch-Site: cross-site")):
            done = self.curl("-i", *options, "https://rsa.sluice.test" + path + "/warned/forged")
            self.assertIn(" 303", done.stdout.splitlines()[0])
            self.assertEqual(self.status_of(url, "-4"), 403)
            self.assertEqual(self.status_of(url, "-6"), 403)

    def test_a_path_that_looks_like_a_host_leads_nowhere_else(self):
        done = self.curl("-i", "--path-as-is", "http://www.sluice.test/.well-known/sluice/continue/x//evil.test/")
        self.assertIn("location: http://www.sluice.test//evil.test/", done.stdout.lower())


@proxied
class Enforced(E2ECase):
    CONFIG = {"policy": POLICY, "extra": EXTRA}

    def test_a_search_is_asked_for_safely(self):
        self.curl("http://www.sluice.test/search?q=cat&safe=off", "-H", "Host: www.google.de")
        self.assertIn("/search?q=cat&safe=active", str(self.nginx.requests()[-1]))
        record, = self.sluice.wait_records(1)
        self.assertEqual(record["sluice.enforced"], ["safe-search"])
        self.assertTrue(record["url.full"].endswith("safe=off"), "the record says what the client asked for")


@proxied
class Templates(E2ECase):
    CONFIG = None

    def start(self, **files):
        from lib.daemon import Sluice
        folder = self.lab.make_directory("templates-" + self._testMethodName)
        for name, text in files.items():
            with open(os.path.join(folder, name.replace("_", ".")), "w", encoding="utf-8") as out:
                out.write(text)
        os.chmod(folder, 0o700)
        return Sluice(self.lab, policy=POLICY, extra=f"pages {{ templates {folder} }}", name="sluice-" + self._testMethodName)

    def test_own_templates_and_languages_are_shown(self):
        self.sluice = self.start(page_html="<h1>{{title}}</h1>{{#reason}}[{{reason}}]{{/reason}}", messages_fr="blocked.title Non\n").start()
        try:
            self.assertEqual(self.fetch_page("fr"), "<h1>Non</h1>[not during &lt;lessons&gt;]")
            self.assertEqual(self.fetch_page("en"), "<h1>This page is blocked</h1>[not during &lt;lessons&gt;]")
        finally:
            self.sluice.stop()

    def fetch_page(self, language):
        return self.curl("http://blocked.sluice.test/", "-H", f"Accept-Language: {language}").stdout

    def test_a_broken_template_is_refused_with_its_line(self):
        done = self.start(page_html="<p>\n{{titel}}").check()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('page.html:2:1: error: there is no value called "titel"', done.stderr)


def pixels(path):
    """Width, height and the colour of the pixel in the top left corner of a PNG of 8 bits a channel."""
    with open(path, "rb") as file:
        data = file.read()
    width, height = struct.unpack(">II", data[16:24])
    at, packed = 8, b""
    while at < len(data):
        length, = struct.unpack(">I", data[at:at + 4])
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    return width, height, tuple(zlib.decompress(packed)[1:4])


@proxied
@needs_program("chromium")
class Screens(E2ECase):
    """Chromium draws the pages: SLUICE_E2E_SCREENS keeps the pictures, to be looked at."""
    CONFIG = {"policy": POLICY, "extra": EXTRA}
    TIME_LIMIT = 240

    def draw(self, name, url, width, *options):
        home = self.lab.make_directory("chromium")
        folder = os.environ.get("SLUICE_E2E_SCREENS") or home
        picture = os.path.join(folder, name + ".png")
        done = self.lab.run(self.lab.client, "chromium", "--headless=old", "--no-sandbox", "--disable-gpu", "--disable-quic",
                            "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
                            f"--user-data-dir={os.path.join(home, name)}", f"--window-size={width},820", f"--screenshot={picture}",
                            *options, url, env={"HOME": home, "LANG": "C.UTF-8"}, timeout=60)
        self.assertTrue(os.path.exists(picture), done.stderr[-2000:])
        return pixels(picture)

    def test_the_page_is_light_dark_and_fits_a_phone(self):
        dark = "--blink-settings=preferredColorScheme=0"
        width, _, light_corner = self.draw("blocked-light", "http://blocked.sluice.test/", 1000)
        self.assertEqual(width, 1000)
        self.assertGreater(min(light_corner), 200)
        self.assertLess(max(self.draw("blocked-dark", "http://blocked.sluice.test/", 1000, dark)[2]), 60)
        self.draw("blocked-phone", "http://blocked.sluice.test/", 390, "--accept-lang=de")
        self.draw("warning-light", "http://www.sluice.test/warned", 1000)
        self.draw("warning-phone-dark", "http://www.sluice.test/warned", 390, dark)


if __name__ == "__main__":
    unittest.main()
