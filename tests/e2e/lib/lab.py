"""The laboratory: a client, a gateway and an origin, each a network namespace.

    client eth0 ---- lan gateway wan ---- eth0 origin
    10.61.1.2        10.61.1.1  10.61.2.1      10.61.2.2 ... .7
    fd61:1::2        fd61:1::1  fd61:2::1      fd61:2::2 ... ::7

The gateway forwards; nothing in it intercepts until sluice (or a peer) is started there. The names below are in the
hosts file of all three. Everything the laboratory makes is gone when it is closed, on exit, SIGINT and SIGTERM too.
"""
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from . import netns, paths
from .peer import Peer
from .process import Process

# Last part of the origin's address: the names that live there.
ORIGINS = {
    2: ["www.sluice.test", "sluice.test", "a.wild.sluice.test", "-a_b-.wild.sluice.test", "rsa.sluice.test", "rsachain.sluice.test", "p384.sluice.test",
        "any.sluice.test", "soon.sluice.test", "long.sluice.test", "extras.sluice.test", "blocked.sluice.test",
        "sub.blocked.sluice.test", "passed.sluice.test", "git.sluice.test", "apt.sluice.test", "npm.sluice.test",
        "expired.sluice.test", "notyet.sluice.test", "wrongname.sluice.test", "clientauth.sluice.test", "weak.sluice.test",
        "unknown.sluice.test", "oldica.sluice.test", "leafsigned.sluice.test", "selfsigned.sluice.test", "noica.sluice.test"],
    3: ["tls12.sluice.test", "nghttpd.sluice.test"],
    4: ["tls13.sluice.test", "nghttpx.sluice.test"],
    5: ["raw.sluice.test"],
    6: ["raw2.sluice.test", "node.sluice.test"],
    7: ["down.sluice.test"],        # the address is there, nobody listens
    8: ["caddy.sluice.test"],
    9: ["gone.sluice.test"],        # nobody has the address
}
CLIENT4, CLIENT6 = "10.61.1.2", "fd61:1::2"
GATEWAY4, GATEWAY6 = "10.61.1.1", "fd61:1::1"


def address4(last):
    return f"10.61.2.{last}"


def address6(last):
    return f"fd61:2::{last}"


def address_of(name, family=4):
    """The address of a name of ORIGINS."""
    for last, names in ORIGINS.items():
        if name in names:
            return address4(last) if family == 4 else address6(last)
    raise LookupError(name)


def _hosts():
    lines = []
    for last, names in ORIGINS.items():
        for name in names:
            lines.append(f"{address4(last)} {name}\n{address6(last)} {name}\n")
    return "".join(lines)


def _terminated(_number, _frame):
    sys.exit(143)


class Lab:
    """Three namespaces, a directory that everybody may enter, a PKI, and whatever a test starts."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-e2e-")
        os.chmod(self.directory, 0o755)
        self._closers = []
        self.processes = []
        self._namespaces = []
        self._log_count = 0
        atexit.register(self.close)
        signal.signal(signal.SIGTERM, _terminated)
        self.pki = os.environ.get("SLUICE_E2E_PKI") or self._make_pki()
        self.root_ca = os.path.join(self.directory, "root.pem")
        shutil.copyfile(os.path.join(self.pki, "root.pem"), self.root_ca)
        hosts = _hosts()
        self.client, self.gateway, self.origin = (self._namespace(role, hosts) for role in ("client", "gateway", "origin"))
        self._wire()

    def _namespace(self, role, hosts):
        space = netns.Namespace(role, hosts)
        self._namespaces.append(space)
        return space

    def _make_pki(self):
        path = os.path.join(self.directory, "pki")
        subprocess.run([os.path.join(paths.SOURCE, "certs", "make-test-pki"), path], check=True, stdin=subprocess.DEVNULL)
        return path

    def _wire(self):
        for space in self._namespaces:
            space.sysctl(net__ipv6__conf__all__disable_ipv6=0, net__ipv6__conf__default__accept_dad=0,
                         net__ipv6__conf__all__accept_dad=0)
        self.gateway.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        for port, side in (("lan", self.client), ("wan", self.origin)):
            self.gateway.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", side.name)
        for space, device, addresses in (
                (self.client, "eth0", [f"{CLIENT4}/24", f"{CLIENT6}/64"]),
                (self.gateway, "lan", [f"{GATEWAY4}/24", f"{GATEWAY6}/64"]),
                (self.gateway, "wan", [f"{address4(1)}/24", f"{address6(1)}/64"]),
                (self.origin, "eth0", [f"{address4(last)}/24" for last in range(2, 9)] + [f"{address6(last)}/64" for last in range(2, 9)])):
            for address in addresses:
                space.ip("address", "add", address, "dev", device, *(["nodad"] if ":" in address else []))
            space.ip("link", "set", device, "up")
        for space, via4, via6 in ((self.client, GATEWAY4, GATEWAY6), (self.origin, address4(1), address6(1))):
            space.ip("route", "add", "default", "via", via4)
            space.ip("-6", "route", "add", "default", "via", via6)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def make_directory(self, *parts):
        path = self.path(*parts)
        os.makedirs(path, exist_ok=True)
        return path

    def certificate(self, name):
        """The (chain, key) files of a leaf of certs/make-test-pki."""
        return os.path.join(self.pki, name + ".pem"), os.path.join(self.pki, name + ".key")

    def on_close(self, function):
        """Has the function called when the laboratory closes, the last one first."""
        self._closers.append(function)

    def start(self, name, command, namespace, env=None, cwd=None):
        """Starts a program whose log is printed when a test fails."""
        self._log_count += 1
        log = self.path(f"{self._log_count:02d}-{name}.log")
        process = Process(name, command, log, namespace, env, cwd)
        self.processes.append(process)
        return process

    def run(self, namespace, *command, env=None, timeout=60, data=None, cwd=None, text=True):
        """Runs a program to its end and returns the CompletedProcess; its status is the caller's to look at."""
        full_env = dict(os.environ, **env) if env else None
        source = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(namespace.command(*command), capture_output=True, text=text, errors="replace" if text else None, check=False,
                              timeout=timeout * 3, env=full_env, cwd=cwd, **source)

    def connect(self, address, port, source=None, timeout=20.0):
        """A plain TCP connection from the client, as a Peer. The address may be a name of ORIGINS."""
        return Peer.connect(self.client, address_of(address) if address.endswith(".test") else address, port, source, timeout)

    def logs(self):
        """Everything that was logged since the last call, for the report of a failure."""
        parts = []
        for process in self.processes:
            state = "running" if process.running() else f"ended with {process.returncode}"
            text = process.output()[process._reported:]
            process._reported += len(text)
            if len(text) > 20000:
                text = text[:4000] + "\n[...]\n" + text[-16000:]
            parts.append(f"---- {process.name} ({state}) {process.log}\n{text}")
        return "\n".join(parts)

    def close(self):
        atexit.unregister(self.close)
        while self._closers:
            try:
                self._closers.pop()()
            except Exception as error:  # the rest is still to be taken down
                print(f"closing the laboratory: {error}", file=sys.stderr)
        for process in reversed(self.processes):
            process.kill()
        for space in self._namespaces:
            space.delete()
        self._namespaces = []
        shutil.rmtree(self.directory, ignore_errors=True)
