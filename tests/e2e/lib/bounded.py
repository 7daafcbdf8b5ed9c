"""Runs a program with the capabilities and system calls of the shipped unit: bounded.py PROGRAM ARGUMENT..."""
import os
import resource
import sys

import seccomp

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import unit  # noqa: E402  pylint: disable=wrong-import-position


def main():
    names = ",".join("+" + name.removeprefix("CAP_").lower() for name in unit.capabilities())
    if os.environ.get("SLUICE_BOUNDED"):
        # The second time: the rest is done already.
        allowed = seccomp.SyscallFilter(defaction=seccomp.ERRNO(1))
        for name in unit.system_calls():
            try:
                allowed.add_rule(seccomp.ALLOW, name)
            except (RuntimeError, OSError):
                pass  # not on this architecture, or newer than libseccomp
        allowed.load()
        os.execv(sys.argv[1], sys.argv[1:])
    os.environ["SLUICE_BOUNDED"] = "yes"
    for name, limit in unit.limits().items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)   # as far as this machine lets us
        resource.setrlimit(number, (limit, limit))
    # /proc as ProtectProc=invisible and ProcSubset=pid make it.
    proc = 'mount -t proc -o hidepid=invisible,subset=pid proc /proc && exec "$@"'
    command = ["unshare", "--mount", "--", "sh", "-c", proc, "sh", "setpriv", f"--bounding-set=-all,{names}", "--inh-caps=-all", "--no-new-privs", "--"]
    os.execvp(command[0], [*command, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])


if __name__ == "__main__":
    main()
