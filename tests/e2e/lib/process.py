"""A program that a test started: its output goes to a file, and it is ended by its own process group only."""
import contextlib
import os
import signal
import subprocess

from .wait import SLOWNESS, wait_until


class Process:
    def __init__(self, name, command, log, namespace=None, env=None, cwd=None):
        """Starts the command, in the namespace if one is given, with its output appended to the file log."""
        self.name = name
        self.log = log
        self._reported = 0
        if namespace is not None:
            command = namespace.command(*command)
        with open(log, "ab") as out:
            self._popen = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out,
                                           stderr=subprocess.STDOUT, env=env, cwd=cwd, start_new_session=True)
        self.pid = self._popen.pid

    @property
    def returncode(self):
        """None while it runs."""
        return self._popen.poll()

    def running(self):
        return self.returncode is None

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self, timeout=10.0):
        """The exit status, once the program has ended by itself."""
        try:
            return self._popen.wait(timeout * SLOWNESS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} has not ended after {timeout * SLOWNESS:.0f} s") from None

    def stop(self, timeout=10.0):
        """SIGTERM to the program; SIGKILL to its whole group when that does not help. Returns the exit status."""
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                self._popen.wait(timeout * SLOWNESS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.name} did not end on SIGTERM") from None
        return self.returncode

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def output(self):
        with open(self.log, errors="replace", encoding="utf-8") as text:
            return text.read()

    def wait_for_output(self, text, timeout=10.0):
        def said():
            if not self.running() and text not in self.output():
                raise AssertionError(f"{self.name} ended with {self.returncode}:\n{self.output()}")
            return text in self.output()
        wait_until(said, f"{self.name} says {text!r}", timeout)


def children(pid):
    """Process ids of all descendants, children first."""
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as text:
                own = [int(child) for child in text.read().split()]
        except OSError:
            continue
        for child in own:
            found.append(child)
            found.extend(children(child))
    return found


def status_field(pid, field):
    """A field of /proc/PID/status, such as VmRSS (in KiB) or Threads."""
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        for line in text:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise LookupError(field)


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as text:
            return text.read().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def descriptors(pid):
    """How many file descriptors the process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
