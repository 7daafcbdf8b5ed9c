"""Random policies and random requests, for the test that compares what happens with what explain says.

Everything comes from the generator that is handed in, so a run is repeated by its seed."""

from lib import topic_texts

CLIENTS4 = ["10.61.1.2", "10.61.1.3", "10.61.1.4", "10.61.1.17"]
CLIENTS6 = ["fd61:1::2", "fd61:1::3"]
HOSTS = ["www.sluice.test", "a.wild.sluice.test", "any.sluice.test", "games.sluice.test", "sub.games.sluice.test", "news.sluice.test",
         "files.sluice.test", "x.files.sluice.test", "shop.sluice.test", "unlisted.sluice.test", "www.google.com"]
PATHS = ["/", "/a", "/a/b", "/a/b?q=1", "/docs/secret/plan.pdf", "/docs/public", "/%61/b", "/a//b/../b", "/search", "/search?q=kittens", "/search?q=Big+kittens&x=1", "/news/today"]
METHODS = ["GET", "GET", "GET", "GET", "POST", "PUT", "HEAD", "DELETE"]
AGENTS = [None, "curl/8.1", "Mozilla/5.0 (X11)", "bot"]
WORDS = {"alphabad": 30, "betabad": 50, "gammabad": 80, "deltagood": -25}
BODIES = {
    "text/html": b"<!DOCTYPE html><html><head><title>t</title></head><body>",
    "text/plain": b"plain words that say nothing ",
    "application/pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00",
    "image/gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
    "application/x-executable": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(40),
}
LISTS = {
    "games": "games.sluice.test\nshop.sluice.test/a\n",
    "news": "news.sluice.test\nwww.sluice.test/news\n",
    "files": "files.sluice.test\n",
}
PHRASES = "".join(f"<{word}><{weight}>\n" for word, weight in WORDS.items())


def some(rng, values, most=3):
    return rng.sample(values, rng.randint(1, min(most, len(values))))


