"""What happens is what explain says: random requests under random policies, over the wire and through explain, and the
same policy replayed over the records changes nothing.

SLUICE_PROPERTY_REQUESTS says how many requests (a few hundred without), SLUICE_PROPERTY_SEED which ones: a number, or
"random"."""
import collections
import contextlib
import datetime
import gzip
import json
import os
import random
import shutil
import ssl
import subprocess
import time
import unittest

from lib import paths, random_policy, topic_texts
from lib.case import E2ECase, proxied
from lib.daemon import Sluice
from lib.h2 import GoAway, H2Peer
from lib.lab import address4, address6
from lib.peer import Closed, Peer
from lib.random_policy import CLIENTS4, CLIENTS6, HOSTS, LISTS, PHRASES, Body, Form, Policy
from lib.scripted import ScriptedServer
from lib.wait import wait_until

REQUESTS = int(os.environ.get("SLUICE_PROPERTY_REQUESTS", "600"))
SEED = os.environ.get("SLUICE_PROPERTY_SEED", "1")
SEED = time.time_ns() % 1000000 if SEED == "random" else int(SEED)
REQUESTS_OF_A_POLICY = 200
KEPT_OPEN = (OSError, Closed, GoAway, ValueError, ssl.SSLError)


def topics_of(record, prefix):
    """What the model took a body for: how sure it was nobody else can say."""
    return record.get(f"{prefix}topics") or ([f"{record[prefix + 'topic']}={record[prefix + 'topic_score']}"] if f"{prefix}topic" in record else [])


class Sent:
    """A request that went out: what it was, and where its record is to be found."""

    def __init__(self, situation, client, port, number):
        self.situation = situation
        self.key = (client, port, number)
        self.is_answered = False


