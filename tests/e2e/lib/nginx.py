"""nginx as the origin: every name of the laboratory, good and bad certificates, and the contents that the tests fetch."""
import os
import subprocess

from . import paths
from .lab import address4, address6
from .wait import wait_until

# Names on the main address: the certificate of certs/make-test-pki that each shows.
_CERTIFICATES = {
    "*.sluice.test": "any", "www.sluice.test": "www", "sluice.test": "www", "*.wild.sluice.test": "www", "rsa.sluice.test": "rsa",
    "rsachain.sluice.test": "rsachain", "p384.sluice.test": "p384", "soon.sluice.test": "soon", "long.sluice.test": "long",
    "extras.sluice.test": "extras", "expired.sluice.test": "expired", "notyet.sluice.test": "notyet",
    "wrongname.sluice.test": "wrongname", "clientauth.sluice.test": "clientauth", "weak.sluice.test": "weak",
    "unknown.sluice.test": "unknown", "oldica.sluice.test": "oldica", "leafsigned.sluice.test": "leafsigned",
    "selfsigned.sluice.test": "selfsigned", "noica.sluice.test": "noica",
}
BAD_NAMES = ("expired", "notyet", "wrongname", "clientauth", "weak", "unknown", "oldica", "leafsigned", "selfsigned", "noica")

PAGE = """<!doctype html><html><head><title>loading</title><link rel=stylesheet href=style.css></head>
<body><p id=p>text</p><img id=i src=dot.svg width=10 height=10><script src=code.js></script></body></html>
"""
SCRIPT = """window.addEventListener('load', async () => {
  const data = await (await fetch('data.json')).json();
  const styled = getComputedStyle(document.getElementById('p')).color === 'rgb(1, 2, 3)';
  const image = document.getElementById('i').naturalWidth > 0;
  document.title = 'loaded';
  document.getElementById('p').textContent = ['css', styled, 'image', image, 'fetch', data.answer].join(' ');
});
"""


