"""A TLS client whose bytes on the wire a test arranges: the hello in any segments and records, or only half of it."""
import ssl
import time


def hello_of(context, server_name):
    """The first flight of a client with this context, and the pair of memory BIOs and the object to go on with."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read(), (incoming, outgoing, connection)


def in_records(flight, size):
    """The same handshake message cut into TLS records of so many bytes each."""
    if flight[0] != 22:
        raise ValueError("not a handshake record")
    body = b""
    while flight:
        length = int.from_bytes(flight[3:5], "big")
        body += flight[5:5 + length]
        flight = flight[5 + length:]
    return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part
                    for part in (body[at:at + size] for at in range(0, len(body), size)))


def segments(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


class ArrangedClient:
    """Handshakes on a Peer, its hello sent as the pieces that arrange(flight) returns, with a pause between them."""

    def __init__(self, peer, context, server_name, arrange, pause=0.0):
        self.peer = peer
        flight, (self._incoming, self._outgoing, self.tls) = hello_of(context, server_name)
        for piece in arrange(flight):
            peer.socket.sendall(piece)
            if pause:
                time.sleep(pause)
        self._drive(self.tls.do_handshake)

    def _drive(self, action, *arguments):
        while True:
            try:
                result = action(*arguments)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self.peer.socket.recv(65536)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()

    def _flush(self):
        data = self._outgoing.read()
        if data:
            self.peer.socket.sendall(data)

    def get(self, target, host):
        """The whole answer to one request that closes the connection."""
        self._drive(self.tls.write, f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while True:
            try:
                data = self._drive(self.tls.read, 65536)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return answer
            if not data:
                return answer
            answer += data
