"""Headless Chromium loads a page with its resources through the proxy, the CA in its store."""
import os
import signal
import unittest

from lib import chromium
from lib.case import E2ECase, needs_program, proxied


@needs_program("chromium")
class Chromium(E2ECase):
    CONFIG = {"policy": "block everyone site blocked.sluice.test\n inspect everyone any"}
    TIME_LIMIT = 120

    def test_a_page_with_its_resources_loads(self):
        home = chromium.home(self.lab, self.sluice.ca_file)
        for scheme in ("https", "http"):
            with self.subTest(scheme=scheme):
                done = chromium.load(self.lab, f"{scheme}://www.sluice.test/page/index.html", home)
                self.assertIn("css true image true fetch 42", done.stdout, done.stderr[-3000:])

    @proxied
    def test_a_bad_origin_is_shown_as_bad(self):
        home = chromium.home(self.lab, self.sluice.ca_file)
        done = chromium.load(self.lab, "https://expired.sluice.test/hello", home)
        self.assertNotIn("hello from the origin", done.stdout)

    @proxied
    def test_a_blocked_site_without_the_ca_ends_in_an_alert(self):
        """Once a client has refused our certificate, it is shown none again for a page of ours that it could not read."""
        home = chromium.home(self.lab, self.lab.root_ca)
        # As the gateway sees it for the first time: no other test's client, whose store may have the CA.
        os.kill(self.sluice.worker(), signal.SIGKILL)
        self.sluice.wait_ready()
        for answers in ({None, "alert"}, {"alert"}):
            self.sluice.mark()
            done = chromium.load(self.lab, "https://blocked.sluice.test/", home)
            self.assertNotIn("sluice.conf:", done.stdout)
            records = self.sluice.wait_records(1, tls__client__server_name="blocked.sluice.test")
            self.assertEqual({(record["event.dataset"], record["event.action"]) for record in records}, {("sluice.flow", "block")})
            self.assertLessEqual({record.get("sluice.answer") for record in records}, answers)

    @proxied
    def test_without_the_ca_nothing_loads(self):
        home = chromium.home(self.lab, self.lab.root_ca)
        done = chromium.load(self.lab, "https://www.sluice.test/page/index.html", home)
        self.assertNotIn("fetch 42", done.stdout)


if __name__ == "__main__":
    unittest.main()
