"""The Debian package: it builds from the sources alone, holds what it should, starts, and goes without a trace."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from lib import paths
from lib.case import E2ECase, needs_program, proxied
from lib.daemon import Sluice

# Building takes minutes; a package that is there already can be named.
GIVEN = os.environ.get("SLUICE_E2E_PACKAGE")


def copy_sources(to):
    """The files of the project without anything that was built."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "-C", paths.SOURCE, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode != 0:
        shutil.copytree(paths.SOURCE, to, symlinks=True, ignore=shutil.ignore_patterns("build*", ".git", "*.o", "*.a", "configure", "Makefile.in"))
        return
    for name in listed.stdout.decode().split("\0")[:-1]:
        source, target = os.path.join(paths.SOURCE, name), os.path.join(to, name)
        if os.path.lexists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


@proxied
@unittest.skipIf(paths.is_sanitized(), "the package is built from the sources, whatever build is tested: once is enough")
@needs_program("dpkg-buildpackage")
class Package(E2ECase):
    CONFIG = None
    TIME_LIMIT = 400

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = tempfile.mkdtemp(prefix="sluice-e2e-package-")
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        if GIVEN:
            cls.package = GIVEN
            return
        tree = os.path.join(cls.work, "sluice")
        copy_sources(tree)
        environment = dict(os.environ, DEB_BUILD_OPTIONS=f"nocheck parallel={os.cpu_count()}")
        if paths.find_program("ccache"):
            environment.update(PATH="/usr/lib/ccache:" + environment["PATH"], CCACHE_BASEDIR=tree)
        with open(os.path.join(cls.work, "log"), "w", encoding="utf-8") as log:
            done = subprocess.run(["dpkg-buildpackage", "-b", "-us", "-uc", "-d"], cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            with open(os.path.join(cls.work, "log"), encoding="utf-8", errors="replace") as log:
                raise AssertionError("dpkg-buildpackage -b failed:\n" + log.read()[-8000:])
        cls.package, = (path for path in glob.glob(os.path.join(cls.work, "sluice_*.deb")))

    def contents(self):
        done = subprocess.run(["dpkg-deb", "-c", self.package], capture_output=True, text=True, check=True)
        return {line.split()[5].removeprefix("."): line.split()[0] for line in done.stdout.splitlines()}

    def test_it_holds_programs_unit_user_configuration_and_manual(self):
        contents = self.contents()
        for path in ("/usr/sbin/sluiced", "/usr/bin/sluicectl", "/lib/systemd/system/sluice.service", "/usr/lib/sysusers.d/sluice.conf",
                     "/etc/sluice/sluice.conf", "/etc/logrotate.d/sluice", "/usr/share/man/man8/sluiced.8.gz"):
            self.assertIn(path, contents)

    def test_it_holds_no_key_and_no_setuid_program(self):
        for path, mode in self.contents().items():
            self.assertNotRegex(path, r"\.(key|pem)$")
            self.assertNotIn("s", mode[1:], path)

    def test_configuration_files_are_the_administrators(self):
        done = subprocess.run(["dpkg-deb", "--ctrl-tarfile", self.package], capture_output=True, check=True)
        listed = subprocess.run(["tar", "-xO", "./conffiles"], input=done.stdout, capture_output=True, check=True).stdout.decode()
        self.assertIn("/etc/sluice/sluice.conf", listed)
        self.assertIn("/etc/logrotate.d/sluice", listed)

    @needs_program("systemd-analyze")
    def test_the_unit_is_well_formed_and_exposes_little(self):
        root = os.path.join(self.work, "unpacked")
        subprocess.run(["dpkg-deb", "-x", self.package, root], check=True)
        unit = os.path.join(root, "lib/systemd/system/sluice.service")
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", unit], capture_output=True, text=True, check=False)
        exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        if not exposure:
            self.skipTest("this systemd-analyze cannot judge a file: " + (done.stderr or done.stdout)[-200:])
        self.assertLess(float(exposure.group(1)), 2.8, done.stdout)

    def test_the_packaged_configuration_is_good_and_intercepts_nothing(self):
        root = os.path.join(self.work, "configuration")
        subprocess.run(["dpkg-deb", "-x", self.package, root], check=True)
        done = self.lab.run(self.lab.gateway, os.path.join(root, "usr/sbin/sluiced"), "-t", "-c", os.path.join(root, "etc/sluice/sluice.conf"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_installs_runs_and_is_removed_in_a_root_of_its_own(self):
        root = os.path.join(self.work, "root")
        for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"):
            os.makedirs(os.path.join(root, folder))
        for name in ("var/lib/dpkg/status", "etc/passwd", "etc/group"):
            with open(os.path.join(root, name), "w", encoding="ascii"):
                pass
        dpkg = ["dpkg", f"--root={root}", "--force-script-chrootless", "--force-depends", "--log=/dev/null"]
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        done = subprocess.run([*dpkg, "-i", self.package], capture_output=True, text=True, env=environment, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(os.path.join(root, "etc/passwd"), encoding="ascii") as passwd:
            self.assertIn("sluice:", passwd.read())
        self.sluice = Sluice(self.lab, name="installed", programs=(os.path.join(root, "usr/sbin"), os.path.join(root, "usr/bin"))).start()
        self.assertEqual(self.fetch("https://www.sluice.test/hello"), "hello from the origin\n")
        self.assertEqual(self.sluice.stop(), 0)
        done = subprocess.run([*dpkg, "--purge", "sluice"], capture_output=True, text=True, env=environment, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        left = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
        left = [path[len(root):] for path in left if "/var/lib/dpkg/" not in path]
        self.assertEqual([path for path in left if not re.match(r"^/etc/(passwd|group|shadow|gshadow|\.pwd\.lock|passwd-|group-|shadow-|gshadow-)", path)], [])
        self.assertEqual(self.lab.run(self.lab.gateway, "nft", "list", "ruleset").stdout, "")
        self.assertEqual(self.fetch("https://www.sluice.test/hello", "--cacert", self.lab.root_ca, ca=False), "hello from the origin\n")

    @unittest.skipUnless(os.environ.get("SLUICE_E2E_INSTALL") and os.path.isdir("/run/systemd/system"),
                         "installs for real only with SLUICE_E2E_INSTALL=1 under systemd")
    def test_it_installs_starts_and_is_removed_on_this_machine(self):
        def rules():
            return subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
        before = rules()
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", self.package], check=True, env=environment, stdin=subprocess.DEVNULL)
        try:
            subprocess.run(["systemctl", "is-active", "--quiet", "sluice"], check=True)
            subprocess.run(["sluicectl", "status"], check=True)
            self.assertEqual(rules(), before, "the packaged configuration intercepts")
        finally:
            subprocess.run(["apt-get", "purge", "-y", "sluice"], check=True, env=environment, stdin=subprocess.DEVNULL)
        self.assertEqual(rules(), before)
        self.assertFalse(os.path.exists("/var/lib/sluice"))


if __name__ == "__main__":
    unittest.main()
