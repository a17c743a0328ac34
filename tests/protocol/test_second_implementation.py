#!/usr/bin/env python3
"""The real program and a second one, written from net/PROTOCOL.md alone, meet in a room.

    test_second_implementation.py PATH_OF_DROPLINE

First they talk; then strangers break the rules one by one while both stay in the room; then they
talk again, which shows that the host has kept serving. Nothing sleeps and nothing is tried twice:
every wait is for something that arrives, and has a deadline.
"""
import base64
import contextlib
import json
import os
import pathlib
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

import proof
import room_client
import tls
import wire

WITHIN_S = float(os.environ.get("DROPLINE_PATIENCE_S", "20"))
HERE = pathlib.Path(__file__).parent
ROOM = "Zimmer 7 / 七号房间"
QUESTION = "你好，世界 🌏 <b>%s</b>"
ANSWER = "收到，谢谢！\nBis morgen."


def soon():
    return time.monotonic() + WITHIN_S


def check(promise, is_kept, *seen):
    print(("kept    " if is_kept else "BROKEN  ") + promise, flush=True)
    if not is_kept:
        raise AssertionError(f"{promise}: {seen}")


class Program:
    """A process that prints a JSON object a line; ended by its own id, whatever happens."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([str(argument) for argument in arguments], text=True,
                                        encoding="utf-8", bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines, self.is_over, self.changed = [], False, threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(json.loads(line))
                self.changed.notify_all()
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def wait(self, where=lambda line: True, **wanted):
        """The first line that has all these values, and of which that is true."""
        def found():
            return next((line for line in self.lines
                         if wanted.items() <= line.items() and where(line)), None)
        with self.changed:
            self.changed.wait_for(lambda: found() or self.is_over, WITHIN_S)
            if line := found():
                return line
            raise AssertionError(f"never came: {wanted}; what came: {self.lines}")

    def write(self, **command):
        self.process.stdin.write(json.dumps(command, ensure_ascii=False) + "\n")
        self.process.stdin.flush()

    def finish(self):
        """The exit status of a process that ends by itself."""
        status = self.process.wait(WITHIN_S)
        self.reader.join(WITHIN_S)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(WITHIN_S)
        self.process.stdin.close()
        self.process.stdout.close()


class Strangers:
    """Makes connections that talk to the host by hand."""

    def __init__(self, port, folder):
        self.port = port
        self.identity = tls.make_identity(folder / "stranger")
        self.wrong_key = tls.make_identity(
            folder / "wrong", ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))

    def connect(self, tls_context=None):
        return tls.Connection("127.0.0.1", self.port, tls_context or tls.context(self.identity),
                              WITHIN_S)

    def greeted(self):
        room = room_client.Room(self.connect())
        room.greet(soon())
        return room

    @contextlib.contextmanager
    def joined(self, name):
        room = self.greeted()
        room.accepted, room.others = room.join(name, soon())
        try:
            yield room
        finally:
            room.connection.socket.close()


def fingerprint(key):
    """The id for people: base32, a check character after every 13, groups of 7."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    text, checked = base64.b32encode(key).decode().rstrip("="), ""
    for start in range(0, 52, 13):
        part, total = text[start:start + 13], 0
        for place, letter in enumerate(part):
            product = alphabet.index(letter) * (place % 2 + 1)
            total += product // 32 + product % 32
        checked += part + alphabet[-total % 32]
    return "-".join(checked[start:start + 7] for start in range(0, 56, 7))


# ---- What both sides see of a visit --------------------------------------------------------------

