"""The signer: the CA key is in its memory and in no other, and whatever it signs is in its log."""
import base64
import gzip
import json
import os
import re
import signal
import ssl
import subprocess
import threading
import unittest

from lib import paths
from lib.case import E2ECase, proxied
from lib.daemon import Sluice
from lib.nginx import BAD_NAMES
from lib.peer import Closed, client_context
from lib.wait import wait_until

SANITIZED = paths.is_sanitized()


def mappings(pid):
    """(first address, end, flags of /proc/PID/smaps) of what can be read."""
    found = []
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as text:
        for line in text:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (r.{3}) .*", line)
            if head:
                name = line.split(None, 5)[5].strip() if len(line.split(None, 5)) > 5 else ""
                current = [int(head.group(1), 16), int(head.group(2), 16), set()]
                if not name.startswith(("[vvar", "[vsyscall")):
                    found.append(current)
            elif line.startswith("VmFlags:") and found and current is found[-1]:
                current[2] = set(line.split()[1:])
    return found


def occurrences(pid, needles):
    """Where any of the byte strings is in the process's memory: (address, flags of the mapping)."""
    hits = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for first, end, flags in mappings(pid):
            at, tail = first, b""
            while at < end:
                try:
                    memory.seek(at)
                    data = memory.read(min(8 << 20, end - at))
                except (OSError, ValueError, OverflowError):
                    break
                if not data:
                    break
                window = tail + data
                for needle in needles:
                    place = window.find(needle)
                    while place >= 0:
                        hits.append((at - len(tail) + place, flags))
                        place = window.find(needle, place + 1)
                tail = window[-64:]
                at += len(data)
    return hits


def private_forms(key_file):
    """The private scalar as it can lie in memory: in either order of bytes, and as the text of the key's file."""
    text = subprocess.run(["openssl", "ec", "-in", key_file, "-text", "-noout"], capture_output=True, text=True, check=True).stdout
    digits = re.search(r"priv:\n((?:\s+[0-9a-f:]+\n)+)", text).group(1)
    scalar = bytes.fromhex(re.sub(r"[\s:]", "", digits)).lstrip(b"\0").rjust(32, b"\0")
    with open(key_file, encoding="ascii") as pem:
        body = "".join(line for line in pem.read().splitlines() if not line.startswith("-"))
    at = base64.b64decode(body).find(scalar)
    assert at >= 0
    first, last = (at + 2) // 3 * 4, (at + 32) // 3 * 4
    # A line of the file's text may end within: look for its longest whole run.
    lines = [line for line in open(key_file, encoding="ascii").read().splitlines() if not line.startswith("-")]
    runs, offset = [], 0
    for line in lines:
        part = body[max(first, offset):min(last, offset + len(line))]
        if len(part) >= 12:
            runs.append(part.encode())
        offset += len(line)
    return [scalar, scalar[::-1], *runs]


