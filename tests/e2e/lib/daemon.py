"""sluice under test: a configuration, the daemon in the gateway's namespace, and sluicectl."""
import json
import os
import signal
import textwrap

from . import paths
from .process import children, command_line
from .wait import wait_until


class Sluice:
    """One sluiced with directories of its own. Keyword arguments replace blocks of the configuration:

    policy   the lines of the policy block
    steer    redirect or tproxy
    ports    those that are intercepted
    programs   directories of installed programs, instead of the build
    record   the lines of the record block; tests look at whole URLs
    gateway, tls, limits, extra   further lines of those blocks, and further blocks
    """

    def __init__(self, lab, policy="inspect everyone any", steer="redirect", ports="80 443", gateway="", tls="", limits="",
                 extra="", name="sluice", programs=None, record="urls full"):
        self.lab = lab
        self.name = name
        self._programs = programs
        self.directory = lab.make_directory(name)
        self.conf = os.path.join(self.directory, "sluice.conf")
        self.state_dir, self.log_dir, self.run_dir = (os.path.join(self.directory, part) for part in ("state", "log", "run"))
        self.log = os.path.join(self.log_dir, "access.json")
        self.process = None
        self._ca_file = None
        self._skipped = 0
        self.record = record
        self.write(self.configuration(policy, steer, ports, gateway, tls, limits, extra))
        lab.on_close(self.stop)

    def configuration(self, policy="inspect everyone any", steer="redirect", ports="80 443", gateway="", tls="", limits="", extra=""):
        return textwrap.dedent("""\
            state_dir {state}
            log_dir   {log}
            run_dir   {run}
            user      nobody
            gateway {{
                interface  lan
                ports      {ports}
                steer      {steer}
                on_failure open
                {gateway}
            }}
            tls {{
                trust {trust}
                {tls}
            }}
            limits {{
                drain 1s
                {limits}
            }}
            record {{ {record} }}
            {extra}
            policy {{
                {policy}
            }}
            """).format(state=self.state_dir, log=self.log_dir, run=self.run_dir, steer=steer, ports=ports, trust=self.lab.root_ca,
                        gateway=gateway.strip(), tls=tls.strip(), limits=limits.strip(), extra=extra.strip(), record=self.record, policy=policy.strip())

    def program(self, name):
        """Path of `sluiced` or `sluicectl`, from the build or from where they were installed."""
        for folder in self._programs or ():
            if os.path.exists(os.path.join(folder, name)):
                return os.path.join(folder, name)
        return paths.built(name)

    def write(self, text):
        with open(self.conf, "w", encoding="utf-8") as out:
            out.write(text)

    def start(self, environment=None, ready=True, prefix=()):
        """Starts the daemon; returns once its rules are installed and it answers."""
        env = dict(os.environ, **(environment or {}))
        env.setdefault("ASAN_OPTIONS", "abort_on_error=0:detect_leaks=1:log_path=stderr")
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
        self.process = self.lab.start(self.name, [*prefix, self.program("sluiced"), "-c", self.conf, "-f"], self.lab.gateway, env=env)
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            if not self.process.running():
                raise AssertionError(f"sluiced ended with {self.process.returncode}:\n{self.process.output()}")
            done = self.ctl("--json", "status")
            if done.returncode != 0:
                return False
            status = json.loads(done.stdout)
            return status.get("rules") != "none" and all(process["state"] == "ready" for process in status["processes"])
        wait_until(ready, "sluiced and its processes are ready", 15)

    def stop(self):
        """Ends the daemon in order; returns its exit status. Once stopped, it is not looked at again."""
        process, self.process = self.process, None
        return process.stop(20) if process is not None else None

    def kill(self):
        process, self.process = self.process, None
        if process is not None:
            process.kill()

    def ctl(self, *arguments, text=True):
        return self.lab.run(self.lab.gateway, self.program("sluicectl"), "-c", self.conf, *arguments, text=text)

    def ctl_json(self, *arguments):
        done = self.ctl("--json", *arguments)
        if done.returncode != 0:
            raise AssertionError(f"sluicectl {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def check(self):
        """sluiced -t: the CompletedProcess."""
        return self.lab.run(self.lab.gateway, self.program("sluiced"), "-c", self.conf, "-t")

    @property
    def ca_file(self):
        """The CA's certificate, as its users export it."""
        if self._ca_file is None:
            done = self.ctl("ca", "export")
            if done.returncode != 0 or "BEGIN CERTIFICATE" not in done.stdout:
                raise AssertionError(f"sluicectl ca export ended with {done.returncode}: {done.stdout}{done.stderr}")
            path = os.path.join(self.directory, "ca-export.pem")
            with open(path, "w", encoding="ascii") as out:
                out.write(done.stdout)
            self._ca_file = path
        return self._ca_file

    def signal(self, number):
        self.process.signal(number)

    def rotate(self, to):
        """What logrotate does: move the file away, then tell the daemon."""
        os.rename(self.log, to)
        self.signal(signal.SIGUSR1)

    # Processes

    def pids(self):
        """All processes of the daemon, the supervisor first."""
        return [self.process.pid, *children(self.process.pid)]

    def role(self, name):
        """The process ids of one role, as it shows in the process list."""
        found = []
        for pid in self.pids():
            with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as text:
                shown = " ".join([text.read(), *command_line(pid)])
            if name in shown:
                found.append(pid)
        return found

    def worker(self):
        return wait_until(lambda: self.role("worker"), "there is a worker")[0]

    # Records

    def records(self):
        """Every record written so far, oldest first."""
        return read_records(self.log)

    def mark(self):
        """Forgets the records so far: wait_records looks at later ones only."""
        self._skipped = len(self.records())

    def wait_records(self, count=1, timeout=5.0, **expected):
        """The records since mark() whose keys have these values, at least count of them. Dots are written as `__`.

        A record is written a moment after its exchange: one of an earlier test may come late, so ask for what only
        this test can have caused (a query, a name, the source port)."""
        wanted = {key.replace("__", "."): value for key, value in expected.items()}

        def found():
            matching = [record for record in self.records()[self._skipped:]
                        if all(record.get(key) == value for key, value in wanted.items())]
            return matching if len(matching) >= count else None
        return wait_until(found, f"{count} records of {wanted} are written; have {self.records()[self._skipped:][-5:]}", timeout)


def read_records(path):
    try:
        with open(path, encoding="utf-8") as text:
            lines = text.read().split("\n")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines[:-1]]


class Direct:
    """In place of sluice: the gateway forwards and nothing intercepts. What fails with it is the laboratory's fault."""

    def __init__(self, lab):
        self.lab = lab
        self.ca_file = lab.root_ca

    def start(self):
        return self

    def stop(self):
        pass


