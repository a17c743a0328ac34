"""A member that offers and sends whatever it likes, spoken byte by byte from net/PROTOCOL.md.

It builds on the second implementation in tests/protocol, which knows the room, and adds what two
members say to each other. Files are empty or of bytes that never end: a digest of real content
would need XXH3, which Python does not have, and no attack on names needs it.
"""

import secrets
import struct
import sys
import time
from pathlib import Path

from program import PATIENCE_S

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "protocol"))

import room_client  # noqa: E402
import tls  # noqa: E402
import wire  # noqa: E402

PEER_MESSAGES = {
    29: ("StreamRequest", 256, "request:number peer:bytes purpose:number"),
    40: ("PeerHello", 4096, "stream:id16"),
    41: ("PeerWelcome", 4096, ""),
    42: ("PeerUse", 4096, "purpose:number transfer:bytes"),
    45: (
        *("Offer", 65536),
        "transfer:id16 files:number bytes:number pages:number entries:OfferedEntry* version:number "
        "left_out:number left_out_names:text*",
    ),
    46: (
        *("OfferPage", 65536),
        "transfer:id16 page:number entries:OfferedEntry* version:number",
    ),
    47: (
        *("OfferAnswer", 4096),
        "transfer:id16 is_accepted:number reason:text files:number bytes:number "
        "retry_after_s:number",
    ),
    48: ("TransferCancel", 4096, "transfer:id16 reason:text"),
    49: ("OfferPageRequest", 256, "transfer:id16 page:number"),
    50: ("TransferPause", 256, "transfer:id16 is_paused:number"),
    51: ("TransferResume", 256, "transfer:id16"),
    52: ("TransferDone", 256, "transfer:id16"),
    53: ("TransferOrder", 256, "transfer:id16 is_now:number before:bytes"),
}
for kind, (name, cap, fields) in PEER_MESSAGES.items():
    wire.KINDS[kind] = (name, cap)
    wire.KIND_OF[name] = kind
    wire.FIELDS[name] = fields
wire.FIELDS["OfferedEntry"] = (
    "name:text bytes:number modified_at_s:number is_folder:number is_executable:number is_gone:number"
)

CONVERSATION, BULK = 1, 2
# Kinds of frames on a bulk connection.
START, DATA, FILE_END, ALL_DONE, STOP, SKIP = 1, 2, 3, 6, 7, 8
SOURCE_CHANGED = 4  # why somebody stops
DIGEST_OF_NOTHING = bytes.fromhex("99aa06d3014798d86001c324468d497f")  # XXH3-128
_BULK_HEADER = struct.Struct(">BBHIIIQ")


def entry(name, size=0, is_folder=False, modified_at_s=1_600_000_000):
    """`name`: bytes, so that it need not be text."""
    return {"name": name, "bytes": size, "modified_at_s": modified_at_s, "is_folder": is_folder}


def bulk_frame(kind, index=0, offset=0, payload=b""):
    return _BULK_HEADER.pack(kind, 0, 0, len(payload), index, 0, offset) + payload


class BulkStream:
    """The bytes of one transfer, as their sender sees it."""

    def __init__(self, connection):
        self.connection = connection

    def send(self, kind, index=0, offset=0, payload=b""):
        self.connection.send_bytes(bulk_frame(kind, index, offset, payload))

    def next(self, until):
        """(kind, index, offset, payload) of the receiver's next frame."""
        size = _BULK_HEADER.size
        while True:
            buffer = self.connection.buffer
            if len(buffer) >= size:
                kind, _, _, length, index, _, offset = _BULK_HEADER.unpack(buffer[:size])
                if len(buffer) >= size + length:
                    payload = bytes(buffer[size : size + length])
                    del buffer[: size + length]
                    return kind, index, offset, payload
            self.connection.buffer += self.connection.read(until)

    def take_plan(self, until):
        """Reads what the receiver wants, up to `start`; answers the indexes it skips."""
        skipped = set()
        while (frame := self.next(until))[0] != START:
            kind, index, count, payload = frame
            if kind == STOP:
                raise tls.Gone(True, payload[1:].decode())
            if kind == SKIP:
                skipped.update(range(index, index + count))
        return skipped

    def last_word(self, until):
        """ALL_DONE, STOP, or None when the receiver just left."""
        try:
            while (frame := self.next(until))[0] not in (ALL_DONE, STOP):
                pass
            return frame[0]
        except tls.Gone:
            return None

    def close(self):
        self.connection.socket.close()


