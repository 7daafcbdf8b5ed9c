"""Byte strings for parsers of HTTP/1, and what the proxy makes of them (tests/fuzz/reframe.c)."""
import glob
import os
import random
import subprocess
from typing import NamedTuple

from . import paths

# Pieces that mean something to one parser or another; messages are made of them at random.
METHODS = [b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"get", b"M-SEARCH", b"X!"]
TARGETS = [b"/", b"/a?b=c", b"/%2f..%2f", b"//x", b"/a;b|c{d}", b"/\xc3\xbc", b"*", b"http://localhost/z", b"http://LOCALHOST:80?q", b"/a\\b", b"/#x"]
FIELDS = [b"Content-Length: 3", b"content-length:3", b"Content-Length: 03", b"Content-Length: 3 ", b"Content-Length: 0", b"Content-Length: +3",
          b"Content-Length: 3, 3", b"Transfer-Encoding: chunked", b"transfer-encoding: CHUNKED", b"Transfer-Encoding: identity",
          b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding : chunked", b"X: y", b"X:", b"X: \xff\xfe", b"X_Y: z", b"X: a\tb",
          b"Connection: keep-alive", b"Connection: Content-Length", b"Connection: X, TE", b"TE: trailers", b"Expect: 100-continue",
          b"Upgrade: h2c", b"Content-Length\x00: 3", b" folded", b"Trailer: X", b"Cookie: a=b", b"Range: bytes=0-1"]
BODIES = [b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"3;x=\"y\"\r\nabc\r\n0\r\nT: u\r\n\r\n", b"003\r\nabc\r\n00\r\n\r\n", b"3 \r\nabc\r\n0\r\n\r\n",
          b"0\r\nContent-Length: 9\r\n\r\n", b"3\nabc\r\n0\r\n\r\n", b"3\r\nGET\r\n0\r\n\r\n"]
STATUSES = [b"200 OK", b"204 No Content", b"304 Not Modified", b"206 Partial", b"404", b"500 \xff", b"205 Reset", b"302 Found"]
RESPONSE_FIELDS = FIELDS[:19] + [b"Connection: close", b"Connection: X", b"Keep-Alive: timeout=1", b"Trailer: T", b"Content-Type: text/html",
                                 b"Content-Encoding: identity", b"Set-Cookie: a=b", b"Location: /x", b"Upgrade: h2c"]


class Reframed(NamedTuple):
    """A byte string of which something was accepted."""

    came: bytes
    told: list  # for each message b"METHOD target length", or b"status length"
    sent: list  # the bytes of each message


def requests(count, seed):
    """Byte strings of one to three requests."""
    dice = random.Random(seed)
    for _ in range(count):
        text = b""
        for _ in range(dice.randint(1, 3)):
            fields = [b"Host: localhost"] + dice.sample(FIELDS, dice.choice((0, 1, 1, 1, 2, 2, 3)))
            dice.shuffle(fields)
            text += dice.choice(METHODS) + b" " + dice.choice(TARGETS) + b" HTTP/1.1\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"
            text += dice.choice(BODIES)
        yield text


def responses(count, seed):
    dice = random.Random(seed)
    for _ in range(count):
        fields = dice.sample(RESPONSE_FIELDS, dice.choice((0, 1, 1, 2, 2, 3)))
        yield (b"HTTP/1." + dice.choice((b"1", b"1", b"1", b"0")) + b" " + dice.choice(STATUSES) + b"\r\n" + b"".join(field + b"\r\n" for field in fields) +
               b"\r\n" + dice.choice(BODIES + [b"3\r\nabc\r\n0\r\n\r\n"]))


def corpus(name):
    for path in sorted(glob.glob(os.path.join(paths.SOURCE, "tests/fuzz/corpus", name, "*"))):
        with open(path, "rb") as text:
            yield text.read()


def _run(texts, *arguments):
    """(what was read, what is sent) for each of the byte strings."""
    made = subprocess.run(["make", "-s", "-C", paths.BUILD, "tests/fuzz/reframe"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise AssertionError(made.stderr)
    done = subprocess.run([os.path.join(paths.BUILD, "tests/fuzz/reframe"), *arguments], capture_output=True, check=True,
                          input=b"".join(len(text).to_bytes(4, "big") + text for text in texts))
    answers, rest = [], memoryview(done.stdout)
    while rest:
        end = 4 + int.from_bytes(rest[:4], "big")
        answers.append(bytes(rest[4:end]))
        rest = rest[end:]
    return zip(answers[::2], answers[1::2], strict=True)


def reframe_requests(count, seed):
    """The corpus of the fuzzer and so many strings at random: those of which a request is accepted, each that is sent once."""
    texts = [*corpus("http1_request"), *requests(count, seed)]
    found = {}
    for text, (told, sent) in zip(texts, _run(texts), strict=True):
        lines, messages = [], []
        for line in told.splitlines():
            size, line = line.split(b" ", 1)
            lines.append(line)
            messages.append(sent[:int(size)])
            sent = sent[int(size):]
        if lines:
            found.setdefault(tuple(messages), Reframed(text, lines, messages))
    return list(found.values())


def reframe_responses(count, seed):
    """The same for responses to GET, one a string."""
    texts = [*responses(count, seed), *(text[1:] for text in corpus("http1_response"))]
    found = {}
    for text, (told, sent) in zip(texts, _run(texts, "--response"), strict=True):
        if told:
            found.setdefault(sent, Reframed(text, [told.strip()], [sent]))
    return list(found.values())
