"""What our processes could do in foreign hands. The supervisor does all its work within the shipped unit; what each process below it has
left is read from the kernel and weighed as `systemd-analyze security` weighs a unit."""
import ctypes
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile
import unittest

from lib import paths, unit
from lib.case import E2ECase, needs_program, proxied
from lib.daemon import Sluice
from lib.wait import wait_until

SANITIZED = paths.is_sanitized()
BOUNDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "bounded.py")

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = (ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p)
LIBC.ptrace.restype = ctypes.c_long
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, PTRACE_SECCOMP_GET_FILTER = 0x4206, 0x4207, 17, 0x420c
ARCH_X86_64, ARCH_I386 = 0xc000003e, 0x40000003
ALLOWED, ERRNO = 0x7fff0000, 0x00050000


def ptrace(request, pid, address=0, data=None):
    result = LIBC.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {pid}")
    return result


def filters_of(pid):
    """The seccomp filters of a process, each as a list of (code, true, false, constant): ptrace(2), PTRACE_SECCOMP_GET_FILTER."""
    ptrace(PTRACE_SEIZE, pid)
    try:
        ptrace(PTRACE_INTERRUPT, pid)
        os.waitpid(pid, 0x40000000)  # __WALL
        found = []
        while True:
            try:
                count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, len(found))
            except FileNotFoundError:
                return found
            program = ctypes.create_string_buffer(8 * count)
            ptrace(PTRACE_SECCOMP_GET_FILTER, pid, len(found), program)
            found.append([struct.unpack_from("=HBBI", program, 8 * i) for i in range(count)])
    finally:
        ptrace(PTRACE_DETACH, pid)


def verdict(program, number, arguments=(), architecture=ARCH_X86_64):
    """What a filter answers to a system call: classic BPF (seccomp(2)) as far as libseccomp writes it."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    accumulator, at = 0, 0
    while True:
        code, when_true, when_false, k = program[at]
        at += 1
        kind = code & 7
        if kind == 0:                                   # BPF_LD, absolute
            accumulator = struct.unpack_from("=I", data, k)[0]
        elif kind == 4:                                 # BPF_ALU
            assert code & 0xf0 == 0x50, hex(code)       # BPF_AND
            accumulator &= k
        elif kind == 5:                                 # BPF_JMP
            operation = code & 0xf0
            if operation == 0:
                at += k
                continue
            holds = {0x10: accumulator == k, 0x20: accumulator > k, 0x30: accumulator >= k, 0x40: accumulator & k != 0}[operation]
            at += when_true if holds else when_false
        else:
            assert kind == 6, hex(code)                 # BPF_RET
            return k


def exposure(settings):
    """What systemd-analyze makes of a unit with these settings."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "confined.service")
        with open(path, "w", encoding="ascii") as out:
            out.write("[Service]\nExecStart=/bin/true\n" + "".join(f"{line}\n" for line in settings))
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", path], capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return float(found.group(1)), done.stdout


