"""The systemd unit that is shipped: what it lets the daemon do, for a machine that runs no systemd."""
import os
import subprocess

from . import paths

UNIT = os.path.join(paths.SOURCE, "packaging", "systemd", "sluice.service.in")


def settings():
    """{name: [value, ...]} of the unit's settings, in their order."""
    found = {}
    with open(UNIT, encoding="utf-8") as text:
        for line in text:
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith(("#", "[")):
                found.setdefault(name, []).append(value)
    return found


def capabilities():
    return settings()["CapabilityBoundingSet"][0].split()


def limits():
    """{RLIMIT_NAME: bytes or number}; memory that may be locked is what systemd gives where the unit says nothing."""
    found = {"RLIMIT_MEMLOCK": 8 << 20}
    for name, values in settings().items():
        if name.startswith("Limit"):
            value = values[-1]
            unit = {"K": 10, "M": 20, "G": 30}.get(value[-1])
            found["RLIMIT_" + name.removeprefix("Limit")] = int(value[:-1]) << unit if unit else int(value)
    return found


def _groups():
    """{@group: [call or @group, ...]} as systemd-analyze tells."""
    groups, current = {}, None
    shown = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    for line in shown.splitlines():
        word = line.strip()
        if line.startswith("@"):
            current = groups.setdefault(word, [])
        elif current is not None and word and not word.startswith("#"):
            current.append(word)
    return groups


def system_calls():
    """The names of the calls that SystemCallFilter= lets through."""
    groups = _groups()

    def expanded(word):
        if not word.startswith("@"):
            return {word}
        return set().union(*(expanded(member) for member in groups[word]))

    allowed = expanded("@default")
    for value in settings()["SystemCallFilter"]:
        named = set().union(*(expanded(word) for word in value.removeprefix("~").split()))
        allowed = allowed - named if value.startswith("~") else allowed | named
    return sorted(allowed)
