"""Servers of HTTP/2 that others wrote, each on an address of its own with the certificate `any`, serving one directory."""
import os

from . import paths
from .lab import address4
from .wait import wait_until

ADDRESSES = {"nginx": 2, "nghttpd": 3, "nghttpx": 4, "node": 6, "caddy": 8}
HOSTS = {"nginx": "www.sluice.test", **{name: f"{name}.sluice.test" for name in ADDRESSES if name != "nginx"}}
NODE = os.path.join(paths.SOURCE, "tests", "e2e", "node")


def wait_listening(lab, process, address, port, namespace=None):
    def listens():
        if not process.running():
            raise AssertionError(f"{process.name} ended with {process.returncode}:\n{process.output()}")
        return f"{address}:{port} " in lab.run(namespace or lab.origin, "ss", "-Hltn").stdout
    wait_until(listens, f"{process.name} listens on {address}:{port}")
    return process


def contents(lab):
    """The directory that all of them serve."""
    files = lab.make_directory("h2www")
    for name, data in (("hello", b"hello from the origin\n"), ("1k", b"x" * 1024), ("1m", bytes(range(256)) * 4096)):
        with open(os.path.join(files, name), "wb") as out:
            out.write(data)
    return files


def start_nginx(lab, files):
    temp = lab.make_directory("nginx-h2")
    chain, key = lab.certificate("any")
    stores = "".join(f"{kind}_temp_path {temp}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = os.path.join(temp, "nginx.conf")
    with open(configuration, "w", encoding="ascii") as out:
        out.write(f"""
            daemon off; user root; worker_processes 1; pid {temp}/pid; error_log stderr warn;
            events {{ worker_connections 1024; }}
            http {{
                {stores}
                access_log off; default_type application/octet-stream; keepalive_requests 1000000; http2_max_concurrent_streams 256;
                server {{
                    listen {address4(2)}:443 ssl http2; listen {address4(2)}:80 http2;
                    ssl_certificate {chain}; ssl_certificate_key {key};
                    root {files};
                    location /uploads/ {{ dav_methods PUT; create_full_put_path on; client_max_body_size 0; }}
                }}
            }}""")
    process = lab.start("nginx-h2", [paths.find_program("nginx"), "-c", configuration, "-p", temp, "-e", "stderr"], lab.origin)
    return wait_listening(lab, process, address4(2), 443)


def start_nghttpd(lab, files, *options):
    chain, key = lab.certificate("any")
    process = lab.start("nghttpd", [paths.find_program("nghttpd"), "-a", address4(3), "-d", files, "--echo-upload", *options, "443", key, chain],
                        lab.origin)
    return wait_listening(lab, process, address4(3), 443)


def start_nghttpx(lab, files):
    """A reverse proxy as the origin, an nghttpd behind it."""
    chain, key = lab.certificate("any")
    behind = lab.start("nghttpd-behind", [paths.find_program("nghttpd"), "-a", "127.0.0.1", "-d", files, "--echo-upload", "--no-tls", "8081"],
                       lab.origin)
    wait_listening(lab, behind, "127.0.0.1", 8081)
    conf = lab.path("nghttpx.conf")
    with open(conf, "w", encoding="ascii"):
        pass
    process = lab.start("nghttpx", [paths.find_program("nghttpx"), f"--conf={conf}", f"--frontend={address4(4)},443",
                                    "--backend=127.0.0.1,8081;;proto=h2", "--workers=1", "--errorlog-file=/dev/stderr", key, chain], lab.origin)
    return wait_listening(lab, process, address4(4), 443)


def start_caddy(lab, files):
    home = lab.make_directory("caddy")
    chain, key = lab.certificate("any")
    conf = os.path.join(home, "Caddyfile")
    with open(conf, "w", encoding="ascii") as out:
        out.write(f"{{\n admin off\n auto_https off\n storage file_system {home}\n servers {{\n protocols h1 h2\n }}\n}}\n"
                  f"https://caddy.sluice.test:443 {{\n bind {address4(8)}\n tls {chain} {key}\n root * {files}\n file_server\n}}\n")
    process = lab.start("caddy", [paths.find_program("caddy"), "run", "--config", conf, "--adapter", "caddyfile"], lab.origin,
                        env=dict(os.environ, HOME=home, XDG_DATA_HOME=home, XDG_CONFIG_HOME=home))
    return wait_listening(lab, process, address4(8), 443)


def start_node(lab, files):
    chain, key = lab.certificate("any")
    process = lab.start("node-h2", [paths.find_program("node"), os.path.join(NODE, "h2_server.js"), address4(6), key, chain, files], lab.origin)
    return wait_listening(lab, process, address4(6), 443)


STARTERS = {"nginx": start_nginx, "nghttpd": start_nghttpd, "nghttpx": start_nghttpx, "node": start_node, "caddy": start_caddy}