def status_of_process(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        return dict(line.rstrip("\n").split(":", 1) for line in text if ":" in line)


@proxied
class Signer(E2ECase):
    CONFIG = {"gateway": "threads 2"}

    def key_file(self):
        return os.path.join(self.sluice.state_dir, "ca", "ca.key")

    def serve_something(self):
        for name in ("www", "rsa", "p384"):
            self.assertEqual(self.fetch(f"https://{name}.sluice.test/hello"), "hello from the origin\n")

    @unittest.skipIf(SANITIZED, "with sanitizers a process has terabytes to search")
    def test_the_ca_key_is_in_no_other_process(self):
        self.serve_something()
        needles = private_forms(self.key_file())
        signer = self.sluice.role("signer")
        for pid in signer:
            self.assertTrue(occurrences(pid, needles), "the scan cannot find the key where it is")
        others = [pid for pid in self.sluice.pids() if pid not in signer]
        self.assertGreaterEqual(len(others), 2)
        for pid in others:
            self.assertEqual(occurrences(pid, needles), [], f"the key is in process {pid}")

    @unittest.skipIf(SANITIZED, "with sanitizers the processes are not confined")
    def test_the_key_is_neither_swapped_nor_dumped(self):
        self.serve_something()
        for pid in self.sluice.role("signer"):
            for address, flags in occurrences(pid, private_forms(self.key_file())):
                self.assertIn("lo", flags, f"{address:x} may be swapped out: {flags}")
            self.assertGreater(int(status_of_process(pid)["VmLck"].split()[0]), 0)
        for pid in self.sluice.pids():
            with open(f"/proc/{pid}/limits", encoding="ascii") as text:
                core = next(line for line in text if line.startswith("Max core file size"))
            self.assertEqual(core.split()[4:6], ["0", "0"], f"process {pid}")

    @unittest.skipIf(SANITIZED, "with sanitizers the processes are not confined")
    def test_the_same_user_cannot_look_into_the_processes(self):
        for role in ("signer", "worker"):
            for pid in self.sluice.role(role):
                user = status_of_process(pid)["Uid"].split()[0]
                for name in ("mem", "maps", "environ"):
                    done = subprocess.run(["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
                                           "head", "-c", "1", f"/proc/{pid}/{name}"], capture_output=True, check=False)
                    self.assertNotEqual(done.returncode, 0, f"{role} {name}")
                    self.assertIn(b"ermission denied", done.stderr)

    @unittest.skipIf(SANITIZED, "with sanitizers the processes are not confined")
    def test_every_process_below_the_supervisor_is_confined(self):
        supervisor, *others = self.sluice.pids()
        self.assertGreaterEqual(len(others), 2)
        for pid in others:
            status = status_of_process(pid)
            with self.subTest(process=status["Name"].strip()):
                self.assertEqual(status["NoNewPrivs"].strip(), "1")
                self.assertEqual(status["Seccomp"].strip(), "2")
                for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"):
                    self.assertEqual(int(status[kind], 16), 0, kind)
                self.assertNotIn("0", status["Uid"].split())
        self.assertEqual(status_of_process(supervisor)["Uid"].split()[0], "0")

    @unittest.skipIf(SANITIZED, "with sanitizers the processes are not confined")
    def test_the_signer_has_no_network_and_no_file_but_its_log(self):
        for pid in self.sluice.role("signer"):
            targets = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            files = [target for target in targets if target.startswith("/") and not target.startswith("/dev/")
                     and not target.startswith(self.lab.directory + "/0")]
            self.assertEqual(files, [os.path.join(self.sluice.state_dir, "ca", "issuance.log")])
            inodes = {target[8:-1] for target in targets if target.startswith("socket:")}
            for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "packet", "netlink"):
                done = self.lab.run(self.lab.gateway, "cat", f"/proc/net/{table}")
                for line in done.stdout.splitlines()[1:]:
                    self.assertFalse(inodes & set(line.split()), f"the signer has a socket of {table}")

    def test_state_is_for_root_alone(self):
        self.serve_something()
        for folder, _, names in os.walk(self.sluice.state_dir):
            self.assertEqual(os.stat(folder).st_mode & 0o077, 0, folder)
            for name in names:
                path = os.path.join(folder, name)
                if os.path.dirname(path).endswith("/ca"):
                    self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)

    # The issuance log

    def logs(self):
        """The files of the log, the one that is written to last."""
        folder = os.path.join(self.sluice.state_dir, "ca")
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder), reverse=True) if name.startswith("issuance.log")]

    def issued(self):
        lines = []
        for path in self.logs():
            with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="ascii") as text:
                lines += map(json.loads, text)
        return {entry["serial"]: entry for entry in lines if "serial" in entry}

    def leaf(self, name, **options):
        with self.lab.connect(name, 443) as peer:
            peer.start_tls(client_context(None, **options), name)
            return peer.socket.getpeercert(binary_form=True)

    def facts(self, der):
        """(serial, SHA-256 of the public key, names) of a certificate, as OpenSSL reads it."""
        text = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-serial", "-ext", "subjectAltName", "-pubkey"], input=der,
                              capture_output=True, check=True).stdout.decode()
        serial = re.search(r"serial=([0-9A-F]+)", text).group(1).lower()
        spki = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=text[text.index("-----BEGIN"):].encode(),
                              capture_output=True, check=True).stdout
        digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=spki, capture_output=True, check=True).stdout.decode().split()[0]
        return serial, digest, set(re.findall(r"DNS:([^,\s]+)", text))

    def test_every_leaf_on_the_wire_is_in_the_log(self):
        seen = [self.leaf(f"{name}.sluice.test") for name in ("www", "rsa", "rsachain", "p384", "any", "soon", "long", "extras", *BAD_NAMES)]
        seen.append(self.leaf("rsa.sluice.test", maximum=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-RSA-AES128-GCM-SHA256"))
        issued = self.issued()
        for der in seen:
            serial, digest, names = self.facts(der)
            entry = issued.get(serial) or issued.get(serial.rjust(len(next(iter(issued))), "0"))
            self.assertIsNotNone(entry, f"no line for serial {serial}")
            self.assertEqual(entry["spki_sha256"], digest)
            self.assertEqual({name[4:] for name in entry["names"] if name.startswith("DNS:")}, names)
        done = self.sluice.ctl("ca", "log")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("whole", done.stderr)


    # Rotation

    def mint(self):
        """Another leaf for the same name: a new generation of the configuration has its own. Its serial."""
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        return self.facts(self.leaf("www.sluice.test"))[0]

    def assert_whole(self, files):
        done = self.sluice.ctl("ca", "log")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"in {files} file", done.stderr)
        self.assertIn("whole", done.stderr)

    def new_signer(self, old):
        wait_until(lambda: self.sluice.role("signer") not in ([], old), "there is another signer")
        self.sluice.wait_ready()

    def test_rotation_1_keeps_the_chain_over_files(self):
        log = self.logs()[-1]
        serials = [self.mint()]
        done = self.sluice.ctl("ca", "log", "--rotate")
        self.assertEqual(done.returncode, 0, done.stderr)
        # It goes on in the new file, and begins with the hash of the last line of the old one.
        with open(self.logs()[0], encoding="ascii") as old, open(log, encoding="ascii") as new:
            last, first = json.loads(old.readlines()[-1]), json.loads(new.readline())
        self.assertEqual((first["event"], first["prev"], first["seq"]), ("continued", last["hash"], last["seq"] + 1))
        serials.append(self.mint())
        self.assert_whole(2)
        subprocess.run(["gzip", self.logs()[0]], check=True)
        self.assert_whole(2)
        # Another program renames it, and says so by a signal.
        os.rename(log, log + ".1")
        self.sluice.signal(signal.SIGUSR1)
        wait_until(lambda: os.path.exists(log) and os.path.getsize(log), "the next file is there")
        serials.append(self.mint())
        self.assert_whole(3)
        self.assertLessEqual(set(serials), set(self.issued()))

    def test_rotation_2_survives_a_crash_at_any_point(self):
        log = os.path.join(self.sluice.state_dir, "ca", "issuance.log")
        serials, files = [self.mint()], len(self.logs())
        # The file was renamed, and nobody came to open the next one.
        old = self.sluice.role("signer")
        os.rename(log, log + "-20261127-000000")
        os.kill(old[0], signal.SIGKILL)
        self.new_signer(old)
        serials.append(self.mint())
        self.assert_whole(files + 1)
        # The next one was opened, and nothing was written, or half a line.
        for number, half in enumerate(("", '{"seq":')):
            old = self.sluice.role("signer")
            os.rename(log, f"{log}-20261127-00000{number + 1}")
            os.kill(old[0], signal.SIGSTOP)
            with open(log, "w", encoding="ascii") as out:
                out.write(half)
            os.chmod(log, 0o600)
            os.kill(old[0], signal.SIGKILL)
            self.new_signer(old)
            serials.append(self.mint())
            self.assert_whole(files + 2 + number)
        # The whole daemon ends.
        os.rename(log, log + "-20261127-000003")
        self.sluice.kill()
        self.sluice.start()
        serials.append(self.mint())
        self.assert_whole(files + 4)
        self.assertLessEqual(set(serials), set(self.issued()))

    def test_rotation_3_comes_by_itself_and_keeps_what_it_is_told_to(self):
        self.sluice.write(self.sluice.configuration(tls="issuance_size 4k\nissuance_keep 1"))
        before = self.logs()
        while os.path.getsize(before[-1]) < 4096:
            self.mint()
        wait_until(lambda: os.path.getsize(before[-1]) < 4096, "the next file began", 20)
        wait_until(lambda: len([name for name in self.logs() if "log-2" in name and not name.endswith(".gz")]) == 1, "older ones went")
        self.mint()
        # The files of others are theirs.
        self.assertTrue([name for name in self.logs() if name.endswith("log.1")])
        self.sluice.write(self.sluice.configuration())
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)


