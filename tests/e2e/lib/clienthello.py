"""The ClientHello on the wire, taken apart: what a client, or the gateway in its place, has offered."""


class ClientHello:
    """The first message of a flight of TLS records."""

    def __init__(self, flight):
        body = b""
        while flight[:1] == b"\x16" and len(flight) >= 5:
            length = int.from_bytes(flight[3:5], "big")
            body += flight[5:5 + length]
            flight = flight[5 + length:]
        if body[:1] != b"\x01":
            raise ValueError(f"no ClientHello: {body[:8].hex()}")
        self._rest = body[4:4 + int.from_bytes(body[1:4], "big")]
        self.version = self._take(2)
        self.random = self._take(32)
        self.session_id = self._vector(1)
        self.suites = _values(self._vector(2))
        self._vector(1)
        self.extensions = {}
        rest, self._rest = self._vector(2), b""
        self.types = []
        while rest:
            kind, length = int.from_bytes(rest[:2], "big"), int.from_bytes(rest[2:4], "big")
            self.types.append(kind)
            self.extensions[kind] = rest[4:4 + length]
            rest = rest[4 + length:]

    def _take(self, count):
        data, self._rest = self._rest[:count], self._rest[count:]
        if len(data) != count:
            raise ValueError("the hello ends too early")
        return data

    def _vector(self, width):
        return self._take(int.from_bytes(self._take(width), "big"))

    @property
    def versions(self):
        return _values(self.extensions[43][1:]) if 43 in self.extensions else [int.from_bytes(self.version, "big")]

    @property
    def groups(self):
        return _values(self.extensions.get(10, b"\0\0")[2:])

    @property
    def key_shares(self):
        rest, found = self.extensions.get(51, b"\0\0")[2:], []
        while rest:
            found.append(int.from_bytes(rest[:2], "big"))
            rest = rest[4 + int.from_bytes(rest[2:4], "big"):]
        return found

    @property
    def signatures(self):
        return _values(self.extensions.get(13, b"\0\0")[2:])

    @property
    def alpn(self):
        rest, found = self.extensions.get(16, b"\0\0")[2:], []
        while rest:
            found.append(rest[1:1 + rest[0]].decode())
            rest = rest[1 + rest[0]:]
        return found

    @property
    def server_name(self):
        data = self.extensions.get(0)
        return data[5:].decode() if data else None


def _values(data):
    return [int.from_bytes(data[at:at + 2], "big") for at in range(0, len(data), 2)]


def read_hello(peer):
    """The ClientHello that arrives at a server's Peer, which is left as it is afterwards (nothing is answered)."""
    data = b""
    while True:
        header = peer.read_exact(5)
        data += header + peer.read_exact(int.from_bytes(header[3:5], "big"))
        body = data[9:]
        # One record holds a hello of ours, as long as its message says.
        if len(body) >= int.from_bytes(data[6:9], "big"):
            return ClientHello(data)