def begin_visit(host, visitor, visitor_id):
    handshake = visitor.wait(got="handshake")
    welcome = visitor.wait(got="Welcome")
    accepted = visitor.wait(got="JoinAccepted")
    roster = visitor.wait(got="Roster")
    check("the host announces its room, and version 1", welcome["version"] == 1
          and welcome["room"] == accepted["room"] == ROOM, welcome, accepted)
    check("ids are the hashes of the keys in the handshake",
          accepted["self"]["id"] == handshake["self"] == visitor_id.hex()
          and accepted["host"]["id"] == handshake["host"], accepted, handshake)
    check("the roster holds the host alone, and not oneself",
          [(who["id"], who["name"], who["is_host"]) for who in roster["members"]]
          == [(handshake["host"], "Host", 1)], roster)
    check("what was said before is told as history",
          [(one["seq"], one["text"], one["from"])
           for one in visitor.wait(got="HistoryPage", request=1)["messages"]]
          == [(1, "早上好，各位", handshake["host"])], visitor.lines)
    check("the host's person sees the visitor come",
          host.wait(event="peer_joined")["peer"]["name"] == "客人", host.lines)
    check("a fingerprint is what the document says it is",
          host.wait(event="peer_joined")["peer"]["fingerprint"] == fingerprint(visitor_id),
          host.lines, fingerprint(visitor_id))
    check("a message said gets the next number", visitor.wait(got="Sent")["seq"] == 2,
          visitor.lines)
    heard = host.wait(event="message", seq=2)
    check("the host's person reads it, letter for letter",
          (heard["text"], heard["from_name"]) == (QUESTION, "客人"), heard)


def end_visit(host, visitor):
    host.write(do="say", text=ANSWER, ref="last")
    answer = visitor.wait(got="RoomMessage")
    sent = host.wait(event="sent", ref="last")
    check("what the host says reaches the visitor, in order", answer["seq"] == sent["seq"]
          and (answer["text"], answer["from_name"]) == (ANSWER, "Host"), answer)
    check("the visitor can leave", visitor.finish() == 0, visitor.lines)
    left = host.wait(event="peer_left", where=lambda line: line["peer"]["name"] == "客人")
    check("the host's person sees it go", "reason" in left, left)
    check("each message once, in one order",
          [line["seq"] for line in host.lines if line["event"] == "message"]
          == list(range(1, sent["seq"] + 1)), host.lines)


# ---- What strangers and members who break the rules get ------------------------------------------

def knock_without_joining(strangers):
    room = strangers.greeted()
    room.connection.send("Ping", nonce=1)
    refusal = last_word(room.connection)
    received = bytes(room.connection.transcript)
    # B9 of the security plan.
    check("B9 a stranger learns the version and the room's name, in less than 600 bytes",
          len(received) < 600 and ROOM.encode() in received, received)
    check("B9 a stranger learns no name of anybody",
          "客人".encode() not in received and b"Host" not in received, received)
    check("B8 who speaks out of turn before joining is refused with code 9", refusal == 9, received)


def last_word(connection):
    """The code of Refused, or None without it; only the end of the connection may follow."""
    code = None
    try:
        while True:
            message, values = connection.receive(soon())
            if message != "Refused" or code is not None:
                raise AssertionError(f"{message} after the violation: {values}")
            code = values["code"]
    except tls.Gone:
        connection.close()
        return code


def break_rules_before_joining(strangers):
    say = wire.frame("Say", id=b"x" * 16, text="let me in")
    for promise, is_greeted, data in [
            ("a frame of unknown kind instead of a greeting", False, struct.pack(">BI", 99, 0)),
            ("a length of 4 GiB instead of a greeting", False, struct.pack(">BI", 1, 2**32 - 1)),
            ("a greeting that is no Protobuf", False, struct.pack(">BI", 1, 2) + b"\x1a\x7f"),
            ("a text before the greeting", False, say),
            ("a text before the request to join", True, say),
            ("a request to join without a name", True, wire.frame("JoinRequest", peer_port=0))]:
        connection = strangers.greeted().connection if is_greeted else strangers.connect()
        connection.send_bytes(data)
        check(f"refused: {promise}", last_word(connection) in (5, 9))


