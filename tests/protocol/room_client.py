#!/usr/bin/env python3
"""A second program that joins a room, written from net/PROTOCOL.md and net/wire/dropline.proto.

Joins, asks for the history, says a text, waits until somebody else says something, and leaves.
Prints everything that arrives as one JSON object a line. Exit status: 0, or 1 with a sentence.
"""
import argparse
import json
import pathlib
import secrets
import sys
import time

import tls
import wire

PING_AFTER_S, DEAD_AFTER_S = 3, 9
LAST_WORDS = ("Refused", "Kicked", "RoomClosed")
ONCE_JOINED = """RoomMessage Sent SayRefused PeerJoined PeerLeft PeerChanged HistoryPage Kicked
    RoomClosed StreamTicket StreamRefused Ping Pong RoomRules""".split()


class NotWelcome(Exception):
    """The host said a last word: Refused, Kicked or RoomClosed."""

    def __init__(self, message, values):
        super().__init__(f"{message}: {values}")
        self.message, self.values = message, values


class Room:
    """A room as a member sees it, from the greeting to the goodbye."""

    def __init__(self, connection, show=lambda message, values: None):
        self.connection, self.show = connection, show
        self.last_seq, self.rules, self.pinged_at = 0, None, 0.0

    def greet(self, until):
        self.connection.send("Hello", version_min=1, version_max=1, program="room_client.py")
        welcome = self.expect("Welcome", until)
        if welcome["version"] != 1 or welcome["way_in"] not in (1, 2):
            raise wire.Violation(f"no version or way in that this program knows: {welcome}")
        return welcome

    def join(self, name, until):
        """Answers JoinAccepted and the list of the others."""
        self.connection.send("JoinRequest", name=name)
        accepted = self.expect("JoinAccepted", until)
        self.last_seq = accepted["last_seq"]
        others, is_last = [], False
        while not is_last:
            page = self.expect("Roster", until)
            others, is_last = others + page["members"], page["is_last"]
        self.rules = self.expect("RoomRules", until)
        return accepted, others

    def expect(self, expected, until):
        return self.judge(*self.connection.receive(until), (expected, "Refused"))

    def judge(self, message, values, allowed):
        if message not in allowed:
            raise wire.Violation(f"{message} instead of {' or '.join(allowed)}")
        self.show(message, values)
        if message in LAST_WORDS:
            self.connection.close()
            raise NotWelcome(message, values)
        return values

    def next(self, until):
        """The next message that is not about being alive."""
        while True:
            quiet_since = max(self.connection.heard_at, self.pinged_at)
            try:
                message, values = self.connection.receive(min(until, quiet_since + PING_AFTER_S))
            except TimeoutError:
                self.keep_alive(until)
                continue
            self.judge(message, values, ONCE_JOINED)
            if message == "Ping":
                self.connection.send("Pong", nonce=values["nonce"])
            elif message != "Pong":
                self.count(message, values)
                return message, values

    def keep_alive(self, until):
        if time.monotonic() >= self.connection.heard_at + DEAD_AFTER_S:
            raise tls.Gone(False, f"nothing heard for {DEAD_AFTER_S} seconds")
        if time.monotonic() >= until:
            raise TimeoutError("what was waited for did not come")
        self.connection.send("Ping", nonce=secrets.randbits(64))
        self.pinged_at = time.monotonic()

    def count(self, message, values):
        """Numbers come without gaps; those of one's own messages with Sent."""
        if message == "RoomMessage" or message == "Sent" and values["seq"] > self.last_seq:
            if values["seq"] != self.last_seq + 1:
                raise wire.Violation(f"number {values['seq']} after {self.last_seq}")
            self.last_seq = values["seq"]

    def say(self, text, message_id=None):
        message_id = message_id or secrets.token_bytes(16)
        self.connection.send("Say", id=message_id, text=text)
        return message_id

    def leave(self):
        """True if the host closed as orderly."""
        self.connection.send("Leave")
        return self.connection.close()


def show(message, values):
    print(json.dumps({"got": message, **values}, ensure_ascii=False, default=bytes.hex), flush=True)


def visit(arguments, identity, until):
    connection = tls.Connection(arguments.host, arguments.port, tls.context(identity))
    tls.check_known(identity, f"{arguments.host}:{arguments.port}", connection.peer_id())
    show("handshake", {"self": tls.own_id(identity), "host": connection.peer_id()})
    room = Room(connection, show)
    room.greet(until)
    room.join(arguments.name, until)
    connection.send("HistoryRequest", request=1, limit=200)
    room.say(arguments.text)
    awaited = {"HistoryPage", "Sent", "RoomMessage"}
    while awaited:
        message, values = room.next(until)
        if message == "SayRefused":
            raise NotWelcome(message, values)
        if message != "HistoryPage" or values["is_last"]:
            awaited.discard(message)
    show("end", {"is_clean": room.leave()})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--name", default="Second program")
    parser.add_argument("--text", default="Hello from a second program")
    parser.add_argument("--keys", required=True, type=pathlib.Path, help="folder, may be missing")
    parser.add_argument("--seconds", type=float, default=60, help="how long all of it may take")
    arguments = parser.parse_args()
    try:
        visit(arguments, tls.make_identity(arguments.keys), time.monotonic() + arguments.seconds)
    except (OSError, tls.Gone, wire.Violation, NotWelcome) as error:
        sys.exit(f"room_client: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
