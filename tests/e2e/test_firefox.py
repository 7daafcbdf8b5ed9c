"""Headless Firefox, with the CA in its store: loads a page with its resources, shows the block page and a bad origin as bad."""
import json
import os
import shutil
import tempfile
import unittest

from lib.case import E2ECase, needs_program, proxied
from lib.peer import Peer
from lib.wait import wait_until

PREFERENCES = {
    "app.normandy.enabled": False, "app.update.enabled": False, "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False, "browser.shell.checkDefaultBrowser": False, "browser.aboutConfig.showWarning": False,
    "datareporting.policy.dataSubmissionEnabled": False, "extensions.update.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "services.settings.server": "data:,", "toolkit.telemetry.enabled": False,
    "startup.homepage_welcome_url": "about:blank", "browser.startup.page": 0, "network.trr.mode": 5, "dom.security.https_first": False,
    "security.OCSP.enabled": 0, "marionette.port": 2828, "network.http.http3.enable": False,
}


class Marionette:
    """Firefox's own remote control: `LENGTH:[type, id, command or error, ...]` in JSON over TCP."""

    def __init__(self, peer):
        self.peer = peer
        self._number = 0
        self._read()

    def _read(self):
        length = int(self.peer.read_until(b":"))
        return json.loads(self.peer.read_exact(length))

    def call(self, command, **parameters):
        self._number += 1
        text = json.dumps([0, self._number, command, parameters])
        self.peer.send(f"{len(text)}:{text}")
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(f"{error['error']}: {error['message']}")
        return result


@needs_program("firefox-esr", "firefox")
class Firefox(E2ECase):
    TIME_LIMIT = 180
    CONFIG = {"policy": "block everyone site blocked.sluice.test reason \"not at school\"\ninspect everyone any"}

    def browse(self, ca):
        """A new Firefox, which trusts the certificate of the file ca."""
        home = tempfile.mkdtemp(prefix="firefox-", dir=self.lab.directory)
        profile = os.path.join(home, "profile")
        os.makedirs(profile)
        for command in (["certutil", "-N", "--empty-password"], ["certutil", "-A", "-t", "C,,", "-n", "gateway", "-i", ca]):
            done = self.lab.run(self.lab.client, *command[:1], "-d", f"sql:{profile}", *command[1:])
            self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(profile, "user.js"), "w", encoding="ascii") as out:
            for name, value in PREFERENCES.items():
                out.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        process = self.lab.start("firefox", [program, "--headless", "--no-remote", "--marionette", "--profile", profile, "about:blank"],
                                 self.lab.client, env=dict(os.environ, HOME=home, LANG="C.UTF-8", MOZ_DISABLE_CONTENT_SANDBOX="1"))
        self.addCleanup(process.kill)
        peer = wait_until(lambda: Peer.connect(self.lab.client, "127.0.0.1", 2828, timeout=120), "Firefox can be controlled", 60)
        self.addCleanup(peer.close)
        firefox = Marionette(peer)
        firefox.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": False}})
        return firefox

    def text_of(self, firefox):
        return firefox.call("WebDriver:ExecuteScript", script="return document.documentElement.innerText", args=[])["value"]

    def test_pages_load_blocks_are_shown_and_bad_origins_are_refused(self):
        firefox = self.browse(self.sluice.ca_file)
        firefox.call("WebDriver:Navigate", url="https://www.sluice.test/page/index.html")
        wait_until(lambda: "css true image true fetch 42" in self.text_of(firefox), "the page has its resources", 20)
        if not hasattr(self.sluice, "ctl"):
            return
        firefox.call("WebDriver:Navigate", url="https://blocked.sluice.test/anything")
        self.assertIn("not at school", self.text_of(firefox))
        for name, said in (("expired", "EXPIRED"), ("selfsigned", "UNKNOWN_ISSUER"), ("wrongname", "UNKNOWN_ISSUER")):
            with self.subTest(origin=name):
                with self.assertRaises(RuntimeError) as caught:
                    firefox.call("WebDriver:Navigate", url=f"https://{name}.sluice.test/hello")
                self.assertRegex(str(caught.exception), "insecure certificate|about:certerror|neterror")
                self.assertNotIn("hello from the origin", self.text_of(firefox), said)


@proxied
@needs_program("firefox-esr", "firefox")
class FirefoxWithoutCa(Firefox):
    def test_pages_load_blocks_are_shown_and_bad_origins_are_refused(self):
        """Without our CA nothing is shown: neither the page nor the block page."""
        firefox = self.browse(self.lab.root_ca)
        for url in ("https://www.sluice.test/page/index.html", "https://blocked.sluice.test/"):
            with self.assertRaises(RuntimeError):
                firefox.call("WebDriver:Navigate", url=url)
            self.assertNotIn("not at school", self.text_of(firefox))


if __name__ == "__main__":
    unittest.main()
