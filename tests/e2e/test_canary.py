"""What was decrypted leaves no trace: nothing of a session with secrets is in any file of the daemon, its messages, or
what it says, as it is configured where nothing is said; not even when its worker crashes."""
import os
import signal
import unittest

from lib.case import E2ECase, proxied
from lib.scripted import ScriptedServer, answer, serving
from lib.wait import wait_until

CANARY = "kanarienvogel"


@proxied
class Canary(E2ECase):
    # As configured by default, with rules that ask for all there is.
    CONFIG = {"record": "format ecs", "policy": """
        block everyone site blocked.sluice.test reason "no"
        warn  everyone site soon.sluice.test
        block everyone site *.sluice.test/never-asked
        block everyone header X-Never
        block everyone type executable
        block everyone phrases over 100 monitor
        inspect everyone any"""}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        page = f"<!DOCTYPE html><title>{CANARY}-title</title><p>{CANARY}-answer".encode()
        for port, certificate in ((80, None), (443, "any")):
            ScriptedServer(cls.lab, serving(lambda _request: answer(page, fields=f"Content-Type: text/html\r\nSet-Cookie: s={CANARY}-set\r\n")),
                           5, port, certificate)

    def secrets(self):
        """Requests whose every part that is nobody's business carries the canary."""
        fields = ["-H", f"Cookie: session={CANARY}-cookie", "-H", f"Authorization: Bearer {CANARY}-bearer", "-H", f"X-Token: {CANARY}-token",
                  "-e", f"https://www.sluice.test/{CANARY}-referrer?{CANARY}"]
        for scheme in ("http", "https"):
            for name in ("www", "raw", "blocked", "soon"):
                url = f"{scheme}://{name}.sluice.test/{CANARY}-path?q={CANARY}-query"
                self.curl("-o", "/dev/null", *fields, url)
                self.curl("-o", "/dev/null", *fields, "--data", f"user=a&password={CANARY}-password", url)
        self.curl("-o", "/dev/null", *fields, f"https://user:{CANARY}-userinfo@www.sluice.test/{CANARY}")
        self.curl("-o", "/dev/null", *fields, f"https://down.sluice.test/{CANARY}-failed")
        with self.lab.connect("www.sluice.test", 80) as peer:  # what cannot be parsed
            peer.send(f"GET /{CANARY}-bad HTTP/1.1\r\nHost: www.sluice.test\r\nHost: twice\r\nCookie: {CANARY}\r\n\r\n").read_all()

    def traces(self):
        """Files and answers of the daemon that hold the canary."""
        found = []
        for folder in (self.sluice.state_dir, self.sluice.log_dir, self.sluice.run_dir):
            for path in (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names):
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        if CANARY.encode() in file.read():
                            found.append(path)
        said = {"messages": self.sluice.process.output(), **{word: self.sluice.ctl("--json", word).stdout for word in ("status", "flows")}}
        return found + [what for what, text in said.items() if CANARY in text]

    def test_nothing_of_the_secrets_is_kept_or_said(self):
        self.secrets()
        records = self.sluice.wait_records(18)
        self.assertEqual(self.traces(), [])
        urls = {record["url.full"] for record in records if "url.full" in record}
        self.assertIn("https://www.sluice.test/", urls)
        self.assertIn("http://blocked.sluice.test/", urls)
        # A connection that holds secrets when its worker crashes.
        with self.lab.connect("www.sluice.test", 80) as peer:
            peer.send(f"POST /{CANARY}-crash HTTP/1.1\r\nHost: www.sluice.test\r\nCookie: {CANARY}\r\nContent-Length: 1000\r\n\r\n{CANARY}")
            wait_until(lambda: "www.sluice.test" in self.sluice.ctl("flows").stdout, "it is under way")
            os.kill(self.sluice.worker(), signal.SIGABRT)
            self.sluice.wait_ready()
        self.assertEqual(self.traces(), [])

    def test_replay_says_that_hosts_alone_do_not_tell_of_paths(self):
        self.fetch("https://www.sluice.test/hello")
        self.sluice.wait_records(1, url__domain="www.sluice.test")
        done = self.sluice.ctl("replay", "--policy", self.sluice.conf)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"0 of \d+ verdicts would change; of [1-9]\d* more the records do not tell: path \(record { urls full } keeps it\)")


if __name__ == "__main__":
    unittest.main()
