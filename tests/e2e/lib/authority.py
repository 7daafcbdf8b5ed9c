"""A certification authority below the laboratory's root, whose certificates say where their issuer and their revocation list are."""
import os
import subprocess


class Authority:
    """An intermediate of its own, and leaves of it that any server of the laboratory can show."""

    def __init__(self, lab, name="fetched-ica", issuer="root", pathlen=0, extra=""):
        self.lab = lab
        self.name = name
        self.directory = lab.make_directory("ca-" + name)
        self.certificate = self._path(name + ".crt")
        self.key = self._path(name + ".key")
        issuer_pem = issuer.certificate if isinstance(issuer, Authority) else os.path.join(lab.pki, issuer + ".pem")
        issuer_key = issuer.key if isinstance(issuer, Authority) else os.path.join(lab.pki, issuer + ".key")
        self._sign(name, f"basicConstraints=critical,CA:TRUE,pathlen:{pathlen}\nkeyUsage=critical,keyCertSign,cRLSign\n"
                   f"subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n{extra}", issuer_pem, issuer_key)
        self._count = 0
        self._revoked = []
        self._number = 0

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"openssl {arguments}: {done.stderr}")
        return done.stdout

    def _sign(self, name, extensions, issuer_pem, issuer_key):
        key, crt, request, ext = (self._path(f"{name}.{kind}") for kind in ("key", "crt", "csr", "ext"))
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        self._openssl("req", "-new", "-key", key, "-subj", f"/O=sluice tests/CN={name}", "-out", request)
        with open(ext, "w", encoding="ascii") as out:
            out.write(extensions + "\n")
        self._openssl("x509", "-req", "-in", request, "-CA", issuer_pem, "-CAkey", issuer_key, "-set_serial",
                      hex(int.from_bytes(os.urandom(8), "big") >> 2 | 1),
                      "-days", "30", "-sha256", "-extfile", ext, "-out", crt)
        return crt, key

    def der(self):
        self._openssl("x509", "-in", self.certificate, "-outform", "DER", "-out", self._path("ca.der"))
        with open(self._path("ca.der"), "rb") as source:
            return source.read()

    def leaf(self, host, issuer_url=None, crl_url=None, complete=False):
        """The (chain, key) files of a new leaf; the chain lacks this authority unless it is to be complete."""
        self._count += 1
        name = f"leaf{self._count}"
        extensions = (f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
                      f"subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nsubjectAltName=DNS:{host}\n")
        if issuer_url:
            extensions += f"authorityInfoAccess=caIssuers;URI:{issuer_url}\n"
        if crl_url:
            extensions += f"crlDistributionPoints=URI:{crl_url}\n"
        crt, key = self._sign(name, extensions, self.certificate, self.key)
        chain = self._path(name + ".pem")
        with open(chain, "w", encoding="ascii") as out:
            for path in (crt, self.certificate) if complete else (crt,):
                with open(path, encoding="ascii") as source:
                    out.write(source.read())
        return chain, key

    def revoke(self, chain):
        """Puts a leaf on the lists that are made from now on."""
        self._revoked.append(self._openssl("x509", "-in", chain, "-noout", "-serial").strip().split("=")[1])

    def crl(self, days=7, seconds=None):
        """A revocation list of this moment, DER."""
        life = ["-crldays", str(days)] if seconds is None else ["-crlsec", str(seconds)]
        self._number += 1
        index, conf, pem, der = (self._path(name) for name in ("index", "crl.conf", "crl.pem", "crl.der"))
        with open(index, "w", encoding="ascii") as out:
            for serial in self._revoked:
                out.write(f"R\t351231235959Z\t260101000000Z\t{serial}\tunknown\t/CN=revoked\n")
        with open(self._path("crlnumber"), "w", encoding="ascii") as out:
            out.write(f"{self._number:04X}\n")
        with open(conf, "w", encoding="ascii") as out:
            out.write(f"[ca]\ndefault_ca=t\n[t]\ndatabase={index}\ncrlnumber={self._path('crlnumber')}\ndefault_md=sha256\n"
                      "crl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n")
        self._openssl("ca", "-config", conf, "-gencrl", *life, "-cert", self.certificate, "-keyfile", self.key, "-out", pem)
        self._openssl("crl", "-in", pem, "-outform", "DER", "-out", der)
        with open(der, "rb") as source:
            return source.read()
