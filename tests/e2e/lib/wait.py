"""Waiting on a condition. No test sleeps a guessed time: it says what it waits for, and for how long at most."""
import os
import time

# Sanitizers, and a busy machine, make everything slower; figures in the tests are for a quiet one.
SLOWNESS = float(os.environ.get("SLUICE_E2E_SLOWNESS", "3"))


class Timeout(AssertionError):
    """The condition did not come true."""


def wait_until(condition, what, timeout=10.0, interval=0.02):
    """Calls condition until it returns something true, and returns that. An OSError or a LookupError means "not yet"."""
    deadline = time.monotonic() + timeout * SLOWNESS
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except (OSError, LookupError, ValueError) as error:
            last = error
        if time.monotonic() >= deadline:
            raise Timeout(f"waited {timeout * SLOWNESS:.0f} s in vain until {what} (last: {last!r})")
        time.sleep(interval)


def stays(condition, what, seconds):
    """Fails if the condition turns false within so many seconds: for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(f"did not stay so for {seconds} s: {what}")
        time.sleep(0.02)
