"""Real clients, with nothing configured but the CA: git, apt, npm, Node, Python."""
import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import unittest

from lib.case import E2ECase, needs_program, proxied
from lib.nginx import make_git_repository


class Clients(E2ECase):
    TIME_LIMIT = 120

    @classmethod
    def origin_arguments(cls):
        cls.git_root = cls.lab.make_directory("git")
        make_git_repository(cls.git_root)
        return {"git_root": cls.git_root}

    def run_client(self, *command, env=None, cwd=None, timeout=60):
        home = self.lab.make_directory("home")
        done = self.lab.run(self.lab.client, *command, env={"HOME": home, **(env or {})}, cwd=cwd or home, timeout=timeout)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    # git

    @needs_program("git")
    def test_git_clones_over_https_and_pushes_back(self):
        env = {"GIT_SSL_CAINFO": self.sluice.ca_file, "GIT_TERMINAL_PROMPT": "0", "GIT_AUTHOR_NAME": "c", "GIT_AUTHOR_EMAIL": "c@sluice.test",
               "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@sluice.test"}
        clone = self.lab.path("clone")
        self.run_client("git", "clone", "-q", "https://git.sluice.test/project.git", clone, env=env)
        bare = os.path.join(self.git_root, "project.git")
        head = ["git", "-c", "safe.directory=*", "-C", bare, "rev-parse", "main"]
        self.assertEqual(self.run_client("git", "-C", clone, "rev-parse", "HEAD"),
                         subprocess.run(head, capture_output=True, text=True, check=True).stdout)
        with open(os.path.join(clone, "pushed"), "wb") as out:
            out.write(os.urandom(2 << 20))
        self.run_client("git", "-C", clone, "add", "pushed")
        self.run_client("git", "-C", clone, "commit", "-q", "-m", "pushed", env=env)
        self.run_client("git", "-C", clone, "push", "-q", "origin", "HEAD:main", env=env)
        self.assertEqual(self.run_client("git", "-C", clone, "rev-parse", "HEAD"),
                         subprocess.run(head, capture_output=True, text=True, check=True).stdout)

    # apt

    def make_apt_repository(self):
        tree = self.lab.make_directory("package", "DEBIAN")
        with open(os.path.join(tree, "control"), "w", encoding="ascii") as out:
            out.write("Package: sluice-e2e-sample\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@sluice.test>\nDescription: a sample\n")
        share = self.lab.make_directory("package", "usr", "share", "sluice-e2e-sample")
        with open(os.path.join(share, "data"), "wb") as out:
            out.write(os.urandom(300000))
        os.makedirs(os.path.join(self.nginx.files, "debian"), exist_ok=True)
        package = os.path.join(self.nginx.files, "debian", "sample.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", self.lab.path("package"), package], check=True, capture_output=True)
        with open(package, "rb") as data:
            content = data.read()
        index = (f"Package: sluice-e2e-sample\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@sluice.test>\nDescription: a sample\n"
                 f"Filename: ./sample.deb\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n\n").encode()
        self.nginx.write("debian/Packages", index)
        rows = "".join(f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}\n" for name, data in
                       (("Packages", index), ("Packages.gz", gzip.compress(index, mtime=0))))
        self.nginx.write("debian/Packages.gz", gzip.compress(index, mtime=0))
        self.nginx.write("debian/Release", f"Origin: sluice\nSuite: stable\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nArchitectures: all amd64\nSHA256:\n{rows}")

    @needs_program("apt-get")
    def test_apt_updates_and_installs(self):
        self.make_apt_repository()
        root = self.lab.make_directory("aptroot")
        for folder in ("state/lists/partial", "cache/archives/partial", "etc/sources.list.d", "etc/preferences.d", "etc/apt.conf.d", "target"):
            os.makedirs(os.path.join(root, folder))
        admin = os.path.join(root, "target", "var/lib/dpkg")
        os.makedirs(os.path.join(admin, "updates"))
        os.makedirs(os.path.join(admin, "info"))
        for name in ("status", "available"):
            with open(os.path.join(admin, name), "w", encoding="ascii"):
                pass
        with open(os.path.join(root, "etc/sources.list"), "w", encoding="ascii") as out:
            out.write("deb [trusted=yes] https://apt.sluice.test/debian ./\n")
        conf = os.path.join(root, "apt.conf")
        with open(conf, "w", encoding="ascii") as out:
            out.write(f"""
                Dir::State "{root}/state"; Dir::State::status "{admin}/status"; Dir::Cache "{root}/cache"; Dir::Etc "{root}/etc";
                Dir::Etc::parts "{root}/etc/apt.conf.d"; Dir::Log "{root}"; APT::Sandbox::User "root"; APT::Get::Assume-Yes "yes";
                Acquire::https::CaInfo "{self.sluice.ca_file}"; Acquire::https::Proxy "DIRECT"; Acquire::Retries "0";
                DPkg::Options {{ "--root={root}/target"; "--force-all"; "--log=/dev/null"; }};
                DPkg::Pre-Install-Pkgs {{}}; DPkg::Post-Invoke {{}}; DPkg::Pre-Invoke {{}};
            """)
        env = {"APT_CONFIG": conf, "DEBIAN_FRONTEND": "noninteractive"}
        self.run_client("apt-get", "-q", "update", env=env)
        self.run_client("apt-get", "-q", "install", "sluice-e2e-sample", env=env)
        with open(os.path.join(root, "target/usr/share/sluice-e2e-sample/data"), "rb") as installed, \
                open(self.lab.path("package", "usr/share/sluice-e2e-sample/data"), "rb") as original:
            self.assertEqual(installed.read(), original.read())

    # npm, Node

    def make_npm_registry(self):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as tar:
            for name, text in (("package/package.json", '{"name": "sluice-sample", "version": "1.0.0", "main": "index.js"}'),
                               ("package/index.js", "module.exports = 42;\n" + "// padding\n" * 20000)):
                info = tarfile.TarInfo(name)
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
        self.nginx.write("sluice-sample/-/sluice-sample-1.0.0.tgz", data.getvalue())
        digest = hashlib.sha512(data.getvalue()).digest()
        description = {"name": "sluice-sample", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {
            "name": "sluice-sample", "version": "1.0.0", "main": "index.js", "dist": {
                "tarball": "https://npm.sluice.test/sluice-sample/-/sluice-sample-1.0.0.tgz",
                "integrity": "sha512-" + base64.b64encode(digest).decode()}}}}
        self.nginx.write("sluice-sample/index.html", json.dumps(description))

    @needs_program("npm")
    def test_npm_installs_a_package(self):
        self.make_npm_registry()
        work = self.lab.make_directory("npm")
        self.run_client("npm", "install", "--registry=https://npm.sluice.test/", "--no-audit", "--no-fund", "--no-update-notifier",
                        "--fetch-retries=0", "sluice-sample", cwd=work,
                        env={"npm_config_cafile": self.sluice.ca_file, "npm_config_cache": self.lab.path("npmcache")})
        self.assertEqual(self.run_client("node", "-p", "require('sluice-sample')", cwd=work), "42\n")

    @needs_program("node")
    def test_nodes_fetch_reads_and_posts(self):
        script = """
            (async () => {
              const hash = require('crypto').createHash('sha256');
              const big = Buffer.from(await (await fetch('https://www.sluice.test/1m')).arrayBuffer());
              const put = await fetch('https://www.sluice.test/uploads/node', {method: 'PUT', body: big});
              console.log(hash.update(big).digest('hex'), put.status);
            })().catch(error => { console.error(error); process.exit(1); });
        """
        said = self.run_client("node", "-e", script, env={"NODE_EXTRA_CA_CERTS": self.sluice.ca_file})
        data = bytes(range(256)) * 4096
        self.assertEqual(said, f"{hashlib.sha256(data).hexdigest()} 201\n")
        with open(os.path.join(self.nginx.uploads, "node"), "rb") as arrived:
            self.assertEqual(arrived.read(), data)

    # Python

    def test_pythons_urllib_reads_and_posts(self):
        script = ("import hashlib, ssl, sys, urllib.request as r; c = ssl.create_default_context();"
                  "d = r.urlopen('https://www.sluice.test/1m', context=c).read();"
                  "p = r.urlopen(r.Request('https://www.sluice.test/uploads/python', data=d, method='PUT'), context=c);"
                  "print(hashlib.sha256(d).hexdigest(), p.status)")
        said = self.run_client("/usr/bin/python3", "-c", script, env={"SSL_CERT_FILE": self.sluice.ca_file})
        self.assertEqual(said, f"{hashlib.sha256(bytes(range(256)) * 4096).hexdigest()} 201\n")

    @needs_program("wget")
    def test_wget_reads(self):
        self.run_client("wget", "-q", f"--ca-certificate={self.sluice.ca_file}", "-O", self.lab.path("wget"), "https://www.sluice.test/1m")
        self.assertEqual(os.path.getsize(self.lab.path("wget")), 1 << 20)

    def test_openssls_client_verifies_the_name(self):
        said = self.run_client("sh", "-c", f"printf 'GET /hello HTTP/1.0\\r\\nHost: www.sluice.test\\r\\n\\r\\n' | openssl s_client -quiet -verify_quiet "
                               f"-verify_return_error -CAfile {self.sluice.ca_file} -verify_hostname www.sluice.test -connect www.sluice.test:443 "
                               "-servername www.sluice.test -ign_eof")
        self.assertIn("hello from the origin", said)

    @proxied
    def test_all_of_them_are_recorded(self):
        self.run_client("/usr/bin/python3", "-c", "import urllib.request as r; r.urlopen('https://www.sluice.test/hello').read()",
                        env={"SSL_CERT_FILE": self.sluice.ca_file})
        self.sluice.wait_records(1, url__full="https://www.sluice.test/hello", http__request__method="GET")


if __name__ == "__main__":
    unittest.main()
