"""A resolver over HTTPS (RFC 8484), by which browsers learn the key for a site's encrypted hello (RFC 9460, RFC 9848)."""
import os
import socket

from . import lab as _lab
from .scripted import ScriptedServer, answer, serving

A, AAAA, HTTPS = 1, 28, 65
PARAM_ECH = 5
X25519_HKDF_SHA256, HKDF_SHA256, AES_128_GCM = 0x20, 1, 1


def _counted(data, width=2):
    return len(data).to_bytes(width, "big") + data


def ech_config(public_name):
    """An ECHConfigList (RFC 9849 section 4) whose secret key nobody has."""
    key = bytes([7]) + X25519_HKDF_SHA256.to_bytes(2, "big") + _counted(os.urandom(32)) + _counted(
        HKDF_SHA256.to_bytes(2, "big") + AES_128_GCM.to_bytes(2, "big"))
    return _counted(b"\xfe\x0d" + _counted(key + bytes([64]) + _counted(public_name.encode(), 1) + _counted(b"")))


class Resolver:
    """Serves https://raw.sluice.test/dns-query.

    ech maps names to the public names behind which they hide, at the same addresses. Those of the laboratory's hosts file
    are no use: browsers ask nobody for them.
    """

    NAME, CERTIFICATE = "raw.sluice.test", "any"

    def __init__(self, lab, ech):
        self.asked = []
        self._public = ech
        self._ech = {name: ech_config(public) for name, public in ech.items()}
        self._server = ScriptedServer(lab, serving(self._respond), last=5, port=443, certificate=self.CERTIFICATE)

    def stop(self):
        self._server.stop()

    def _records(self, name, kind):
        if name not in self._ech:
            return []
        if kind == A:
            return [socket.inet_aton(_lab.address_of(self._public[name]))]
        if kind == AAAA:
            return [socket.inet_pton(socket.AF_INET6, _lab.address_of(self._public[name], 6))]
        # Priority 1, the name itself, one parameter.
        return [b"\0\1\0" + PARAM_ECH.to_bytes(2, "big") + _counted(self._ech[name])] if kind == HTTPS else []

    def _respond(self, request):
        query, at, labels = request.body, 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, kind = ".".join(labels), int.from_bytes(query[at + 1:at + 3], "big")
        self.asked.append((name, kind))
        found = self._records(name, kind)
        records = b"".join(b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1\0\0\0\x3c" + _counted(data) for data in found)
        header = query[:2] + b"\x81\x80\0\1" + len(found).to_bytes(2, "big") + b"\0\0\0\0"
        return answer(header + query[12:at + 5] + records, fields="Content-Type: application/dns-message\r\nCache-Control: max-age=60\r\n")
