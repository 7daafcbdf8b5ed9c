#!/usr/bin/python3
"""The rule sets of scripts/iptables/, each in network namespaces of its own: a client, a gateway and a server.

In the gateway stands not sluice but a small server that answers with the original destination, so that what is tested
is the rules alone. Needs root.
"""
import contextlib
import os
import pwd
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, "..", "..", "scripts", "iptables")
OWN_MARK = 0x01000000
IP6T_SO_ORIGINAL_DST = SO_ORIGINAL_DST = 80
IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75
NOBODY = pwd.getpwnam("nobody").pw_uid


# --- the servers, started in their namespaces as `test_rules_by_hand.py --serve ROLE PORT` ---

def original_destination(connection, role):
    local = connection.getsockname()
    if role == "tproxy":
        host, port = local[:2]
    elif local[0].startswith("::ffff:"):
        port, raw = struct.unpack("!2xH4s8x", connection.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16))
        host = socket.inet_ntop(socket.AF_INET, raw)
    else:
        port, raw = struct.unpack("!2xH4x16s4x", connection.getsockopt(socket.IPPROTO_IPV6, IP6T_SO_ORIGINAL_DST, 28))
        host = socket.inet_ntop(socket.AF_INET6, raw)
    return host, port


def listeners(role, ports):
    for port in ports:
        for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
            if role != "tproxy":
                host, family = "::", socket.AF_INET6
            listener = socket.socket(family)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if role == "tproxy":
                level, option = ((socket.SOL_IP, IP_TRANSPARENT) if family == socket.AF_INET
                                 else (socket.IPPROTO_IPV6, IPV6_TRANSPARENT))
                listener.setsockopt(level, option, 1)
            else:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            listener.bind((host, port))
            listener.listen(64)
            yield listener
            if role != "tproxy":
                break


def serve(role, ports):
    """Answers each HTTP request with who answered, and where the client wanted to go."""
    import selectors
    waiting = selectors.DefaultSelector()
    for listener in listeners(role, ports):
        waiting.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            connection, _ = key.fileobj.accept()
            with contextlib.suppress(OSError), connection:
                connection.settimeout(5)
                connection.recv(65536)
                text = role if role == "origin" else "%s %s %d" % (role, *original_destination(connection, role))
                connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}"
                                   .encode())


# --- the laboratory ---

def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


class Lab:
    """client 10.62.1.2 -- lan gateway wan -- server 10.62.2.2, and the same in fd62:1::/64 and fd62:2::/64"""

    def __init__(self):
        self.names = {}
        self.servers = []
        for role in ("client", "gateway", "server"):
            name = f"slh{os.getpid()}-{role}"
            run("ip", "netns", "add", name)
            self.names[role] = name
            self.shell(role, "ip link set lo up; echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad")
        for number, (link, other) in enumerate((("lan", "client"), ("wan", "server")), 1):
            run("ip", "-n", self.names["gateway"], "link", "add", link, "type", "veth",
                "peer", "name", "eth0", "netns", self.names[other])
            self.address("gateway", link, f"10.62.{number}.1/24", f"fd62:{number}::1/64")
            self.address(other, "eth0", f"10.62.{number}.2/24", f"fd62:{number}::2/64")
            self.shell(other, f"ip route add default via 10.62.{number}.1; ip route add default via fd62:{number}::1")
        self.shell("gateway", "echo 1 > /proc/sys/net/ipv4/ip_forward; "
                              "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
        self.start("server", "origin", 80, 8080)

    def address(self, role, link, *addresses):
        for address in addresses:
            run("ip", "-n", self.names[role], "addr", "add", address, "dev", link, *(["nodad"] if ":" in address else []))
        run("ip", "-n", self.names[role], "link", "set", link, "up")

    def command(self, role, *command):
        return ["ip", "netns", "exec", self.names[role], *command]

    def shell(self, role, text):
        return run(*self.command(role, "sh", "-ec", text))

    def start(self, where, role, *ports):
        process = subprocess.Popen(self.command(where, sys.executable, os.path.abspath(__file__), "--serve", role,
                                                *map(str, ports)), stdout=subprocess.PIPE, text=True)
        self.servers.append(process)
        if process.stdout.readline().strip() != "ready":
            raise AssertionError(f"the {role} did not start")
        return process

    def stop(self, process):
        self.servers.remove(process)
        process.kill()
        process.wait()
        process.stdout.close()

    def curl(self, role, url, *prefix):
        """What answered: the body, or "refused", or "silent"."""
        result = subprocess.run(self.command(role, *prefix, "curl", "-gsS", "--noproxy", "*", "-m", "4",
                                             "--connect-timeout", "3", url),
                                capture_output=True, text=True, timeout=30)
        if result.returncode == 0:
            return result.stdout
        return {7: "refused", 28: "silent", 56: "refused"}.get(result.returncode, f"curl {result.returncode}")

    def script(self, *command, **settings):
        environment = {"INTERFACES": "lan", "PROXY_USER": "nobody", **settings}
        return run(*self.command("gateway", os.path.join(SCRIPTS, command[0]), *command[1:]),
                   env={**os.environ, **environment})

    def rules(self):
        """All rules and routes of ours in the gateway, without counters."""
        text = self.shell("gateway", "nft -s list ruleset; ip -4 rule; ip -6 rule; ip -4 route show table all; "
                                     "ip -6 route show table all")
        lines = [line for line in text.splitlines() if re.search("sluice|3129|3130|0x2000000", line, re.IGNORECASE)]
        return sorted(lines)

    def close(self):
        for process in list(self.servers):
            self.stop(process)
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], check=False)


