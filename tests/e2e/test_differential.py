"""Whatever byte string our parser accepts is, once written anew, read as the same messages by servers and by clients.

No proxy runs here: tests/fuzz/reframe does what the proxy does to messages. A reader may refuse a message; it may not
read another one. nginx, Node, Apache and Python are asked in every run; all of lib/readers.py, with more strings, with

    scripts/setup --peers --no-build; SLUICE_DIFFERENTIAL=all tests/e2e/run -v differential

SLUICE_DIFFERENTIAL=haproxy,h2o asks these alone.
"""
import contextlib
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from lib import paths
from lib import response_readers
from lib.process import Process
from lib.readers import READERS
from lib.reframe import reframe_requests, reframe_responses
from lib.wait import wait_until

MARKER = b"GET /the-end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ASKED = os.environ.get("SLUICE_DIFFERENTIAL", "")
READERS_AT_LEAST = 20


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers_of(received):
    """The final answers in what a server sent: (status, name of the field that tells what was read, its value, the bytes)."""
    answers = []
    for part in re.split(rb"(?=HTTP/1\.[01] \d\d\d )", received)[1:]:
        echo = re.search(rb"\r\n(X-Echo(?:-\w+)?): ([^\r]*)\r\n", part, re.I)
        if part[9:12] != b"100":
            answers.append((int(part[9:12]), echo and echo.group(1).lower(), echo and echo.group(2), part))
    return answers


def told(field, value, line, folds_method):
    """What a server says it has read, and our own line, cut down to what it can tell: two values that must be equal."""
    method, target, length = line.split(b" ")
    method = method.upper() if folds_method else method
    if field == b"x-echo-method":
        return value, method
    if field == b"x-echo-line":
        return value, method + b" " + target
    if field == b"x-echo-request":  # Apache escapes what is not ASCII in its variables
        plain = lambda text: re.sub(rb'\\(x[0-9a-f]{2}|.)|[\x80-\xff"]', b"", text)
        return plain(value.rsplit(b" ", 1)[0]), plain(method + b" " + target)
    seen = bytes.fromhex(value.decode()).split(b" ")
    return seen, [method, b"?" if seen[1] == b"?" else target, length]


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="differential")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        os.chmod(cls.folder, 0o755)
        cls.reframed = reframe_requests(4000 if ASKED else 1500, 7)

    def serve(self, name):
        """Starts a reader and returns its port; it is ended with the test."""
        reader = READERS[name]
        folder = tempfile.mkdtemp(prefix="reader", dir=self.folder)
        os.chmod(folder, 0o755)
        port = free_port()
        values = {"port": port, "dir": folder}
        for file, text in reader.files.items():
            with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                out.write(text % values if "%(" in text else text)
        program, *arguments = (reader.command % values).split()
        env = dict(os.environ, PYTHONPATH=folder, HOME=folder)
        process = Process(name, [paths.find_program(program) or program, *arguments], os.path.join(folder, "log"), env=env)

        def end():
            process.signal(15)
            with contextlib.suppress(AssertionError):
                process.wait(1)
            process.kill()  # whoever is left of its group

        self.addCleanup(end)

        def listens():
            self.assertTrue(process.running(), process.output())
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(listens, f"{name} listens")
        return port

    def converse(self, port, pieces):
        """What the server sends until it closes; each piece is sent when the one before has got its final answer."""
        received = b""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            try:
                for number, piece in enumerate(pieces, 1):
                    peer.sendall(piece)
                    while number == len(pieces) or len([1 for *_, part in answers_of(received) if b"\r\n\r\n" in part]) < number:
                        more = peer.recv(65536)
                        if not more:
                            return received
                        received += more
            except ConnectionError:
                pass
            except TimeoutError:
                self.fail(f"the server waits for more after {pieces!r}")
        return received

    def compare(self, name):
        """Reads all with one reader; returns how many messages it has read alike, and how many strings it read whole."""
        reader = READERS[name]
        port = self.serve(name)
        alike = whole = 0
        for came, lines, messages in self.reframed:
            expected = lines + [b"GET /the-end 0"]
            messages = messages + [MARKER]
            answers = answers_of(self.converse(port, [b"".join(messages)] if reader.pipelines else messages))
            self.assertLessEqual(len(answers), len(expected), came)
            whole += len(answers) == len(expected)
            for (status, field, value, _), line in zip(answers, expected):
                if field:
                    seen, ours = told(field, value, line, reader.folds_method)
                    self.assertEqual(seen, ours, came)
                    alike += 1
            if len(answers) < len(expected) and answers and answers[-1][1] != b"x-echo":
                # A server that refuses, or does not keep the connection, has not taken what follows for a body.
                status, *_, part = answers[-1]
                self.assertTrue(status >= 400 or part.startswith(b"HTTP/1.0") or re.search(rb"\r\nConnection: close\r\n", part, re.I), (came, answers))
        self.assertGreater(max(alike, whole), 150)
        return alike, whole

    def read_by(self, name):
        if not READERS[name].is_installed():
            self.skipTest(f"{name} is not installed")
        self.compare(name)

    def test_node_reads_the_same_messages(self):
        self.read_by("node")

    def test_nginx_reads_the_same_messages(self):
        self.read_by("nginx")

    def test_apache_reads_the_same_messages(self):
        self.read_by("apache")

    def test_python_reads_the_same_messages(self):
        self.read_by("python http.server")

    @unittest.skipUnless(ASKED, "SLUICE_DIFFERENTIAL=all compares with every server")
    def test_every_server_reads_the_same_messages(self):
        names = list(READERS) if ASKED == "all" else ASKED.split(",")
        missing = [name for name in names if not READERS[name].is_installed()]
        self.assertGreaterEqual(len(names) - len(missing), min(READERS_AT_LEAST, len(names)), f"not installed: {missing}")
        for name in sorted(set(names) - set(missing), key=names.index):
            with self.subTest(name):
                began = time.monotonic()
                try:
                    alike, whole = self.compare(name)
                finally:
                    self.doCleanups()
                print(f"{name}: {len(self.reframed)} byte strings, {whole} read whole, {alike} messages told and equal; {time.monotonic() - began:.1f} s",
                      flush=True)

    @unittest.skipUnless(ASKED and READERS["starman"].is_installed(), "SLUICE_DIFFERENTIAL=all asks Starman")
    def test_starman_takes_what_comes_with_a_body_for_the_body(self):
        """Its own fault, whoever sends, and the reason why it is sent one request at a time."""
        with socket.create_connection(("127.0.0.1", self.serve("starman")), timeout=10) as peer:
            peer.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc" + MARKER)
            answer = b""
            while not answers_of(answer):
                piece = peer.recv(65536)
                self.assertTrue(piece, answer)
                answer += piece
        self.assertEqual(bytes.fromhex(answers_of(answer)[0][2].decode()), b"POST ? %d" % (3 + len(MARKER)))


