"""Network namespaces: made, entered, swept away. Their names carry the process that made them, so that what a killed
run left behind is found by the next one."""
import contextlib
import ctypes
import os
import re
import shutil
import subprocess

PREFIX = "slt"
_NAME = re.compile(rf"^{PREFIX}(\d+)-")
_ETC = "/etc/netns"
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _setns(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


class Namespace:
    """One network namespace with a hosts file of its own for the programs started in it."""

    _count = 0

    def __init__(self, role, hosts=""):
        Namespace._count += 1
        self.role = role
        self.name = f"{PREFIX}{os.getpid()}-{Namespace._count}{role}"
        self._etc = os.path.join(_ETC, self.name)
        try:
            os.makedirs(self._etc)
            self.write_etc("hosts", "127.0.0.1 localhost\n::1 localhost\n" + hosts)
            self.write_etc("resolv.conf", "nameserver 127.0.0.1\n")
            _run("ip", "netns", "add", self.name)
            self.ip("link", "set", "lo", "up")
        except BaseException:
            self.delete()
            raise

    def write_etc(self, name, text):
        """Gives programs in the namespace this /etc/NAME."""
        with open(os.path.join(self._etc, name), "w", encoding="ascii") as out:
            out.write(text)

    def ip(self, *arguments):
        _run("ip", "-n", self.name, *arguments)

    def sysctl(self, **values):
        """sysctl(net__ipv4__ip_forward=1): two underscores for a slash."""
        with self.entered():
            for key, value in values.items():
                with open("/proc/sys/" + key.replace("__", "/"), "w", encoding="ascii") as out:
                    out.write(str(value))

    def command(self, *arguments):
        """The command line that runs the arguments in here."""
        return ["ip", "netns", "exec", self.name, *map(str, arguments)]

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in the namespace; a socket made now stays in it for life."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(there)
            yield self
        finally:
            _setns(home)
            os.close(there)
            os.close(home)

    def pids(self):
        done = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False)
        return [int(pid) for pid in done.stdout.split()]

    def delete(self):
        for pid in self.pids():
            if pid != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
        subprocess.run(["ip", "netns", "delete", self.name], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self._etc, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rmdir(_ETC)


def sweep():
    """Removes the namespaces, and what runs in them, of test processes that are no more."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0] for line in listed.splitlines() if line.strip()}
    if os.path.isdir(_ETC):
        names.update(os.listdir(_ETC))
    for name in names:
        found = _NAME.match(name)
        if not found or os.path.exists(f"/proc/{found.group(1)}"):
            continue
        stale = Namespace.__new__(Namespace)
        stale.name, stale._etc = name, os.path.join(_ETC, name)
        stale.delete()
