"""Chromium in a test's hands, by its DevTools protocol over a pair of pipes."""
import json
import os
import select
import subprocess
import tempfile
import base64

from .wait import SLOWNESS, wait_until

SECONDS = 20


class Browser:
    """A headless browser in the client's namespace with one page, whose store trusts the certificate."""

    def __init__(self, lab, certificate):
        self.lab = lab
        self._home = tempfile.mkdtemp(prefix="chromium-", dir=lab.directory)
        database = os.path.join(self._home, ".pki", "nssdb")
        os.makedirs(database)
        for command in (["certutil", "-N", "--empty-password"], ["certutil", "-A", "-t", "C,,", "-n", "gateway", "-i", certificate]):
            done = lab.run(lab.client, *command[:1], "-d", f"sql:{database}", *command[1:])
            if done.returncode != 0:
                raise AssertionError(done.stderr)
        self._buffer = b""
        self._number = 0

    def __enter__(self):
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def hand_over():
            # Above 4 first: one of them may be 3 or 4 already.
            ends = [os.dup(to_browser), os.dup(from_browser)]
            high = [os.dup2(end, 100 + i) for i, end in enumerate(ends)]
            for number, end in zip((3, 4), high):
                os.dup2(end, number)
        self._process = subprocess.Popen(self.lab.client.command(
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--remote-debugging-pipe",
            f"--user-data-dir={os.path.join(self._home, 'profile')}", "about:blank"), env=dict(os.environ, HOME=self._home, LANG="C.UTF-8"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=hand_over)
        os.close(to_browser)
        os.close(from_browser)
        target = wait_until(lambda: [info for info in self._call("Target.getTargets")["targetInfos"] if info["type"] == "page"], "there is a page")[0]
        self._session = self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(10)
        os.close(self._read)
        os.close(self._write)

    def _message(self):
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], SECONDS * SLOWNESS)[0]:
                raise AssertionError("the browser says nothing")
            more = os.read(self._read, 1 << 16)
            if not more:
                raise AssertionError("the browser has ended")
            self._buffer += more
        one, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(one)

    def _call(self, method, session=None, **parameters):
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        os.write(self._write, json.dumps(request).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def _ask(self, method, **parameters):
        return self._call(method, self._session, **parameters)

    def evaluate(self, script):
        """The value of an expression in the page; None while there is none."""
        return self._ask("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def visit(self, url):
        failed = self._ask("Page.navigate", url=url).get("errorText")
        if failed:
            raise AssertionError(f"{url}: {failed}")
        self._loaded()

    def _loaded(self):
        wait_until(lambda: self.evaluate("document.readyState") == "complete", "the page is loaded", 20)

    def type(self, selector, text):
        """Types into a field and presses Enter, as a person does; the next page is there then."""
        self.evaluate(f"window.isOld = true; document.querySelector('{selector}').focus()")
        self._ask("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13)
        wait_until(lambda: self.evaluate("window.isOld") is None, "the next page comes", 20)
        self._loaded()

    def look(self, name, width, dark=False):
        """A picture of the page in SLUICE_E2E_SCREENS, at that width."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=820, deviceScaleFactor=1, mobile=width < 600)
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        picture = self._ask("Page.captureScreenshot")["data"]
        folder = os.environ.get("SLUICE_E2E_SCREENS")
        if folder:
            with open(os.path.join(folder, name + ".png"), "wb") as out:
                out.write(base64.b64decode(picture))