def may_run():
    return os.geteuid() == 0 and all(map(shutil.which, ("ip", "nft", "iptables", "ip6tables", "curl")))


@unittest.skipUnless(may_run(), "needs root, ip, nft, iptables and curl")
class RuleSet:
    """What every rule set must do. Subclasses say how it is installed."""

    method = without_proxy = None
    up = down = ()

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.proxy = self.lab.start("gateway", self.method, 3129 if self.method == "redirect" else 3130)
        self.wait_for_path()

    def wait_for_path(self):
        deadline = time.monotonic() + 20
        while {self.get("http://10.62.2.2/"), self.get("http://[fd62:2::2]/")} != {"origin"}:
            self.assertLess(time.monotonic(), deadline, "the server cannot be reached without rules")

    def get(self, url, role="client", *prefix):
        return self.lab.curl(role, url, *prefix)

    def test_web_traffic_comes_to_the_proxy_with_its_destination(self):
        self.lab.script(*self.up)
        self.assertEqual(self.get("http://10.62.2.2/"), f"{self.method} 10.62.2.2 80")
        self.assertEqual(self.get("http://[fd62:2::2]/"), f"{self.method} fd62:2::2 80")
        self.assertEqual(self.get("http://10.62.2.2:443/"), f"{self.method} 10.62.2.2 443")
        self.assertEqual(self.get("http://203.0.113.7/"), f"{self.method} 203.0.113.7 80")

    def test_other_traffic_is_left_alone(self):
        self.lab.script(*self.up)
        self.assertEqual(self.get("http://10.62.2.2:8080/"), "origin")
        self.assertEqual(self.get("http://[fd62:2::2]:8080/"), "origin")
        self.assertEqual(self.get("http://10.62.2.2/", "gateway"), "origin")
        self.assertEqual(self.get("http://10.62.1.1/"), "refused")
        self.assertEqual(self.get("http://[fd62:2::1]/"), "refused")

    def test_the_listener_cannot_be_reached_directly(self):
        self.lab.script(*self.up)
        port = 3129 if self.method == "redirect" else 3130
        for role, host in (("client", "10.62.1.1"), ("client", "[fd62:1::1]"), ("server", "10.62.2.1"),
                           ("server", "[fd62:2::1]")):
            self.assertEqual(self.get(f"http://{host}:{port}/", role), "refused", host)

    def test_up_and_down_may_be_repeated_and_leave_nothing(self):
        before = self.lab.rules()
        self.lab.script(*self.down)
        self.assertEqual(self.lab.rules(), before)
        self.lab.script(*self.up)
        once = self.lab.rules()
        self.assertNotEqual(once, before)
        self.lab.script(*self.up)
        self.assertEqual(self.lab.rules(), once)
        self.assertTrue(self.get("http://10.62.2.2/").startswith(self.method))
        self.lab.script(*self.down)
        self.lab.script(*self.down)
        self.assertEqual(self.lab.rules(), before)
        self.assertEqual(self.get("http://10.62.2.2/"), "origin")

    def test_settings_are_heeded(self):
        self.lab.script(*self.up, INTERFACES="wan other0", PORTS="8080")
        self.assertEqual(self.get("http://10.62.2.2/"), "origin")
        self.assertEqual(self.get("http://10.62.2.2:8080/"), "origin")
        self.assertEqual(self.get("http://10.62.1.2:8080/", "server"), f"{self.method} 10.62.1.2 8080")
        self.assertEqual(self.get("http://[fd62:1::2]:8080/", "server"), f"{self.method} fd62:1::2 8080")

    def test_quic_is_refused_unless_it_is_wanted(self):
        def send(expected):
            with subprocess.Popen(self.lab.command("server", sys.executable, "-c", UDP_ECHO), stdout=subprocess.PIPE,
                                  text=True) as echo:
                try:
                    echo.stdout.readline()
                    answer = run(*self.lab.command("client", sys.executable, "-c", UDP_ASK)).strip()
                    self.assertEqual(answer, expected)
                finally:
                    echo.kill()
        self.lab.script(*self.up)
        send("refused refused")
        self.lab.script(*self.up, REJECT_QUIC="no")
        send("answered answered")

    def test_what_becomes_of_traffic_when_the_proxy_is_dead(self):
        self.lab.script(*self.up)
        self.lab.stop(self.proxy)
        self.assertEqual(self.get("http://10.62.2.2/"), self.without_proxy)
        self.assertEqual(self.get("http://[fd62:2::2]/"), self.without_proxy)


