"""The test case that the files of this directory derive from."""
import contextlib
import functools
import os
import signal
import unittest

from . import paths
from .daemon import Direct, Sluice
from .lab import Lab
from .nginx import Nginx
from .wait import SLOWNESS

DIRECT = os.environ.get("SLUICE_E2E_GATEWAY") == "direct"


def proxied(test):
    """Marks a test (or class) about the proxy itself: it is skipped when the laboratory runs without one."""
    return unittest.skipIf(DIRECT, "about the proxy itself")(test)


def needs_program(*names):
    """Skips the test where none of the programs is installed."""
    return unittest.skipUnless(paths.find_program(*names), f"{' or '.join(names)} is not installed")


class Overdue(AssertionError):
    """A test took longer than its limit."""


class E2ECase(unittest.TestCase):
    """A laboratory with nginx and one sluice for all tests of the class.

    CONFIG holds the keyword arguments of Sluice, or is None when the tests start their own. Everything that was
    logged is printed after a test that failed.
    """

    CONFIG = {}
    ORIGIN = True
    TIME_LIMIT = 60

    lab = None
    nginx = None
    sluice = None

    @classmethod
    def setUpClass(cls):
        try:
            with _limit(cls.TIME_LIMIT, "setUpClass"):
                cls.lab = Lab()
                cls.addClassCleanup(cls.lab.close)
                if cls.ORIGIN:
                    cls.nginx = Nginx(cls.lab, **cls.origin_arguments())
                if cls.CONFIG is not None:
                    cls.sluice = (Direct(cls.lab) if DIRECT else Sluice(cls.lab, **cls.CONFIG)).start()
        except BaseException:
            if cls.lab is not None:
                print(cls.lab.logs())
            raise

    @classmethod
    def tearDownClass(cls):
        """The daemon of the class ends in order, and no sanitizer has anything to say."""
        if not isinstance(cls.sluice, Sluice) or cls.sluice.process is None:
            return
        process = cls.sluice.process
        status = cls.sluice.stop()
        said = process.output()
        for word in ("Sanitizer", "runtime error:", "Assertion"):
            if word in said:
                raise AssertionError(f"{word} in the log of {process.name}:\n{said[-20000:]}")
        if status != 0:
            raise AssertionError(f"sluiced ended with {status}:\n{said[-20000:]}")

    @classmethod
    def origin_arguments(cls):
        """Further arguments of Nginx, once the laboratory is there."""
        return {}

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        limited = getattr(self, self._testMethodName)

        @functools.wraps(limited)
        def test(*arguments):
            with _limit(self.TIME_LIMIT, self._testMethodName):
                limited(*arguments)
        setattr(self, self._testMethodName, test)
        try:
            return super().run(result)
        finally:
            if len(result.failures) + len(result.errors) > before:
                print(f"==== logs of {self.id()}\n{self.lab.logs()}\n==== end of logs", flush=True)

    def setUp(self):
        if isinstance(self.sluice, Sluice) and self.sluice.process is not None:
            self.sluice.mark()

    # Clients

    def curl(self, *arguments, ca=True, timeout=20):
        """curl in the client's namespace: the CompletedProcess. It trusts sluice's CA and nothing else."""
        trust = ["--cacert", self.sluice.ca_file] if ca else []
        return self.lab.run(self.lab.client, "curl", "-sS", "--max-time", timeout * SLOWNESS, *trust, *arguments, timeout=timeout + 10)

    def fetch(self, url, *arguments, **options):
        """The body that curl gets; the test fails when curl does."""
        done = self.curl("-f", url, *arguments, **options)
        self.assertEqual(done.returncode, 0, f"curl {url}: {done.stderr}")
        return done.stdout

    def status_of(self, url, *arguments, **options):
        """The status code that curl sees."""
        done = self.curl("-o", "/dev/null", "-w", "%{http_code}", url, *arguments, **options)
        self.assertEqual(done.returncode, 0, f"curl {url}: {done.stderr}")
        return int(done.stdout)

    def assert_others_untouched(self):
        """The proxy still serves: what the bad ones did has hurt nobody else."""
        self.assertEqual(self.fetch("http://www.sluice.test/hello"), "hello from the origin\n")
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")


@contextlib.contextmanager
def _limit(seconds, what):
    def overdue(_number, _frame):
        raise Overdue(f"{what} took more than {seconds * SLOWNESS:.0f} s")
    previous = signal.signal(signal.SIGALRM, overdue)
    signal.setitimer(signal.ITIMER_REAL, seconds * SLOWNESS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
