"""A server whose every byte a test decides: a function is called with each connection, in a thread of its own."""
import contextlib
import socket
import ssl
import sys
import threading
import traceback

from . import lab as _lab
from .peer import Closed, Peer
from .wait import wait_until


class ScriptedServer:
    """Listens in the origin's namespace until the laboratory closes, or stop().

    handler(peer) gets each connection; when it returns the connection is closed in order. What it raises is kept in
    errors, and printed, unless the other end simply went away.
    """

    def __init__(self, lab, handler, last=5, port=80, certificate=None, alpn=("http/1.1",), tls=None):
        self.handler = handler
        self.errors = []
        self.accepted = 0
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*lab.certificate(certificate))
            if alpn:
                self._context.set_alpn_protocols(list(alpn))
            if tls:
                tls(self._context)
        self._listeners = []
        self._open = set()
        for family, address in ((socket.AF_INET, _lab.address4(last)), (socket.AF_INET6, _lab.address6(last))):
            with lab.origin.entered():
                listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # Connections of the server before may still be closing.
            wait_until(lambda listener=listener, address=address: listener.bind((address, port)) is None, f"{address} port {port} is free")
            listener.listen(512)
            self._listeners.append(listener)
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        lab.on_close(self.stop)

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        peer = Peer(connection)
        self._open.add(peer)
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                peer.socket = self._context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
            self.handler(peer)
            if peer.socket.fileno() >= 0:
                peer.finish()
        except (Closed, ConnectionError, ssl.SSLError, TimeoutError) as error:
            self.errors.append(error)
        except Exception as error:  # a mistake in the test's script
            self.errors.append(error)
            traceback.print_exc(file=sys.stderr)
        finally:
            self._open.discard(peer)
            peer.close()

    def speak(self, *alpn):
        """What connections that come from now on may choose from."""
        self._context.set_alpn_protocols(list(alpn))

    def stop(self):
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for peer in list(self._open):
            with contextlib.suppress(OSError):
                peer.socket.shutdown(socket.SHUT_RDWR)
        self._listeners = []

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()


def answer(body=b"", status="200 OK", fields=""):
    """The bytes of a response with a length."""
    if isinstance(body, str):
        body = body.encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body


def serving(response):
    """A handler that answers every request on a connection, until it is asked to close: response is bytes, or a
    function of the request."""
    def handler(peer):
        while True:
            try:
                request = peer.read_message()
            except Closed:
                return
            peer.send(response(request) if callable(response) else response)
            if request.start[2] == "HTTP/1.0" or "close" in request.get("connection", "").lower():
                return
    return handler


def websocket_echo(peer):
    """Upgrades, then returns every byte, as opaque as the frames are to a proxy."""
    request = peer.read_message()
    if request.get("upgrade", "").lower() != "websocket":
        peer.send(answer(b"not an upgrade", "400 Bad Request"))
        return
    peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", peer.buffer)
    peer.buffer = b""
    while peer.fill():
        peer.send(peer.buffer)
        peer.buffer = b""
