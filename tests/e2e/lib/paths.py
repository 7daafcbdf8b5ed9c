"""Where things are: the source tree, and the build that is under test."""
import os

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.abspath(os.environ.get("SLUICE_BUILD", os.path.join(SOURCE, "build")))


def built(program):
    """Path of a program of ours: `sluiced` or `sluicectl`."""
    path = os.path.join(BUILD, program)
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not built; run scripts/setup, or set SLUICE_BUILD")
    return path


def is_sanitized():
    """Whether the build under test has sanitizers, which need what confinement takes away: then the daemon leaves that out."""
    with open(built("sluiced"), "rb") as program:
        return b"__asan_init" in program.read()


def find_program(*names):
    """The first of the programs that is installed, or None."""
    folders = os.environ.get("PATH", "").split(":") + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/git-core"]
    for name in names:
        for folder in folders:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and not os.path.isdir(path):
                return path
    return None