class Process:
    """A process of ours, and what the kernel lets it do."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as text:
            self.status = dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)
        self.filters = filters_of(pid)

    def allows(self, name, *arguments, architecture=ARCH_X86_64):
        number = NUMBERS.get(name)
        return number is not None and all(verdict(program, number, arguments, architecture) == ALLOWED for program in self.filters)

    def calls(self):
        return sorted(name for name in NUMBERS if self.allows(name))

    def settings(self):
        """The settings of a unit that would leave a service what this process has. Each is true by what was measured."""
        calls = set(self.calls())
        shown = []

        def when(holds, *lines):
            if holds:
                shown.extend(lines)
        # The laboratory's users are "nobody"; the package brings one.
        when("0" not in self.status["Uid"].split(), "User=sluice")
        when(not any(int(self.status[kind], 16) for kind in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")), "CapabilityBoundingSet=", "AmbientCapabilities=")
        when(self.status["NoNewPrivs"] == "1", "NoNewPrivileges=yes")
        when(self.status["Seccomp"] == "2", "SystemCallFilter=" + " ".join(calls))
        when(not any(self.allows(name, architecture=ARCH_I386) for name in NUMBERS), "SystemCallArchitectures=native")
        # No file can be opened, named, made or changed any more, so none is in reach, whatever it is; none can be executed or mounted.
        opens = {"open", "openat", "openat2", "creat", "open_by_handle_at", "execve", "execveat", "mount", "move_mount", "fsopen", "mkdir", "mkdirat",
                 "mknod", "mknodat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "chmod",
                 "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "truncate", "setxattr", "chroot", "pivot_root", "bpf", "ptrace"}
        when(not opens & calls, "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "DevicePolicy=closed",
             "ProtectKernelTunables=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes", "ProtectProc=invisible", "ProcSubset=pid",
             "RootDirectory=/var/empty", "RestrictSUIDSGID=yes", "UMask=0077", "PrivateMounts=yes")
        when(not {"init_module", "finit_module", "delete_module"} & calls, "ProtectKernelModules=yes")
        when(not {"settimeofday", "clock_settime", "adjtimex", "clock_adjtime"} & calls, "ProtectClock=yes")
        when(not {"sethostname", "setdomainname"} & calls, "ProtectHostname=yes")
        when(not {"personality"} & calls, "LockPersonality=yes")
        when(not {"sched_setscheduler", "sched_setattr", "sched_setparam"} & calls, "RestrictRealtime=yes")
        when(not {"shmget", "msgget", "semget", "mq_open"} & calls, "RemoveIPC=yes")
        when(not {"add_key", "keyctl", "request_key"} & calls, "KeyringMode=private")
        when(not {"unshare", "setns", "clone3"} & calls and not any(self.allows("clone", flag) for flag in CLONE_NEW), "RestrictNamespaces=yes")
        when(not self.allows("mmap", 0, 4096, 7) and not self.allows("mprotect", 0, 4096, 5) and "pkey_mprotect" not in calls,
             "MemoryDenyWriteExecute=yes")
        families = [name for name, number in FAMILIES.items() if self.allows("socket", number)]
        when(True, "RestrictAddressFamilies=" + (" ".join(families) or "none"))
        when(not any(self.allows("socket", number) for number in range(64)) and not {"connect", "accept", "accept4", "socketpair"} & calls,
             "PrivateNetwork=yes", "IPAddressDeny=any")
        return shown


def numbers():
    """{name: number} of this architecture's system calls."""
    import seccomp  # pylint: disable=import-outside-toplevel
    found = {}
    for number in range(600):
        try:
            found[seccomp.resolve_syscall(seccomp.Arch(), number).decode()] = number
        except ValueError:
            pass  # nobody's number
    return found


try:
    NUMBERS = numbers()
except ImportError:
    NUMBERS = {}
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16, "AF_PACKET": 17, "AF_KEY": 15, "AF_ALG": 38, "AF_VSOCK": 40}
CLONE_NEW = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


@proxied
@unittest.skipIf(SANITIZED, "with sanitizers the processes are not confined")
@unittest.skipUnless(NUMBERS and os.uname().machine == "x86_64", "python3-seccomp is not installed")
@needs_program("systemd-analyze")
class Exposure(E2ECase):
    def test_what_each_process_has_left(self):
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        for role, most in (("signer", 0.5), ("worker", 1.5), ("fetcher", 1.5), ("role admin", 1.0)):
            with self.subTest(role=role):
                process = Process(self.sluice.role(role)[0])
                self.assertEqual(len(process.filters), 1)
                score, shown = exposure(process.settings())
                self.assertLessEqual(score, most, "\n".join(line for line in shown.splitlines() if "✓" not in line))
                # By the filter itself, whatever systemd makes of it.
                for name in ("open", "openat", "execve", "ptrace", "unshare", "clone3", "setuid", "kill", "bpf", "io_uring_setup", "process_vm_readv"):
                    self.assertFalse(process.allows(name), name)
                self.assertTrue(process.allows("mmap", 0, 4096, 3))
                self.assertFalse(process.allows("mmap", 0, 4096, 4))
                self.assertFalse(process.allows("socket", FAMILIES["AF_ALG"]))
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")