class Nginx:
    """One nginx in the origin's namespace. files is its document root, where a test may put more."""

    def __init__(self, lab, git_root=None, more=None, connections=8192):
        """more: {name: (chain file, key file)} of further names at the main address; connections: the most at once."""
        self.lab = lab
        self._more = more or {}
        self._connections = connections
        self._marks = 0
        self.files = lab.make_directory("www")
        self.uploads = lab.make_directory("www", "uploads")
        self._temp = lab.make_directory("nginx")
        self.access_log = os.path.join(self._temp, "access.log")
        self._contents()
        self._fcgi = None
        if git_root:
            self._start_git(git_root)
        configuration = os.path.join(self._temp, "nginx.conf")
        with open(configuration, "w", encoding="ascii") as out:
            out.write(self._configuration(git_root))
        # An origin may show a key so weak that OpenSSL's defaults would not even load it.
        weak = os.path.join(self._temp, "openssl.cnf")
        with open(weak, "w", encoding="ascii") as out:
            out.write("openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nCipherString = DEFAULT@SECLEVEL=0\n")
        self.process = lab.start("nginx", [paths.find_program("nginx"), "-c", configuration, "-p", self._temp, "-e", "stderr"], lab.origin,
                                 env=dict(os.environ, OPENSSL_CONF=weak))
        wait_until(lambda: self._listening(), "nginx listens")

    def _listening(self):
        if not self.process.running():
            raise AssertionError("nginx ended:\n" + self.process.output())
        done = self.lab.run(self.lab.origin, "ss", "-Hltn", "sport", "=", ":443")
        return done.stdout.count(":443") >= 6

    def write(self, name, data):
        path = os.path.join(self.files, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data if isinstance(data, bytes) else data.encode())
        return path

    def big(self, name, size):
        """A file of so many bytes that takes no room: holes read as zeros."""
        path = os.path.join(self.files, name)
        with open(path, "wb") as out:
            out.truncate(size)
        return path

    def _log(self):
        with open(self.access_log, encoding="utf-8", errors="replace") as text:
            return text.read().splitlines()

    def requests(self):
        """The lines of the access log: `HOST "REQUEST LINE" STATUS CLIENT`, of every request that was answered by now. A line is
        written behind the answer; the one process writes them in order, so what is asked last tells that the others are there."""
        self._marks += 1
        mark = f"/mark-{self._marks} "
        self.lab.run(self.lab.origin, "curl", "-sS", "-o", "/dev/null", f"http://{address4(2)}{mark.rstrip()}")
        wait_until(lambda: any(mark in line for line in self._log()), "nginx has written down what it answered")
        return [line for line in self._log() if '"GET /mark-' not in line]

    def _contents(self):
        self.write("index.html", "<!doctype html><title>origin</title><p>the origin's page\n")
        self.write("hello", "hello from the origin\n")
        self.write("1k", b"x" * 1024)
        self.write("1m", bytes(range(256)) * 4096)
        self.write("ssi.shtml", "<!doctype html><p>" + "chunked text " * 5000 + "\n")
        self.write("page/index.html", PAGE)
        self.write("page/style.css", "#p { color: rgb(1, 2, 3) }\n")
        self.write("page/code.js", SCRIPT)
        self.write("page/data.json", '{"answer": 42}\n')
        self.write("page/dot.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>\n')

    def _start_git(self, git_root):
        socket = os.path.join(self._temp, "fcgi.sock")
        self._fcgi = self.lab.start("fcgiwrap", [paths.find_program("fcgiwrap"), "-f", "-s", f"unix:{socket}"], self.lab.origin,
                                    env=dict(os.environ, HOME=self._temp, GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory",
                                             GIT_CONFIG_VALUE_0="*"))
        wait_until(lambda: os.path.exists(socket), "fcgiwrap listens")

    def _locations(self):
        return f"""
            root {self.files};
            location / {{ }}
            location /status204 {{ return 204; }}
            location /moved {{ return 301 /hello; }}
            location /slow/ {{ alias {self.files}/; limit_rate 200k; }}
            location /ssi.shtml {{ ssi on; }}
            location /uploads/ {{ dav_methods PUT DELETE; create_full_put_path on; client_max_body_size 0; }}
        """

    def pair(self, certificate):
        """The (chain, key) files that are shown for a name of certs/make-test-pki, or "noica"."""
        if isinstance(certificate, tuple):
            return certificate
        return self._without_intermediate() if certificate == "noica" else self.lab.certificate(certificate)

    def _server(self, name, certificate, listens, protocols="TLSv1.2 TLSv1.3", default=False):
        chain, key = self.pair(certificate)
        mark = " default_server" if default else ""
        lines = "".join(f"listen {listen}:80{mark}; listen {listen}:443 ssl{mark};\n" for listen in listens)
        return f"""
        server {{
            {lines}
            server_name {name};
            ssl_certificate {chain};
            ssl_certificate_key {key};
            ssl_protocols {protocols};
            {self._locations()}
        }}
        """

    def _without_intermediate(self):
        chain, key = self.lab.certificate("any")
        with open(chain, encoding="ascii") as text:
            first = text.read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
        alone = os.path.join(self._temp, "noica.pem")
        with open(alone, "w", encoding="ascii") as out:
            out.write(first)
        return alone, key

    def _configuration(self, git_root):
        main = [address4(2), f"[{address6(2)}]"]
        # Without a name, the certificate is for the address.
        servers = [self._server("_", "ip", main, default=True)]
        servers += [self._server(name, certificate, main) for name, certificate in {**_CERTIFICATES, **self._more}.items()]
        servers.append(self._server("tls12.sluice.test", "any", [address4(3), f"[{address6(3)}]"], "TLSv1.2", True))
        servers.append(self._server("tls13.sluice.test", "any", [address4(4), f"[{address6(4)}]"], "TLSv1.3", True))
        if git_root:
            chain, key = self.lab.certificate("any")
            servers.append(f"""
        server {{
            listen {main[0]}:80; listen {main[1]}:80; listen {main[0]}:443 ssl; listen {main[1]}:443 ssl;
            server_name git.sluice.test;
            ssl_certificate {chain};
            ssl_certificate_key {key};
            client_max_body_size 0;
            location / {{
                fastcgi_pass unix:{self._temp}/fcgi.sock;
                fastcgi_param SCRIPT_FILENAME {paths.find_program("git-http-backend")};
                fastcgi_param GIT_HTTP_EXPORT_ALL 1;
                fastcgi_param GIT_PROJECT_ROOT {git_root};
                fastcgi_param PATH_INFO $uri;
                fastcgi_param QUERY_STRING $query_string;
                fastcgi_param REQUEST_METHOD $request_method;
                fastcgi_param CONTENT_TYPE $content_type;
                fastcgi_param CONTENT_LENGTH $content_length;
                fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
                fastcgi_param REMOTE_USER tester;
                fastcgi_param GIT_PROTOCOL $http_git_protocol;
            }}
        }}
        """)
        temp = "".join(f"{kind}_temp_path {self._temp}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"""
        daemon off;
        user root;
        worker_processes 1;
        pid {self._temp}/nginx.pid;
        error_log stderr warn;
        events {{ worker_connections {self._connections}; }}
        http {{
            {temp}
            log_format plain '$host "$request" $status $remote_addr';
            access_log {self.access_log} plain;
            types {{ text/html html shtml; text/css css; application/javascript js; application/json json; image/svg+xml svg; }}
            default_type application/octet-stream;
            server_tokens off;
            sendfile on;
            keepalive_requests 1000000;
            large_client_header_buffers 4 64k;
            server_names_hash_bucket_size 128;
            server_names_hash_max_size 4096;
            ssl_session_cache shared:tests:1m;
            {"".join(servers)}
        }}
        """


def make_git_repository(root, name="project.git"):
    """A bare repository with a few commits, one binary file of 2 MB, that may be pushed to."""
    work = os.path.join(root, "work")
    environment = dict(os.environ, HOME=root, GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@sluice.test", GIT_COMMITTER_NAME="t",
                       GIT_COMMITTER_EMAIL="t@sluice.test")

    def git(*arguments):
        subprocess.run(["git", *arguments], check=True, env=environment, stdin=subprocess.DEVNULL, capture_output=True)

    git("init", "-q", "-b", "main", work)
    for number in range(3):
        with open(os.path.join(work, f"file{number}"), "wb") as out:
            out.write(os.urandom(700000))
        git("-C", work, "add", ".")
        git("-C", work, "commit", "-q", "-m", f"commit {number}")
    bare = os.path.join(root, name)
    git("clone", "-q", "--bare", work, bare)
    git("-C", bare, "config", "http.receivepack", "true")
    return bare
