"""Whatever byte string our parser accepts is, once written anew, read as the same messages by nginx, Node and Apache.

No proxy runs here: tests/fuzz/reframe does what the proxy does to requests. A server may refuse a message; it may not
read another one.
"""
import glob
import os
import random
import re
import socket
import subprocess
import tempfile
import unittest

from lib import paths
from lib.process import Process
from lib.wait import wait_until

MARKER = b"GET /the-end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

NODE = """
require('http').createServer((request, response) => {
  let length = 0;
  request.on('data', data => { length += data.length; });
  request.on('end', () => {
    response.setHeader('X-Echo', Buffer.from(`${request.method} ${request.url} ${length}`, 'latin1').toString('hex'));
    response.end('ok');
  });
}).listen(%d, '127.0.0.1');
"""

NGINX = """
daemon off; worker_processes 1; pid %(dir)s/nginx.pid; error_log stderr crit; events {}
http { access_log off; client_body_temp_path %(dir)s/b; proxy_temp_path %(dir)s/p; fastcgi_temp_path %(dir)s/f;
  uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
  server { listen 127.0.0.1:%(port)d; location / { add_header X-Echo "$request_method $request_uri" always; return 200 ok; } } }
"""

APACHE = """
ServerRoot %(dir)s
ServerName localhost
PidFile %(dir)s/apache.pid
Listen 127.0.0.1:%(port)d
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule headers_module %(modules)s/mod_headers.so
ErrorLog %(dir)s/apache.log
DocumentRoot %(dir)s
AllowEncodedSlashes On
Header always set X-Echo "expr=%%{THE_REQUEST}"
"""

# Pieces that mean something to one parser or another; requests are made of them at random.
METHODS = [b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"get", b"M-SEARCH", b"X!"]
TARGETS = [b"/", b"/a?b=c", b"/%2f..%2f", b"//x", b"/a;b|c{d}", b"/\xc3\xbc", b"*", b"http://localhost/z", b"http://LOCALHOST:80?q", b"/a\\b", b"/#x"]
FIELDS = [b"Content-Length: 3", b"content-length:3", b"Content-Length: 03", b"Content-Length: 3 ", b"Content-Length: 0", b"Content-Length: +3",
          b"Content-Length: 3, 3", b"Transfer-Encoding: chunked", b"transfer-encoding: CHUNKED", b"Transfer-Encoding: identity",
          b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding : chunked", b"X: y", b"X:", b"X: \xff\xfe", b"X_Y: z", b"X: a\tb",
          b"Connection: keep-alive", b"Connection: Content-Length", b"Connection: X, TE", b"TE: trailers", b"Expect: 100-continue",
          b"Upgrade: h2c", b"Content-Length\x00: 3", b" folded", b"Trailer: X", b"Cookie: a=b", b"Range: bytes=0-1"]
BODIES = [b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"3;x=\"y\"\r\nabc\r\n0\r\nT: u\r\n\r\n", b"003\r\nabc\r\n00\r\n\r\n", b"3 \r\nabc\r\n0\r\n\r\n",
          b"0\r\nContent-Length: 9\r\n\r\n", b"3\nabc\r\n0\r\n\r\n", b"3\r\nGET\r\n0\r\n\r\n"]


def requests(count, seed):
    """Byte strings of one to three requests."""
    dice = random.Random(seed)
    for _ in range(count):
        text = b""
        for _ in range(dice.randint(1, 3)):
            fields = [b"Host: localhost"] + dice.sample(FIELDS, dice.choice((0, 1, 1, 1, 2, 2, 3)))
            dice.shuffle(fields)
            text += dice.choice(METHODS) + b" " + dice.choice(TARGETS) + b" HTTP/1.1\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"
            text += dice.choice(BODIES)
        yield text


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        made = subprocess.run(["make", "-s", "-C", paths.BUILD, "tests/fuzz/reframe"], capture_output=True, text=True, check=False)
        cls.program = os.path.join(paths.BUILD, "tests/fuzz/reframe")
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        folder = tempfile.TemporaryDirectory(prefix="differential")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        os.chmod(cls.folder, 0o755)

    def serve(self, name, command, port):
        process = Process(name, command, os.path.join(self.folder, name + ".log"))
        self.addCleanup(process.stop)

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(answers, f"{name} listens")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def inputs(self):
        for path in sorted(glob.glob(os.path.join(paths.SOURCE, "tests/fuzz/corpus/http1_request/*"))):
            with open(path, "rb") as text:
                yield text.read()
        yield from requests(1500, 7)

    def converse(self, port, text):
        """The answers to a byte string: (status, what the server says it has read, or None)."""
        received = b""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            try:
                peer.sendall(text)
                while piece := peer.recv(65536):
                    received += piece
            except ConnectionError:
                pass
            except TimeoutError:
                self.fail(f"the server waits for more after {text!r}")
        answers = []
        for part in re.split(rb"(?=HTTP/1\.1 \d\d\d )", received)[1:]:
            status = int(part[9:12])
            echo = re.search(rb"\r\nX-Echo: ([^\r]*)\r\n", part)
            if status != 100:
                answers.append((status, echo and echo.group(1)))
        return answers

    def compare(self, port, told):
        """told() makes of an echo and our own line two values that must be equal."""
        accepted = 0
        for text in self.inputs():
            done = subprocess.run([self.program], input=text, capture_output=True, check=True)
            lines = done.stderr.splitlines()
            if not lines:
                continue
            accepted += len(lines)
            expected = lines + [b"GET /the-end 0"]
            answers = self.converse(port, done.stdout + MARKER)
            self.assertLessEqual(len(answers), len(expected), text)
            for (status, echo), line in zip(answers, expected):
                if echo is None:  # Apache says nothing of OPTIONS *
                    self.assertTrue(status >= 400 or line.startswith(b"OPTIONS *"), text)
                    continue
                seen, ours = told(echo, line)
                self.assertEqual(seen, ours, text)
            if len(answers) < len(expected):
                self.assertGreaterEqual(answers[-1][0], 400, (text, done.stdout))
        self.assertGreater(accepted, 200)

    @unittest.skipUnless(paths.find_program("node"), "node is not installed")
    def test_node_reads_the_same_messages(self):
        port = free_port()
        self.serve("node", [paths.find_program("node"), "-e", NODE % port], port)
        self.compare(port, lambda echo, line: (bytes.fromhex(echo.decode()), line))

    @unittest.skipUnless(paths.find_program("nginx"), "nginx is not installed")
    def test_nginx_reads_the_same_messages(self):
        port = free_port()
        path = self.write("nginx.conf", NGINX % {"dir": self.folder, "port": port})
        self.serve("nginx", [paths.find_program("nginx"), "-e", "stderr", "-c", path], port)
        self.compare(port, lambda echo, line: (echo, line.rsplit(b" ", 1)[0]))

    @unittest.skipUnless(paths.find_program("apache2"), "apache2 is not installed")
    def test_apache_reads_the_same_messages(self):
        port = free_port()
        path = self.write("apache.conf", APACHE % {"dir": self.folder, "port": port, "modules": "/usr/lib/apache2/modules"})
        self.serve("apache", [paths.find_program("apache2"), "-f", path, "-DFOREGROUND"], port)
        # Apache escapes what is not ASCII in its variables.
        plain = lambda text: re.sub(rb'\\(x[0-9a-f]{2}|.)|[\x80-\xff"]', b"", text)
        self.compare(port, lambda echo, line: (plain(echo.rsplit(b" ", 1)[0]), plain(line.rsplit(b" ", 1)[0])))


if __name__ == "__main__":
    unittest.main()