class HostileSender:
    def __init__(self, address, folder, name):
        host, port = address.rsplit(":", 1)
        self.identity = tls.make_identity(folder)
        self.room = room_client.Room(
            tls.Connection(host, int(port), tls.context(self.identity), PATIENCE_S)
        )
        self.room.greet(self.soon())
        _, self.others = self.room.join(name, self.soon())
        self.tickets = []
        self.peer = None
        self.requests = 0

    def soon(self):
        return time.monotonic() + PATIENCE_S

    def close(self):
        self.hang_up()
        self.room.connection.socket.close()

    def hang_up(self):
        """Ends the conversation, as a cut cable would."""
        if self.peer:
            self.peer.socket.close()
            self.peer = None

    # ---- The way to somebody ---------------------------------------------------------------------

    def listen_to_room(self, seconds):
        """Answers pings and keeps tickets and newcomers, for so long at most."""
        try:
            while True:
                message, values = self.room.next(time.monotonic() + seconds)
                if message == "StreamTicket":
                    self.tickets.append(values)
                elif message == "StreamRefused":
                    raise AssertionError(f"no stream: {values}")
                elif message == "PeerJoined":
                    self.others.append(values["member"])
                seconds = 0
        except TimeoutError:
            return

    def take_ticket(self, is_initiator):
        until = self.soon()
        while time.monotonic() < until:
            for ticket in self.tickets:
                if bool(ticket["is_initiator"]) == is_initiator:
                    self.tickets.remove(ticket)
                    return ticket
            self.listen_to_room(0.1)
        raise AssertionError("no ticket came")

    def id_of(self, name):
        until = self.soon()
        while time.monotonic() < until:
            for other in reversed(self.others):
                if other["name"] == name:
                    return other["id"]
            self.listen_to_room(0.1)
        raise AssertionError(f"{name} is not in the room")

    def dial(self, ticket):
        failures = []
        for candidate in ticket["candidates"]:
            host, port = candidate.rsplit(":", 1)
            try:
                connection = tls.Connection(
                    *(host.strip("[]"), int(port), tls.context(self.identity, "dropline-peer/1")),
                    within_s=PATIENCE_S,
                )
                connection.send("PeerHello", stream=ticket["stream"])
                message, _ = connection.receive(self.soon())
                if message == "PeerWelcome":
                    return connection
                failures.append(f"{candidate}: {message}")
                connection.socket.close()
            except (OSError, tls.Gone) as error:
                failures.append(f"{candidate}: {error!r}")
        raise AssertionError(f"nobody reached: {failures}")

    def reach(self, name):
        """Opens a conversation with this person."""
        self.requests += 1
        peer = self.id_of(name)
        self.room.connection.send("StreamRequest", request=self.requests, peer=peer)
        self.peer = self.dial(self.take_ticket(is_initiator=True))
        self.peer.send("PeerUse", purpose=CONVERSATION)

    # ---- Offers ----------------------------------------------------------------------------------

    def offer(self, entries, **announced):
        """Answers the id as the JSON lines write it. `announced` overrides what is true."""
        transfer = secrets.token_bytes(16)
        encoded = [wire.encode("OfferedEntry", one) for one in entries]
        truth = {"files": len(entries), "bytes": sum(one["bytes"] for one in entries), "pages": 1}
        values = {"transfer": transfer, "entries": encoded, **truth, **announced}
        self.peer.send("Offer", **values)
        return transfer.hex()

    def take_answer(self, transfer, seconds):
        """OfferAnswer's fields, {"is_gone": True} when the receiver hung up, None for nothing."""
        until = time.monotonic() + seconds
        try:
            while True:
                message, values = self.peer.receive(until)
                if message == "Ping":
                    self.peer.send("Pong", nonce=values["nonce"])
                elif message == "OfferAnswer" and values["transfer"].hex() == transfer:
                    return values
        except TimeoutError:
            self.listen_to_room(0)
            return None
        except (tls.Gone, OSError):
            return {"is_gone": True, "is_accepted": 0}

    def cancel(self, transfer):
        self.peer.send("TransferCancel", transfer=bytes.fromhex(transfer))

    def open_stream(self, transfer):
        """The connection that the receiver has asked for after its yes. One for an earlier
        transfer, which it tries again, is hung up."""
        until = self.soon()
        while time.monotonic() < until:
            connection = self.dial(self.take_ticket(is_initiator=False))
            message, values = connection.receive(self.soon())
            if message != "PeerUse" or values["purpose"] != BULK:
                raise AssertionError(f"{message} {values} instead of the use for a transfer")
            if values["transfer"].hex() == transfer:
                return BulkStream(connection)
            connection.socket.close()
        raise AssertionError(f"no connection for {transfer} came")

    def stop_for_another_list(self, transfer):
        """Ends the connection for the bytes as a sender does whose files have changed."""
        stream = self.open_stream(transfer)
        stream.take_plan(self.soon())
        stream.send(STOP, payload=bytes([SOURCE_CHANGED]))
        stream.last_word(self.soon())
        stream.close()

    def serve_empty_files(self, transfer, entries):
        """Sends all of an accepted offer of empty files; answers the receiver's last word."""
        stream = self.open_stream(transfer)
        try:
            skipped = stream.take_plan(self.soon())
            for index, one in enumerate(entries):
                if index not in skipped and not one["is_folder"]:
                    stream.send(FILE_END, index, 0, DIGEST_OF_NOTHING)
            return stream.last_word(self.soon())
        except tls.Gone:
            return None
        finally:
            stream.close()
