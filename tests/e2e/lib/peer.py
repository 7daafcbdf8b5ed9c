"""One end of a connection in a test's own hands: byte by byte where it must be, with just enough HTTP/1.1 to read
what the other end sent. It is strict: what it cannot read is an error of the other end."""
import contextlib
import socket
import ssl
import struct


class Closed(ConnectionError):
    """The other end closed before everything was there."""


class Message:
    """A request or a response: the start line in three parts, fields in order, body, trailers."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.head = head
        self.start = lines[0].split(" ", 2)
        self.fields = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise ValueError(f"not a field line: {line!r}")
            self.fields.append((name.lower(), value.strip()))
        self.body = b""
        self.trailers = []
        self.framing = None

    @property
    def status(self):
        return int(self.start[1])

    @property
    def method(self):
        return self.start[0]

    @property
    def target(self):
        return self.start[1]

    def all(self, name):
        return [value for field, value in self.fields if field == name]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def __repr__(self):
        return f"<{' '.join(self.start)} {self.fields} {len(self.body)} bytes, {self.framing}>"


class Peer:
    """A connected socket, plain or TLS, with a read buffer. Every read has the time limit of the socket."""

    def __init__(self, connection):
        self.socket = connection
        self.buffer = b""

    @classmethod
    def connect(cls, namespace, address, port, source=None, timeout=20.0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with namespace.entered():
            connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if source is not None:
                connection.bind(source)
            connection.connect((address, port))
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    def start_tls(self, context, server_name=None):
        """Becomes a TLS client on the connection."""
        self.socket = context.wrap_socket(self.socket, server_hostname=server_name, suppress_ragged_eofs=False)
        return self

    def send(self, *parts):
        self.socket.sendall(b"".join(part.encode("latin-1") if isinstance(part, str) else part for part in parts))
        return self

    def fill(self, most=65536):
        """Reads once into the buffer; False at the end of the stream."""
        data = self.socket.recv(most)
        self.buffer += data
        return bool(data)

    def read_exact(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                raise Closed(f"closed after {len(self.buffer)} of {count} bytes")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_until(self, mark, most=1 << 20):
        while mark not in self.buffer:
            if len(self.buffer) > most:
                raise ValueError(f"no {mark!r} within {most} bytes")
            if not self.fill():
                raise Closed(f"closed before {mark!r}, after {self.buffer[-200:]!r}")
        data, _, self.buffer = self.buffer.partition(mark)
        return data

    def read_all(self):
        """Everything up to an orderly end of the stream."""
        while self.fill():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def at_end(self):
        """True once the other end has closed in order, with nothing more to read. A reset is a ConnectionResetError."""
        return not self.buffer and not self.fill()

    def ended(self):
        """How the other end ended it, having sent no more data: "fin" or "reset"."""
        try:
            return "fin" if self.at_end() else f"data {self.buffer[:200]!r}"
        except (ConnectionResetError, BrokenPipeError):
            return "reset"
        except ssl.SSLEOFError:
            return "fin without close_notify"
        except ssl.SSLError as error:
            return f"tls {error.reason}"

    def read_message(self, no_body=False):
        """One message. A body without a length ends with the connection, as only a response's may."""
        message = Message(self.read_until(b"\r\n\r\n"))
        is_response = message.start[0].startswith("HTTP/")
        if no_body or (is_response and (message.status < 200 or message.status in (204, 304))):
            message.framing = "none"
        elif message.get("transfer-encoding"):
            message.framing = "chunked"
            self._read_chunks(message)
        elif message.get("content-length") is not None:
            message.framing = "length"
            message.body = self.read_exact(int(message.get("content-length")))
        elif is_response:
            message.framing = "close"
            message.body = self.read_all()
        else:
            message.framing = "none"
        return message

    def _read_chunks(self, message):
        while True:
            size = int(self.read_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                break
            message.body += self.read_exact(size)
            if self.read_exact(2) != b"\r\n":
                raise ValueError("a chunk does not end where its size says")
        while True:
            line = self.read_until(b"\r\n").decode("latin-1")
            if not line:
                return
            name, _, value = line.partition(":")
            message.trailers.append((name.lower(), value.strip()))

    def request(self, target="/", host="raw.sluice.test", method="GET", fields="", body=b""):
        """Sends a request and reads the response."""
        self.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n", body)
        return self.read_message(no_body=method == "HEAD")

    def shutdown(self):
        """Ends the sending direction only."""
        if isinstance(self.socket, ssl.SSLSocket):
            raise TypeError("TLS in Python cannot close one direction")
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if isinstance(self.socket, ssl.SSLSocket):
            socket.close(self.socket.detach())
        else:
            self.socket.close()

    def finish(self):
        """Says goodbye in order: close_notify where there is TLS."""
        if isinstance(self.socket, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self.socket.settimeout(2)
                self.socket.unwrap()
        self.close()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()


def client_context(ca_file=None, minimum=None, maximum=None, alpn=None, ciphers=None):
    """A TLS client that trusts only the CA file; without one it takes any certificate, so that a test can look at it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(ca_file)
    if minimum:
        context.minimum_version = minimum
    if maximum:
        context.maximum_version = maximum
    if alpn:
        context.set_alpn_protocols(alpn)
    if ciphers:
        context.set_ciphers(ciphers)
    return context