def break_rules_after_joining(strangers, host):
    oversized = struct.pack(">BI", wire.KIND_OF["Say"], 9216 + 1)
    for place, (promise, data) in enumerate([
            ("a frame of unknown kind", struct.pack(">BI", 200, 3) + b"abc"),
            ("a length over the cap of its kind", oversized),
            ("a kind only hosts send", wire.frame("Sent", id=b"x" * 16, seq=1)),
            ("an id of zeros", struct.pack(">BI", wire.KIND_OF["Say"], 21) + b"\x0a\x10" + bytes(16)
             + b"\x12\x01a"),
            ("a text that is not UTF-8", wire.frame("Say", id=b"y" * 16, text=b"\xff\xfe"))]):
        name = f"Breaker {place}"
        with strangers.joined(name) as room:
            host.wait(event="peer_joined", where=lambda line: line["peer"]["name"] == name)
            room.connection.send_bytes(data)
            check(f"ends the connection: {promise}", ended(room))
        host.wait(event="peer_left", where=lambda line: line["peer"]["name"] == name)


def ended(room):
    try:
        while True:
            room.next(soon())
    except tls.Gone:
        return True


def shake_hands_wrongly(strangers):
    tls_1_2 = tls.context(strangers.identity)
    tls_1_2.minimum_version = tls_1_2.maximum_version = ssl.TLSVersion.TLSv1_2
    for promise, context in [
            ("TLS 1.2", tls_1_2),
            ("no client certificate", tls.context(None)),
            ("a key that is not Ed25519", tls.context(strangers.wrong_key)),
            ("another ALPN", tls.context(strangers.identity, alpn="http/1.1")),
            ("no ALPN", tls.context(strangers.identity, alpn=None))]:
        check(f"no handshake, or its end: {promise}", is_turned_away(strangers, context))


def is_turned_away(strangers, context):
    """In TLS 1.3 a client learns what the server thinks of its certificate when it reads."""
    try:
        connection = strangers.connect(context)
        try:
            connection.send("Hello", version_min=1, version_max=1)
            connection.receive(soon())
        finally:
            connection.socket.close()
    except (ssl.SSLError, ConnectionError, tls.Gone):
        return True
    return False


# ---- Being alive, and being known ----------------------------------------------------------------

def stay_alive(strangers):
    """How late is too late is for tests that own the clock; this one judges too early and never."""
    with strangers.joined("Quiet") as room:
        room.connection.send("Ping", nonce=2**64 - 1)
        spoke_at = time.monotonic()
        check("a Ping is answered with its nonce",
              room.connection.receive(soon()) == ("Pong", {"nonce": 2**64 - 1}))
        message, _ = room.connection.receive(soon())
        check("the host asks after 3 quiet seconds whether one is alive",
              message == "Ping" and time.monotonic() - spoke_at > 2.5, message)
        check("and gives one up that says nothing for 9",
              ended(silenced(room)) and time.monotonic() - spoke_at > 8.5)


def silenced(room):
    room.connection.send = lambda *_, **__: None
    return room


def say_twice(strangers, host):
    with strangers.joined("Repeater") as room:
        first_id = room.say("once and only once")
        first = wait_sent(room, first_id)
        room.say("once and only once", first_id)
        check("saying the same again changes nothing",
              wait_sent(room, first_id)["seq"] == first["seq"])
        check("the numbers go on", wait_sent(room, room.say("next"))["seq"] == first["seq"] + 1)
        room.leave()
    host.wait(event="peer_left", where=lambda line: line["peer"]["name"] == "Repeater")


def wait_sent(room, message_id):
    while True:
        message, values = room.next(soon())
        if message == "Sent" and values["id"] == message_id:
            return values


def stop_at_another_key(port, folder, identity):
    known = identity / "known_hosts.json"
    known.write_text(json.dumps({f"127.0.0.1:{port}": "00" * 32}))
    client = subprocess.run([sys.executable, HERE / "room_client.py", "127.0.0.1", str(port),
                             "--keys", identity], capture_output=True, timeout=WITHIN_S)
    check("a member stops where another key answers than the one it knows",
          client.returncode == 1 and b"Welcome" not in client.stdout, client)


# ---- Rooms that ask for a secret -----------------------------------------------------------------

PASSWORD = "Käse und Brot"