class Responses(unittest.TestCase):
    """What is sent to clients is read by each library as we mean it, and what follows is the next response."""

    END = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthe-end"

    @classmethod
    def setUpClass(cls):
        reframed = reframe_responses(500, 3)
        cls.sent = [messages[0] for _, _, messages in reframed]
        cls.meant = [lines[0].decode() for _, lines, _ in reframed]
        cls.listener = socket.create_server(("127.0.0.1", 0))
        cls.addClassCleanup(cls.listener.close)
        threading.Thread(target=cls.accept, daemon=True).start()

    @classmethod
    def accept(cls):
        while True:
            try:
                connection, _ = cls.listener.accept()
            except OSError:
                return
            threading.Thread(target=cls.answer, args=(connection,), daemon=True).start()

    @classmethod
    def sent_for(cls, path):
        if path == b"page":
            page = response_readers.CHROMIUM_PAGE % len(cls.sent)
            return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)
        return cls.sent[int(path)] if path.isdigit() else cls.END

    @classmethod
    def answer(cls, connection):
        buffer = b""
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                while b"\r\n\r\n" not in buffer:
                    try:
                        piece = connection.recv(65536)
                    except ConnectionError:
                        return
                    if not piece:
                        return
                    buffer += piece
                head, buffer = buffer.split(b"\r\n\r\n", 1)
                path = head.split(b" ")[1]
                connection.sendall(sent := cls.sent_for(path[1:]))
                if b"\r\nConnection: close\r\n" in sent:
                    return

    def read_by(self, name):
        """Has one client read all; returns how many it has read, and how many refused."""
        program, text, *_, leaves_out = response_readers.READERS[name]
        port = self.listener.getsockname()[1]
        numbers = [number for number, meant in enumerate(self.meant) if meant.split(" ")[0] != leaves_out]
        addresses = [path for number in numbers for path in (f"/{number}", "/end")]
        if text is None:
            command = response_readers.curl(port, addresses)
        else:
            with tempfile.NamedTemporaryFile("w", suffix=".js", delete=False) as script:
                script.write(text)
            self.addCleanup(os.unlink, script.name)
            command = [paths.find_program(program), script.name, str(port), *addresses]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), len(addresses), done.stderr[-2000:])
        refused = 0
        for number, read, end in zip(numbers, lines[::2], lines[1::2]):
            meant, read, end = self.meant[number], read.removeprefix("0 "), end.removeprefix("0 ")
            if read != meant and (read == "refused" or read.split(" ")[0] != meant.split(" ")[0]):
                refused += 1
            elif not meant.startswith("205 ") and not read.endswith(" ?"):  # 205 is read by some as empty; the connection ends behind it
                self.assertEqual(read, meant, self.sent[number])
            self.assertEqual(end, "200 7", self.sent[number])
        self.assertLess(refused, len(self.sent) / 5, lines[:40])
        return len(numbers), refused

    def test_each_client_reads_the_same_messages(self):
        self.assertGreater(len(self.sent), 100)
        for name, reader in response_readers.READERS.items():
            if (reader.is_quick or ASKED) and response_readers.is_installed(name):
                with self.subTest(name):
                    began = time.monotonic()
                    read, refused = self.read_by(name)
                    print(f"{name}: {read} responses, {refused} of them refused; {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    unittest.main()
