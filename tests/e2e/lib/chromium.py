"""Headless Chromium in the client's namespace."""
import json
import os
import tempfile


def home(lab, certificate, secure_dns=None):
    """A home whose certificate store trusts the certificate; with the address of a resolver over HTTPS, if given, as the
    only one."""
    place = tempfile.mkdtemp(prefix="chromium-", dir=lab.directory)
    database = os.path.join(place, ".pki", "nssdb")
    os.makedirs(database)
    for command in (["certutil", "-N", "--empty-password"], ["certutil", "-A", "-t", "C,,", "-n", "gateway", "-i", certificate]):
        done = lab.run(lab.client, *command[:1], "-d", f"sql:{database}", *command[1:])
        if done.returncode != 0:
            raise AssertionError(done.stderr)
    if secure_dns:
        os.makedirs(os.path.join(place, "profile"))
        with open(os.path.join(place, "profile", "Local State"), "w", encoding="ascii") as state:
            json.dump({"dns_over_https": {"mode": "secure", "templates": secure_dns}}, state)
    return place


def command(place, url, *options):
    """The words of the command line, and its environment."""
    words = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", f"--user-data-dir={os.path.join(place, 'profile')}", *options, url]
    return words, {"HOME": place, "LANG": "C.UTF-8"}


def load(lab, url, place):
    """The page's document once its requests are answered, in the output of the CompletedProcess."""
    words, env = command(place, url, "--virtual-time-budget=15000", "--dump-dom")
    return lab.run(lab.client, *words, env=env, timeout=60)


def start(lab, url, place, *options):
    """The Process of a browser that stays on the page until it is stopped."""
    words, env = command(place, url, *options)
    return lab.start("chromium", words, lab.client, env={"PATH": os.environ["PATH"], **env})