class Body:
    """What an origin answers, or a client sends: its bytes and what is true of them."""

    def __init__(self, rng):
        self.type = rng.choice(list(BODIES))
        self.chunked = rng.random() < 0.3
        self.score, self.topic = 0, None
        if self.type.startswith("text/") and rng.random() < 0.4:
            self.topic = rng.choice(list(topic_texts.TOPICS))
            self.bytes = BODIES[self.type] + topic_texts.text(self.topic, rng.randint(1000, 1009), 120).encode()
            return
        self.words = some(rng, list(WORDS)) if self.type.startswith("text/") and rng.random() < 0.5 else []
        start = BODIES[self.type] + b" ".join(word.encode() for word in self.words) + b" "
        filler = b"x " if self.type.startswith("text/") else b"\x00\x01"
        self.bytes = start + filler * (rng.choice([0, 10, 600, 3000, 20000]) // 2)
        self.score = sum(WORDS[word] for word in self.words)


class Form:
    """A form that is posted to a search engine; `search` are its terms, and None where it has none."""
    TERMS = ["kittens", "Big+kittens", "dogs%21", "", "kits+alphabad", None]

    def __init__(self, rng):
        terms = rng.choice(self.TERMS)
        self.type = "application/x-www-form-urlencoded"
        self.bytes = b"x=1" if terms is None else f"x=1&q={terms}".encode()
        self.search = (terms or "").lower().replace("+", " ").replace("%21", "") or None
        self.score = WORDS["alphabad"] if "alphabad" in (terms or "") else 0
        self.chunked = rng.random() < 0.3
        self.topic = None


def _time(rng, now):
    """A time of day that begins and ends a good while away from now."""
    hour = now.tm_hour
    around = rng.random() < 0.5
    begin, end = ((hour - 3) % 24, (hour + 4) % 24) if around else ((hour + 5) % 24, (hour + 9) % 24)
    return f"daily {begin:02d}:00-{end or 24:02d}:00 zone UTC"


def _condition(rng, groups, times):
    kinds = {
        "site": lambda: " ".join(some(rng, [*HOSTS, "*.sluice.test", "*.games.sluice.test", "www.sluice.test/a", "shop.sluice.test/docs",
                                            "~^[a-f]", "~(files|games)", "~sluice.test/a/b", "any.sluice.test/a/b"])),
        "category": lambda: " ".join(some(rng, list(LISTS), 2)),
        "port": lambda: " ".join(some(rng, ["80", "8080", "443", "81-9000"], 2)),
        "destination": lambda: rng.choice(["10.61.2.5", "10.61.2.6/32", "fd61:2::/64", "10.61.2.0/24 fd61:2::5"]),
        "client": lambda: " ".join(some(rng, groups, 2)),
        "protocol": lambda: " ".join(some(rng, ["tls", "http", "h1", "h2", "websocket"], 2)),
        "method": lambda: " ".join(some(rng, ["GET", "POST", "PUT", "HEAD", "DELETE"], 3)),
        "header": lambda: rng.choice(["User-Agent", "User-Agent bot", "User-Agent curl/*", "X-Test ~^[0-4]", "X-Test", "Content-Length"]),
        "type": lambda: " ".join(some(rng, ["executable", "image", "application/pdf", "text/*", "image/gif"], 2)),
        "size": lambda: rng.choice(["over 1k", "under 2k", "over 4k", "under 500", "over 18k"]),
        "search": lambda: rng.choice(["kittens", "kit*", '"big kittens"', "dogs", "~^big"]),
        "topic": lambda: " ".join(some(rng, list(topic_texts.TOPICS), 2)) + rng.choice(["", " over 20", " over 80"]),
        "direction": lambda: rng.choice(["upload", "download"]),
        "phrases": lambda: f"over {rng.choice([0, 20, 40, 70, 100])}",
        "during": lambda: " ".join(some(rng, times, 1)),
        "ja4": lambda: rng.choice(["t13*", "t12*"]),
        "certificate": lambda: rng.choice(["self-signed", "issuer sluice", "age over 10d", "age under 1d", "issuer Nobody"]),
    }
    kind = rng.choice(list(kinds))
    return f"{'not ' if rng.random() < 0.15 else ''}{kind} {kinds[kind]()}"


class Policy:
    """The blocks of a configuration that say who, when and what."""

    def __init__(self, rng, now, mac):
        members = [" ".join(some(rng, CLIENTS4)), "10.61.1.0/28", "10.61.1.16/28 fd61:1::/64", " ".join(some(rng, CLIENTS6)), "10.61.0.0/16"]
        self.groups = {f"net{number}": f"net {rng.choice(members)}" for number in range(3)}
        self.groups["annas"] = "user anna"
        self.groups["staff"] = "user @staff  net 10.61.1.17"
        self.groups["mine"] = f"mac {mac if rng.random() < 0.5 else '02:00:00:00:00:09'}"
        self.times = {f"time{number}": _time(rng, now) for number in range(3)}
        names = list(self.groups)
        self.rules = []
        for number in range(rng.randint(8, 24)):
            verb = rng.choices(["pass", "inspect", "block", "warn"], [1, 3, 5, 1])[0]
            count = rng.choices([1, 2, 3], [4, 4, 1])[0]
            if rng.random() < 0.15:
                conditions = {0: "direction upload", 1: rng.choice(["type executable", "type text/*", "not type image", "phrases over 40", "size over 4k",
                                                                  "topic gambling", "search kittens", "search *"])}
            else:
                conditions = {line.split()[1] if line.startswith("not ") else line.split()[0]: line
                              for line in (_condition(rng, names, list(self.times)) for _ in range(count))}
            exceptions = [_condition(rng, names, list(self.times)) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
            if exceptions:
                exceptions.insert(0, "except")
            options = [' reason "r"' if rng.random() < 0.3 else "", " monitor" if rng.random() < 0.2 else "",
                       f" id rule-{number}" if rng.random() < 0.3 else ""]
            who = rng.choice(["everyone", "everyone", *names])
            self.rules.append(f"{verb} {who} {' '.join([*conditions.values(), *exceptions])}{''.join(options)}")

    def blocks(self):
        return "\n".join([*(f"group {name} {{ {members} }}" for name, members in self.groups.items()),
                          *(f"time {name} {{ {spans} }}" for name, spans in self.times.items())])