class Guests:
    """Members with keys of their own, each on a connection of its own."""

    def __init__(self, port, folder):
        self.port, self.folder, self.count = port, folder, 0

    def greeted(self):
        """(room, welcome, binding)"""
        self.count += 1
        identity = tls.make_identity(self.folder / f"guest {self.count}")
        key_log = identity / "key log"
        connection = tls.Connection("127.0.0.1", self.port, tls.context(identity, key_log=key_log))
        room = room_client.Room(connection)
        return room, room.greet(soon()), proof.channel_binding(connection, key_log)

    def joins(self, secret, name):
        room, welcome, binding = self.greeted()
        proof.prove(room, secret, binding, soon())
        accepted, _ = room.join(name, soon())
        room.leave()
        return welcome["way_in"] == 2 and accepted["self"]["name"] == name


def is_wrong(room, secret, binding):
    try:
        proof.prove(room, secret, binding, soon())
    except proof.Wrong as wrong:
        return wrong.args[0]["tries_left"]
    return None


def refusal_of(attempt):
    try:
        attempt()
    except room_client.NotWelcome as refused:
        return refused.values["code"]
    return None


def prove_secrets(program, folder):
    (folder / "password").write_text(PASSWORD + "\nnot this line\n")
    with Program(program, "host", "--headless", "--json", "--port", 0, "--bind", "127.0.0.1",
                 "--profile", folder / "asking", "--name", "Host", "--room", ROOM,
                 "--invite-only", "--password-file", folder / "password") as host:
        hosting = host.wait(event="hosting")
        guests = Guests(hosting["port"], folder)
        room, _, _ = guests.greeted()
        check("who proves nothing is refused with code 11",
              refusal_of(lambda: room.join("Nobody", soon())) == 11)
        check("a password is proven, in whatever form it is typed",
              guests.joins(proof.of_password("  Ka\u0308se und Brot "), "By password"))
        secret, addresses, key = proof.of_invite(hosting["invite"])
        check("an invite says where the host is and which key it has",
              addresses == [f"127.0.0.1:{hosting['port']}"]
              and fingerprint(key) == hosting["fingerprint"], hosting)
        check("an invite is proven", guests.joins(secret, "By invite"))
        host.write(do="code")
        code = host.wait(event="code")["code"]
        check("a code is proven, as people type it",
              guests.joins(proof.of_code(code.lower().replace("1", "l")), "By code"))
        room, _, binding = guests.greeted()
        check("a code that is used is refused with code 12", refusal_of(
            lambda: proof.prove(room, proof.of_code(code), binding, soon())) == 12)
        room, _, binding = guests.greeted()
        check("a wrong password is wrong, and two tries are left",
              is_wrong(room, proof.of_password("Butter und Brot"), binding) == 2)
        check("C22 the right one, bound to another connection, is as wrong",
              is_wrong(room, proof.of_password(PASSWORD), bytes(32)) == 1)
        check("C24 a third one ends it with code 10", refusal_of(lambda: proof.prove(
            room, proof.of_password("Brot und Butter"), binding, soon())) == 10)
        host.write(do="quit")
        check("the asking host leaves with exit status 0", host.finish() == 0)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="dropline-protocol-") as name:
        folder = pathlib.Path(name)
        with Program(program, "host", "--headless", "--json", "--port", 0, "--bind", "127.0.0.1",
                     "--profile", folder / "host", "--name", "Host", "--room", ROOM) as host:
            port = host.wait(event="hosting")["port"]
            host.write(do="say", text="早上好，各位")
            host.wait(event="sent", seq=1)

            strangers = Strangers(port, folder)
            visitor_keys = tls.make_identity(folder / "visitor")
            with Program(sys.executable, HERE / "room_client.py", "127.0.0.1", port,
                         "--name", "客人", "--text", QUESTION,
                         "--keys", visitor_keys, "--seconds", 4 * WITHIN_S) as visitor:
                begin_visit(host, visitor, tls.own_id(visitor_keys))
                knock_without_joining(strangers)
                break_rules_before_joining(strangers)
                shake_hands_wrongly(strangers)
                break_rules_after_joining(strangers, host)
                end_visit(host, visitor)
            say_twice(strangers, host)
            stay_alive(strangers)
            stop_at_another_key(port, folder, visitor_keys)

            host.write(do="quit")
            check("the host leaves with exit status 0", host.finish() == 0)
        prove_secrets(program, folder)


if __name__ == "__main__":
    main()
