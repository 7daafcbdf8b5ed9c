"""One end of an HTTP/2 connection in a test's own hands: frame by frame where it must be, fields exactly as given.

It writes whatever it is told, valid or not; what it reads it takes apart strictly (RFC 9113, RFC 7541).
"""
import struct
import time

from .peer import Closed

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 0x1, 0x1, 0x4, 0x8
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL,
 COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)
S_TABLE_SIZE, S_PUSH, S_STREAMS, S_WINDOW, S_FRAME_SIZE, S_LIST_SIZE, _, S_CONNECT = range(1, 9)

_STATIC = [(":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"),
           (":scheme", "https"), *((":status", code) for code in ("200", "204", "206", "304", "400", "404", "500")),
           ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), *((name, "") for name in (
               "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control "
               "content-disposition content-encoding content-language content-length content-location content-range content-type "
               "cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since "
               "last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after "
               "server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate").split())]

# The Huffman code is canonical (RFC 7541, appendix B): the symbols of each length say it all. Longer ones are not read here.
_HUFFMAN = {}


def _make_huffman():
    code, last = 0, 5
    for length, symbols in ((5, "012aceiost"), (6, " %-./3456789=A_bdfghlmnpru"), (7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"), (8, "&*,;XZ"),
                            (10, '!"()?'), (11, "'+|"), (12, "#>"), (13, "\0$@[]~"), (14, "^}"), (15, "<`{")):
        code <<= length - last
        last = length
        for symbol in symbols:
            _HUFFMAN[length, code] = symbol
            code += 1


_make_huffman()


def _huffman(data):
    text, code, length = [], 0, 0
    for byte in data:
        for bit in range(7, -1, -1):
            code, length = code << 1 | (byte >> bit & 1), length + 1
            symbol = _HUFFMAN.get((length, code))
            if symbol is not None:
                text.append(symbol)
                code = length = 0
    if length > 7 or code != (1 << length) - 1:
        raise ValueError("a Huffman code that ends within a symbol")
    return "".join(text)


class Decoder:
    """HPACK, receiving."""

    def __init__(self, size=4096):
        self._table = []
        self._size = size

    def _integer(self, data, at, bits):
        value = data[at] & ((1 << bits) - 1)
        at += 1
        if value == (1 << bits) - 1:
            shift = 0
            while True:
                value += (data[at] & 0x7f) << shift
                shift += 7
                at += 1
                if not data[at - 1] & 0x80:
                    break
        return value, at

    def _string(self, data, at):
        is_huffman = data[at] & 0x80
        length, at = self._integer(data, at, 7)
        raw = data[at:at + length]
        return _huffman(raw) if is_huffman else raw.decode("latin-1"), at + length

    def _entry(self, index):
        return _STATIC[index - 1] if index <= len(_STATIC) else self._table[index - len(_STATIC) - 1]

    def _evict(self):
        while sum(len(name) + len(value) + 32 for name, value in self._table) > self._size:
            self._table.pop()

    def decode(self, data):
        fields, at = [], 0
        while at < len(data):
            first = data[at]
            if first & 0x80:
                index, at = self._integer(data, at, 7)
                fields.append(self._entry(index))
                continue
            if first & 0xe0 == 0x20:
                self._size, at = self._integer(data, at, 5)
                self._evict()
                continue
            is_kept = first & 0x40
            index, at = self._integer(data, at, 6 if is_kept else 4)
            if index:
                name = self._entry(index)[0]
            else:
                name, at = self._string(data, at)
            value, at = self._string(data, at)
            fields.append((name, value))
            if is_kept:
                self._table.insert(0, (name, value))
                self._evict()
        return fields


def integer(value, bits, first=0):
    """An HPACK integer with a prefix of so many bits."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    out, value = bytearray([first | limit]), value - limit
    while value > 127:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def literal(name, value, indexed=False):
    """One field, its name and value any bytes, never looked at."""
    name, value = (part.encode("latin-1") if isinstance(part, str) else part for part in (name, value))
    return bytes([0x40 if indexed else 0]) + integer(len(name), 7) + name + integer(len(value), 7) + value


def encode(fields):
    return b"".join(literal(name, value) for name, value in fields)


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", *pair) for pair in pairs))


class GoAway(Exception):
    """The other end sent GOAWAY with an error."""

    def __init__(self, last, code, text):
        super().__init__(f"GOAWAY last stream {last}, error {code} {text!r}")
        self.last, self.code = last, code


class Stream:
    """What came on one stream so far."""

    def __init__(self, number):
        self.number = number
        self.heads = []        # every header section, in order: interim ones, the head, the trailers
        self.body = b""
        self.chunks = []       # (time, bytes) of each DATA frame
        self.ended = False
        self.reset = None      # the error code of RST_STREAM

    @property
    def interim(self):
        return [head for head in self.heads if dict(head).get(":status", "").startswith("1")]

    @property
    def head(self):
        return next((head for head in self.heads if not dict(head).get(":status", "").startswith("1")), None)

    @property
    def status(self):
        return int(dict(self.head)[":status"]) if self.head else None

    @property
    def trailers(self):
        final = [head for head in self.heads if head not in self.interim]
        return final[1] if len(final) > 1 else []

    def get(self, name, default=None):
        return dict(self.head or ()).get(name, default)

    def __repr__(self):
        return f"<stream {self.number} {self.heads} {len(self.body)} bytes, ended {self.ended}, reset {self.reset}>"


class H2Peer:
    """A client, or with is_server a server, on a connected Peer. Acknowledges SETTINGS and PING and returns credit for
    what it reads, unless told not to."""

    def __init__(self, peer, is_server=False, own_settings=(), authority="raw.sluice.test", scheme="https", credit=True):
        self.peer = peer
        self.is_server = is_server
        self.authority, self.scheme, self.credit = authority, scheme, credit
        self.streams = {}
        self.goaway = None
        self.settings = {}
        self.pongs = 0
        self.windows = {0: 65535}
        self._decoder = Decoder()
        self._next = 1
        self._opened = []
        if is_server:
            if peer.read_exact(len(PREFACE)) != PREFACE:
                raise ValueError("no HTTP/2 preface")
            peer.send(settings(*own_settings))
        else:
            peer.send(PREFACE, settings(*own_settings))

    # Sending

    def send(self, kind, flags=0, stream=0, payload=b""):
        self.peer.send(frame(kind, flags, stream, payload))
        return self

    def send_head(self, stream, fields, end=True, block=None):
        """A header section: one HEADERS frame. block replaces the encoded fields."""
        return self.send(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, encode(fields) if block is None else block)

    def send_data(self, stream, data=b"", end=True, size=16384):
        """DATA, without a look at the windows."""
        pieces = [data[at:at + size] for at in range(0, len(data), size)] or [b""]
        for number, piece in enumerate(pieces):
            self.send(DATA, END_STREAM if end and number == len(pieces) - 1 else 0, stream, piece)
        return self

    def upload(self, stream, data, end=True):
        """DATA as the windows allow."""
        at = 0
        while at < len(data):
            room = min(self.window(0), self.window(stream), 16384, len(data) - at)
            if room <= 0:
                self.read_frame()
                continue
            self.send(DATA, END_STREAM if end and at + room == len(data) else 0, stream, data[at:at + room])
            self.windows[0] -= room
            self.windows[stream] = self.window(stream) - room
            at += room
        return self

    def window(self, stream):
        return self.windows.get(stream, self.settings.get(S_WINDOW, 65535))

    def reset(self, stream, code=CANCEL):
        return self.send(RST_STREAM, 0, stream, struct.pack(">I", code))

    def send_goaway(self, last, code=NO_ERROR):
        return self.send(GOAWAY, 0, 0, struct.pack(">II", last, code))

    def add_window(self, stream, count):
        return self.send(WINDOW_UPDATE, 0, stream, struct.pack(">I", count))

    # Client

    def head_of(self, path="/", method="GET", fields=(), authority=None):
        return [(":method", method), (":scheme", self.scheme), (":authority", authority or self.authority), (":path", path), *fields]

    def open(self, path="/", method="GET", fields=(), end=True, authority=None, raw=None):
        """Starts a request and returns its stream. raw replaces the whole list of fields."""
        number, self._next = self._next, self._next + 2
        self.streams[number] = Stream(number)
        self.send_head(number, raw if raw is not None else self.head_of(path, method, fields, authority), end)
        return self.streams[number]

    def request(self, path="/", method="GET", fields=(), body=None, authority=None):
        """One whole exchange: the stream, ended or reset."""
        stream = self.open(path, method, fields, body is None, authority)
        if body is not None:
            self.upload(stream.number, body)
        return self.finish(stream)

    # Reading

    def read_frame(self):
        """Reads one frame, keeps what it says, returns (kind, flags, stream, payload)."""
        head = self.peer.read_exact(9)
        kind, flags, number = head[3], head[4], struct.unpack(">I", head[5:])[0] & 0x7fffffff
        payload = self.peer.read_exact(int.from_bytes(head[:3], "big"))
        if kind == HEADERS:
            block = self._strip(payload, flags)
            if flags & 0x20:
                block = block[5:]
            while not flags & END_HEADERS:
                head = self.peer.read_exact(9)
                flags |= head[4] & END_HEADERS
                block += self.peer.read_exact(int.from_bytes(head[:3], "big"))
            if number not in self.streams:
                self._opened.append(number)
            stream = self.streams.setdefault(number, Stream(number))
            stream.heads.append(self._decoder.decode(block))
            stream.ended |= bool(flags & END_STREAM)
        elif kind == DATA:
            stream, data = self.streams[number], self._strip(payload, flags)
            stream.body += data
            stream.chunks.append((time.monotonic(), data))
            stream.ended |= bool(flags & END_STREAM)
            if self.credit and payload:
                self.add_window(0, len(payload))
                if not stream.ended:
                    self.add_window(number, len(payload))
        elif kind == RST_STREAM and number in self.streams:
            self.streams[number].reset = struct.unpack(">I", payload)[0]
        elif kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                key, value = struct.unpack(">HI", payload[at:at + 6])
                if key == S_WINDOW:
                    for stream in self.windows:
                        if stream:
                            self.windows[stream] += value - self.settings.get(S_WINDOW, 65535)
                self.settings[key] = value
            self.send(SETTINGS, ACK)
        elif kind == PING:
            if flags & ACK:
                self.pongs += 1
            else:
                self.send(PING, ACK, 0, payload)
        elif kind == WINDOW_UPDATE:
            self.windows[number] = self.window(number) + struct.unpack(">I", payload)[0]
        elif kind == GOAWAY:
            self.goaway = struct.unpack(">II", payload[:8])
            if self.goaway[1] != NO_ERROR:
                raise GoAway(*self.goaway, payload[8:])
        return kind, flags, number, payload

    @staticmethod
    def _strip(payload, flags):
        if flags & PADDED:
            return payload[1:len(payload) - payload[0]]
        return payload

    def wait(self, condition):
        """Reads until the condition is true; Closed or GoAway when the connection ends before."""
        while not condition():
            self.read_frame()

    def finish(self, stream):
        self.wait(lambda: stream.ended or stream.reset is not None)
        return stream

    def end_of_connection(self):
        """Reads to the end: the error code of GOAWAY, or None where the connection closed without one."""
        try:
            while True:
                self.read_frame()
        except GoAway as error:
            return error.code
        except (Closed, OSError):
            return self.goaway[1] if self.goaway else None

    # Server

    def accept(self):
        """The next stream that the client opens, once its head is there."""
        while not self._opened:
            self.read_frame()
        return self.streams[self._opened.pop(0)]

    def accept_whole(self):
        """The next request, body and trailers included; None when the client is done."""
        try:
            stream = self.accept()
            self.wait(lambda: stream.ended or stream.reset is not None)
            return stream
        except Closed:
            return None

    def respond(self, stream, body=b"", status=200, fields=(), trailers=None):
        body = body.encode() if isinstance(body, str) else body
        self.send_head(stream.number, [(":status", str(status)), *fields], not body and trailers is None)
        if body:
            self.upload(stream.number, body, trailers is None)
        if trailers is not None:
            self.send_head(stream.number, trailers)


def serving(respond):
    """A handler for ScriptedServer that answers each request in turn: respond(stream) gives the arguments of
    H2Peer.respond as a dictionary, or the body."""
    def handler(peer):
        server = H2Peer(peer, is_server=True)
        while True:
            stream = server.accept_whole()
            if stream is None:
                return
            answer = respond(stream)
            server.respond(stream, **(answer if isinstance(answer, dict) else {"body": answer}))
    return handler