@proxied
class PolicyProperty(E2ECase):
    CONFIG = None
    ORIGIN = False
    TIME_LIMIT = 60 + REQUESTS / 20

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for address in CLIENTS4[1:]:
            cls.lab.client.ip("address", "add", f"{address}/24", "dev", "eth0")
        for address in CLIENTS6[1:]:
            cls.lab.client.ip("address", "add", f"{address}/64", "dev", "eth0", "nodad")
        cls.mac = cls.lab.run(cls.lab.client, "cat", "/sys/class/net/eth0/address").stdout.strip()
        for name, text in {**LISTS, "phrases": PHRASES, "users": "10.61.1.3 anna staff\n10.61.1.4 bert\nfd61:1::3 carl staff\n"}.items():
            with open(cls.lab.path(name), "w", encoding="ascii") as out:
                out.write(text)
        with open(cls.lab.path("texts"), "w", encoding="ascii") as out:
            out.write(topic_texts.labelled(0, 30))
        subprocess.run([paths.built("sluicectl"), "model", "train", cls.lab.path("texts"), "--model", cls.lab.path("model"), "--bits", "12"],
                       capture_output=True, check=True)
        cls.answers = {}
        cls.ports = collections.Counter()
        told = subprocess.run(["openssl", "x509", "-in", cls.lab.certificate("any")[0], "-noout", "-issuer", "-startdate", "-nameopt", "compat",
                               "-dateopt", "iso_8601"], capture_output=True, text=True, check=True).stdout.splitlines()
        began = datetime.datetime.fromisoformat(told[1].split("=", 1)[1].replace("Z", "+00:00"))
        cls.certificate = {"issuer": told[0].split("=", 1)[1], "age": int(time.time() - began.timestamp()), "self_signed": False}
        for last in (5, 6):
            for port, certificate in ((80, None), (8080, None), (443, "any")):
                ScriptedServer(cls.lab, cls.serve, last, port, certificate, ("h2", "http/1.1"))

    @classmethod
    def serve_h2(cls, peer):
        server = H2Peer(peer, is_server=True)
        while True:
            stream = server.accept_whole()
            if stream is None:
                return
            if stream.reset is not None:
                continue
            body = cls.answers[stream.get("x-answer")]
            fields = [("content-type", body.type)] + ([] if body.chunked else [("content-length", str(len(body.bytes)))])
            server.respond(stream, b"" if stream.get(":method") == "HEAD" else body.bytes, fields=fields)

    @classmethod
    def serve(cls, peer):
        if isinstance(peer.socket, ssl.SSLSocket) and peer.socket.selected_alpn_protocol() == "h2":
            cls.serve_h2(peer)
            return
        while True:
            try:
                request = peer.read_message()
            except Closed:
                return
            body = cls.answers[request.get("x-answer")]
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {body.type}\r\n"
            if request.method == "HEAD":
                peer.send(f"{head}Content-Length: {len(body.bytes)}\r\n\r\n")
            elif body.chunked:
                peer.send(f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body.bytes):x}\r\n".encode(), body.bytes, b"\r\n0\r\n\r\n")
            else:
                peer.send(f"{head}Content-Length: {len(body.bytes)}\r\n\r\n".encode(), body.bytes)

    def configuration(self, policy):
        lists = "\n".join(f"list {name} {{ path {self.lab.path(name)} }}" for name in LISTS)
        return {"ports": "80 443 8080", "policy": "\n    ".join(policy.rules), "extra": f"""
            {lists}
            clients {{ users {self.lab.path("users")} }}
            content {{ phrases {self.lab.path("phrases")}  model {self.lab.path("model")} }}
            hold    {{ bytes 256k  time 30s }}
            {policy.blocks()}"""}

    def begin(self, policy):
        """The daemon with this policy, from self.began on."""
        arguments = self.configuration(policy)
        if self.sluice is None:
            type(self).sluice = Sluice(self.lab, **arguments).start()
        self.sluice.write(self.sluice.configuration(**arguments))
        done = self.sluice.ctl("reload")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + "\n".join(policy.rules))
        self.began = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")

    # The wire

    def connect(self, rng, client, scheme, port, host):
        last = rng.choice([5, 6])
        destination = address6(last) if ":" in client else address4(last)
        # A port once for all destinations: of two connections that differ in their destination alone, redirection gives
        # one another port, and its record could not be found.
        self.ports[client] += 1
        local = 10000 + self.ports[client]
        peer = Peer.connect(self.lab.client, destination, port, (client, local))
        if scheme == "https":
            peer.start_tls(rng.choice(self.tls), host)
            if peer.socket.selected_alpn_protocol() == "h2":
                peer.h2 = H2Peer(peer)
        return peer, destination, local

    def carry(self, rng, count):
        """Sends count requests over connections that are kept; returns what was sent."""
        self.tls = [ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) for _ in range(2)]
        for context in self.tls:
            context.check_hostname = False
            context.load_verify_locations(self.sluice.ca_file)
        self.tls[1].set_alpn_protocols(["h2", "http/1.1"])
        sent = []
        while len(sent) < count:
            client = rng.choice(CLIENTS4 + CLIENTS6)
            scheme, port = rng.choice([("http", 80), ("http", 80), ("http", 8080), ("https", 443)])
            host = rng.choice([name for name in HOSTS if scheme == "http" or (name.count(".") == 2 and name.endswith(".test"))])
            try:
                peer, destination, local = self.connect(rng, client, scheme, port, host)
            except KEPT_OPEN:
                continue  # refused by what the hello says: nobody knows what would have been asked for
            with peer:
                for number in range(1, rng.randint(2, 10)):
                    situation = self.describe(rng, peer, client, scheme, port, host, destination)
                    sent.append(Sent(situation, client, local, number))
                    sent[-1].is_answered, goes_on = self.ask(peer, situation)
                    if not goes_on:
                        break
                    if scheme == "http":
                        host = rng.choice(HOSTS)
        return sent

    def describe(self, rng, peer, client, scheme, port, host, destination):
        body, upload = Body(rng), Body(rng)
        name = str(len(self.answers))
        self.answers[name] = body
        method, path = rng.choice(random_policy.METHODS), rng.choice(random_policy.PATHS)
        if scheme == "http" and rng.random() < 0.1:
            method, host, path, upload = "POST", "www.google.com", rng.choice(["/search", "/search?hl=en", path]), Form(rng)
        headers = {"Host": f"{host}:{port}" if port == 8080 else host, "X-Answer": name, "X-Test": str(rng.randint(0, 9))}
        agent = rng.choice(random_policy.AGENTS)
        if agent:
            headers["User-Agent"] = agent
        situation = {"client": client, "url": f"{scheme}://{headers['Host']}{path}", "method": method,
                     "version": "2" if hasattr(peer, "h2") else "1.1", "destination": destination, "mac": self.mac, "headers": headers, "whole": True, "_topic": body.topic}
        if isinstance(upload, Form):
            headers["Content-Type"] = upload.type
            if upload.search and path.startswith("/search") and "q=" not in path:
                situation["search"] = upload.search
        if scheme == "https":
            situation["certificate"] = self.certificate
        if method in ("POST", "PUT"):
            if upload.chunked:
                situation["chunked"] = True
            else:
                headers["Content-Length"] = str(len(upload.bytes))
            situation["upload"] = {"size": len(upload.bytes), "type": upload.type, "score": upload.score}
            situation["_upload"] = upload.bytes
        if method != "HEAD":
            situation.update(size=len(body.bytes), type=body.type, score=body.score)
        return situation

    @staticmethod
    def ask(peer, situation):
        """Whether it was answered, and whether the connection is of more use."""
        target = situation["url"].split("://", 1)[1]
        target = target[target.index("/"):]
        body = situation.get("_upload")
        fields = [(name, value) for name, value in situation["headers"].items()]
        if hasattr(peer, "h2"):
            try:
                stream = peer.h2.request(target, situation["method"], [(name.lower(), value) for name, value in fields if name != "Host"], body,
                                         situation["headers"]["Host"])
            except KEPT_OPEN:
                return False, False
            return stream.ended, peer.h2.goaway is None
        if situation.get("chunked"):
            fields.append(("Transfer-Encoding", "chunked"))
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        fields = "".join(f"{name}: {value}\r\n" for name, value in fields)
        try:
            peer.send(f"{situation['method']} {target} HTTP/1.1\r\n{fields}\r\n", body or b"")
            message = peer.read_message(no_body=situation["method"] == "HEAD")
        except KEPT_OPEN:
            return False, False
        return True, message.get("connection", "").lower() != "close"

    # What was recorded, and what explain says

    def expected(self, sent, records):
        """What explain says of each request, with what only the gateway can know of the connection."""
        lines = []
        for one in sent:
            situation = {key: value for key, value in one.situation.items() if not key.startswith("_")}
            record = records[one.key]
            situation["at"] = record["@timestamp"]
            situation["ja4"] = record.get("tls.client.ja4", "")
            situation["unproved"] = record.get("sluice.pass_proof") == "none"
            for body, prefix in ((situation, "sluice."), (situation.get("upload"), "sluice.sent.")):
                if body is not None:
                    body["topic"] = topics_of(record, prefix)
            lines.append(json.dumps(situation))
        path = self.lab.path("batch")
        with open(path, "w", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")
        done = self.sluice.ctl("explain", "--batch", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def records_of(self, sent):
        """The record of each request: its exchange's, or its flow's where that was not looked into."""
        def find():
            exchanges, flows = {}, {}
            for record in self.sluice.records():
                key = (record["source.ip"], record["source.port"])
                if record["event.dataset"] == "sluice.flow":
                    flows[key] = record
                else:
                    exchanges[(*key, record["sluice.exchange"])] = record
            found.update((one.key, exchanges.get(one.key) or flows.get(one.key[:2])) for one in sent)
            return all(found[one.key] for one in sent if one.is_answered)
        found = {}
        try:
            wait_until(find, "every request that was answered has its record", 20)
        except AssertionError:
            missing = [one for one in sent if one.is_answered and not found[one.key]]
            self.fail(f"no record of {[(one.key, one.situation['url']) for one in missing]}\n{self.sluice.ctl('flows').stdout}")
        return found

    @staticmethod
    def said(record):
        return {"verb": record.get("sluice.verb", "inspect"), "rule": record["rule.id"], "category": record.get("rule.category"),
                "monitored": record.get("sluice.monitor", [])}

    def numbered(self, policy):
        with open(self.sluice.conf, encoding="utf-8") as text:
            return "".join(f"{number:3d} {line}" for number, line in enumerate(text, 1) if line.strip() in policy.rules)

    def compare(self, policy, sent, seed):
        records = self.records_of(sent)
        sent = [one for one in sent if records[one.key]]
        first = {}
        for one in sent:
            first.setdefault(one.key[:2], one)
        # Of a flow that was passed or refused by its first bytes, only the first request counts.
        judged = [one for one in sent if records[one.key]["event.dataset"] == "sluice.exchange" or first[one.key[:2]] is one]
        for one, explained in zip(judged, self.expected(judged, records)):
            record = records[one.key]
            said = self.said(record)
            wanted = {key: explained[key] for key in said}
            # What is stopped has no answer, so rules that only watch may miss what they wait for.
            watched, would = set(said.pop("monitored")), set(wanted.pop("monitored"))
            if watched != would and (wanted["verb"] in ("inspect", "pass") or not watched <= would):
                said["monitored"], wanted["monitored"] = watched, would
            if said != wanted:
                self.fail(f"seed {seed}: {json.dumps({k: v for k, v in one.situation.items() if k[0] != '_'})}\nrecord: {said}\n{json.dumps(record)}\n"
                          f"explain: {explained}\n{policy.blocks()}\n" +
                          self.numbered(policy))
            self.counts[wanted["verb"], wanted["rule"] == "default"] += 1
            topic = record.get("sluice.topic")
            if topic and one.situation["_topic"]:
                self.assertEqual(topic, one.situation["_topic"], json.dumps(record))
            self.kinds.update(kind for kind, holds in (("by HTTP/2", record.get("http.version") == "2"), ("uploads", "upload" in one.situation),
                                                       ("of unknown length", one.situation.get("chunked")), ("posted searches", one.situation.get("search")),
                                                       ("pages with a topic", topic)) if holds)
        return len(judged)

    def put_records_away(self, number):
        """Rotates; every second file is compressed, as logrotate does."""
        rotated = f"{self.sluice.log}.{number}"
        self.sluice.rotate(rotated)
        wait_until(self.writes_anew, "records go into the new file")
        return rotated

    def writes_anew(self):
        """What was under way still goes into the old file."""
        with self.lab.connect(address4(5), 80) as peer:
            peer.send("HEAD / HTTP/1.1\r\nHost: www.sluice.test\r\nX-Answer: 0\r\n\r\n")
            with contextlib.suppress(*KEPT_OPEN):
                peer.read_message(no_body=True)
        return os.path.exists(self.sluice.log) and self.sluice.records()

    def replay(self, policy, seed, rotated, compress):
        """The policy over its own records: nothing would change."""
        if compress:
            with open(rotated, "rb") as text, gzip.open(rotated + ".gz", "wb") as out:
                shutil.copyfileobj(text, out)
            os.remove(rotated)
        replayed = self.sluice.ctl_json("replay", "--policy", self.sluice.conf, "--since", self.began)
        if replayed["changed"]:
            with (gzip.open if compress else open)(rotated + (".gz" if compress else ""), "rt", encoding="utf-8") as text:
                rules = {change["was_by"] for change in replayed["changes"]}
                changed = "".join(line for line in text if json.loads(line).get("rule.id") in rules)
            self.fail(f"seed {seed}: {json.dumps(replayed['changes'], indent=1)}\n{policy.blocks()}\n{self.numbered(policy)}\n{changed}")
        return replayed["records"], replayed["untold"]

    def test_the_wire_and_explain_agree_and_replay_changes_nothing(self):
        self.counts, self.kinds = collections.Counter(), collections.Counter()
        done = replayed = untold = 0
        number = 0
        began = time.monotonic()
        while done < REQUESTS:
            seed = SEED * 1000 + number
            rng = random.Random(seed)
            policy = Policy(rng, time.gmtime(), self.mac)
            self.begin(policy)
            sent = self.carry(rng, min(REQUESTS_OF_A_POLICY, REQUESTS - done))
            done += self.compare(policy, sent, seed)
            rotated = self.put_records_away(1)
            counts = self.replay(policy, seed, rotated, number % 2)
            replayed, untold = replayed + counts[0], untold + counts[1]
            for path in (rotated, rotated + ".gz"):
                if os.path.exists(path):
                    os.remove(path)
            number += 1
        verbs = ", ".join(f"{count} {verb}{' by no rule' if default else ''}" for (verb, default), count in sorted(self.counts.items()))
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        print(f"{done} requests ({kinds}) under {number} policies from seed {SEED} in {time.monotonic() - began:.0f} s: {verbs}; "
              f"{replayed} replayed, of {untold} more the records do not tell")
        self.assertGreater(self.counts["block", False], 0)
        self.assertEqual(len(self.kinds), 5, self.kinds)


if __name__ == "__main__":
    unittest.main()