@proxied
class SignerKilled(E2ECase):
    def test_known_names_are_served_all_the_while(self):
        """Leaves that are in the cache need no signer: with it dying again and again nobody notices."""
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        served, failed, stop = [], [], threading.Event()

        def ask():
            while not stop.is_set():
                try:
                    with self.lab.connect("www.sluice.test", 443) as peer:
                        peer.start_tls(client_context(self.sluice.ca_file), "www.sluice.test")
                        served.append(peer.request("/hello", "www.sluice.test").status)
                except (OSError, Closed, ValueError) as error:
                    failed.append(repr(error))
        threads = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            old = wait_until(lambda: self.sluice.role("signer"), "there is a signer")
            before = len(served)
            os.kill(old[0], signal.SIGKILL)
            wait_until(lambda old=old: self.sluice.role("signer") not in ([], old), "there is another signer")
            wait_until(lambda before=before: len(served) > before + 10, "known names go on being served")
        stop.set()
        for thread in threads:
            thread.join(30)
        self.assertEqual(failed, [])
        self.assertEqual(set(served), {200})
        # And a new name is minted by the new signer.
        wait_until(lambda: self.curl("-f", "https://long.sluice.test/hello").returncode == 0, "certificates are made again")


@unittest.skipIf(SANITIZED, "about the program as it is released")
class Program(unittest.TestCase):
    def test_the_linker_and_the_compiler_did_what_they_can(self):
        for name in ("sluiced", "sluicectl"):
            program = paths.built(name)

            def told(option, program=program):
                return subprocess.run(["readelf", "-W", option, program], capture_output=True, text=True, check=True).stdout
            with self.subTest(program=name):
                self.assertRegex(told("-h"), r"Type:\s+DYN")                       # position-independent
                segments = told("-l")
                self.assertIn("GNU_RELRO", segments)
                self.assertRegex(segments, r"GNU_STACK\s+(0x0+\s+)+\S*\s*RW\s")   # not executable
                self.assertRegex(told("-d"), r"BIND_NOW|FLAGS.*NOW")
                symbols = told("-s")
                self.assertIn("__stack_chk_fail", symbols)
                self.assertRegex(symbols, r"__(mem|s|v|f)\w+_chk")                 # _FORTIFY_SOURCE


@proxied
class TwoInstallations(E2ECase):
    CONFIG = None

    def test_a_key_file_that_is_not_safe_stops_the_start(self):
        cases = {
            "readable by others": lambda key: os.chmod(key, 0o644),
            "readable by the group": lambda key: os.chmod(key, 0o640),
            "of another user": lambda key: os.chown(key, 65534, 65534),
            "a symbolic link": lambda key: (os.rename(key, key + ".real"), os.symlink(key + ".real", key)),
            "a second name": lambda key: os.link(key, key + ".copy"),
            "in a folder that others can enter": lambda key: os.chmod(os.path.dirname(key), 0o755),
            "below a folder that others can write to": lambda key: os.chmod(os.path.dirname(os.path.dirname(key)), 0o777),
        }
        for number, (what, spoil) in enumerate(cases.items()):
            with self.subTest(key=what):
                sluice = Sluice(self.lab, name=f"spoilt{number}")
                self.assertEqual(sluice.ctl("ca", "init").returncode, 0)
                spoil(os.path.join(sluice.state_dir, "ca", "ca.key"))
                sluice.start(ready=False)
                self.assertEqual(sluice.process.wait(20), 78, sluice.process.output())
                sluice.process = None


if __name__ == "__main__":
    unittest.main()
