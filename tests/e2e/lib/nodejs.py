"""Programs of tests/e2e/node, with the packages of its lock file installed into the laboratory's directory."""
import os
import shutil
import subprocess
import unittest

from . import paths
from .h2servers import NODE


def install(lab):
    """Installs the packages; the tests that need them are skipped where no registry and no cache has them."""
    place = lab.make_directory("node")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(NODE, name), place)
    done = subprocess.run([paths.find_program("npm"), "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--no-update-notifier", "--fetch-retries=1"], cwd=place, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise unittest.SkipTest("npm cannot install the packages of tests/e2e/node: " + done.stderr.strip()[-300:])
    return environment(place)


def environment(place=None, ca_file=None):
    env = dict(os.environ)
    if place:
        env["NODE_PATH"] = os.path.join(place, "node_modules")
    if ca_file:
        env["NODE_EXTRA_CA_CERTS"] = ca_file
    return env


def script(name):
    return [paths.find_program("node"), os.path.join(NODE, name)]