class LocalTraffic:
    """What a rule set for redirection can do in addition."""

    def test_the_gateways_own_traffic_comes_too_except_the_proxys(self):
        self.lab.script(*self.up, LOCAL="yes")
        self.assertEqual(self.get("http://10.62.2.2/", "gateway"), "redirect 10.62.2.2 80")
        self.assertEqual(self.get("http://[fd62:2::2]/", "gateway"), "redirect fd62:2::2 80")
        as_nobody = ("setpriv", f"--reuid={NOBODY}", "--clear-groups")
        self.assertEqual(self.get("http://10.62.2.2/", "gateway", *as_nobody), "origin")
        marked = run(*self.lab.command("gateway", sys.executable, "-c", MARKED_GET))
        self.assertTrue(marked.endswith("origin"), marked)
        self.assertEqual(self.get("http://10.62.2.1/", "gateway"), "refused")
        self.assertEqual(self.get("http://127.0.0.1/", "gateway"), "refused")


class BypassSets:
    """What only nft has."""

    def test_an_element_lets_pass_for_its_time(self):
        self.lab.script(*self.up)
        add = "nft add element inet sluice"
        self.lab.shell("gateway", f"{add} bypass4 '{{ 10.62.2.2 . 80 timeout 1h }}'; "
                                  f"{add} bypass_from6 '{{ fd62:1::2 . fd62:2::2 . 80 timeout 1h }}'")
        self.assertEqual(self.get("http://10.62.2.2/"), "origin")
        self.assertEqual(self.get("http://[fd62:2::2]/"), "origin")
        self.assertEqual(self.get("http://10.62.2.2:443/"), f"{self.method} 10.62.2.2 443")


class RedirectByIptables(RuleSet, LocalTraffic, unittest.TestCase):
    method, without_proxy = "redirect", "refused"
    up, down = ("redirect-iptables.sh", "up"), ("redirect-iptables.sh", "down")


class TproxyByIptables(RuleSet, unittest.TestCase):
    method, without_proxy = "tproxy", "silent"
    up, down = ("tproxy-iptables.sh", "up"), ("tproxy-iptables.sh", "down")


class RedirectByNft(RuleSet, LocalTraffic, BypassSets, unittest.TestCase):
    method, without_proxy = "redirect", "refused"
    up, down = ("nft.sh", "redirect", "up"), ("nft.sh", "redirect", "down")


class TproxyByNft(RuleSet, BypassSets, unittest.TestCase):
    method, without_proxy = "tproxy", "origin"
    up, down = ("nft.sh", "tproxy", "up"), ("nft.sh", "tproxy", "down")


class Usage(unittest.TestCase):
    def test_a_wrong_word_is_explained(self):
        for command in (["redirect-iptables.sh"], ["tproxy-iptables.sh", "sideways"], ["nft.sh", "up"],
                        ["nft.sh", "redirect", "over"]):
            result = subprocess.run([os.path.join(SCRIPTS, command[0]), *command[1:]], capture_output=True, text=True,
                                    check=False)
            self.assertIn(result.returncode, (64, 77), command)
            self.assertTrue(result.stderr, command)

    @unittest.skipUnless(shutil.which("nft") and os.geteuid() == 0, "needs root and nft")
    def test_the_nft_files_load_as_they_are(self):
        # Without the gateway's own traffic there is no need of a user called sluice.
        for name in ("redirect.nft", "tproxy.nft"):
            with open(os.path.join(SCRIPTS, name), encoding="ascii") as source:
                text = source.read().replace('"sluice"', str(NOBODY))
            run("unshare", "-n", "nft", "-c", "-f", "-", input=text)


UDP_ECHO = """
import socket, threading
def echo(family, host):
    s = socket.socket(family, socket.SOCK_DGRAM); s.bind((host, 443))
    while True: s.sendto(*s.recvfrom(64))
for pair in ((socket.AF_INET, "10.62.2.2"), (socket.AF_INET6, "fd62:2::2")):
    threading.Thread(target=echo, args=pair, daemon=True).start()
print("ready", flush=True); threading.Event().wait()
"""
UDP_ASK = """
import socket
for family, host in ((socket.AF_INET, "10.62.2.2"), (socket.AF_INET6, "fd62:2::2")):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(1); s.connect((host, 443))
    outcome = "silent"
    for attempt in range(5):
        s.send(b"x")
        try: s.recv(64); outcome = "answered"; break
        except ConnectionRefusedError: outcome = "refused"; break
        except TimeoutError: pass
    print(outcome, end=" ")
"""
MARKED_GET = f"""
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, 36, {OWN_MARK}); s.connect(("10.62.2.2", 80))
s.send(b"GET / HTTP/1.1\\r\\n\\r\\n"); print(s.makefile().read(), end="")
"""

if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], map(int, sys.argv[3:]))
    else:
        unittest.main()