@proxied
@unittest.skipIf(SANITIZED, "the sanitizers need more than the unit lets")
@unittest.skipUnless(NUMBERS, "python3-seccomp is not installed")
@needs_program("systemd-analyze")
class UnderTheUnit(E2ECase):
    CONFIG = None

    def test_the_daemon_does_its_work_within_the_shipped_unit(self):
        folder = self.lab.make_directory("lists")
        with open(os.path.join(folder, "games"), "w", encoding="ascii") as out:
            out.write("blocked.sluice.test\n")
        os.chmod(folder, 0o700)
        users = os.path.join(folder, "users")
        with open(users, "w", encoding="ascii") as out:
            out.write("")
        config = {"policy": "block everyone category games\ninspect everyone any",
                  "extra": f"list games {{ path {folder}/games\n format plain }}\nclients {{ users {users} }}"}
        self.sluice = type(self).sluice = Sluice(self.lab, name="bounded", **config)
        self.sluice.start(prefix=(sys.executable, BOUNDED))
        for family in ("-4", "-6"):
            self.assertEqual(self.fetch("https://www.sluice.test/hello", family), "hello from the origin\n")
            self.assertEqual(self.status_of("https://blocked.sluice.test/", family), 403)
        with open(f"/proc/{self.sluice.process.pid}/status", encoding="ascii") as text:
            bounds = int(re.search(r"CapBnd:\s+([0-9a-f]+)", text.read()).group(1), 16)
        self.assertEqual(bin(bounds).count("1"), len(unit.capabilities()))
        # The processes below it give up the same as anywhere.
        for pid in self.sluice.pids()[1:]:
            with open(f"/proc/{pid}/status", encoding="ascii") as text:
                sets = dict(re.findall(r"(Cap\w+|Seccomp|NoNewPrivs):\s+(\w+)", text.read()))
            self.assertEqual({name for name, bits in sets.items() if name.startswith("Cap") and int(bits, 16)}, set())
            self.assertEqual((sets["Seccomp"], sets["NoNewPrivs"]), ("2", "1"))
        self.assertEqual(self.sluice.ctl("reload").returncode, 0)
        self.assertEqual(self.status_of("https://blocked.sluice.test/"), 403)
        self.sluice.rotate(self.sluice.log + ".1")
        self.fetch("https://www.sluice.test/hello")
        wait_until(lambda: os.path.exists(self.sluice.log) and self.sluice.records(), "records go to the new file")
        for role in ("signer", "worker", "fetcher", "role admin"):
            old = self.sluice.role(role)
            os.kill(old[0], 9)
            wait_until(lambda role=role, old=old: self.sluice.role(role) not in ([], old), f"there is another {role}")
            self.sluice.wait_ready()
        self.assert_others_untouched()
        said = self.sluice.process.output()
        # Where this machine does not let us lock as much as the unit would, it is enough that the unit's share suffices.
        with open(f"/proc/{self.sluice.role('signer')[0]}/status", encoding="ascii") as text:
            size = int(re.search(r"VmSize:\s+(\d+) kB", text.read()).group(1)) << 10
        self.assertLess(2 * size, unit.limits()["RLIMIT_MEMLOCK"])
        if resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] in range(unit.limits()["RLIMIT_MEMLOCK"]):
            said = re.sub(r".*memory cannot be locked.*", "", said)
        for word in ("landlock", "cannot", "could not", "error"):
            self.assertNotIn(word, said)


if __name__ == "__main__":
    unittest.main()
