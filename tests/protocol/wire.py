"""The messages of the room channel as bytes, written from net/wire/dropline.proto by hand.

It shares neither code nor generated files with dropline: a number changed in the .proto file and
not here is found. Knows no socket.
"""
import struct

KINDS = {  # kind: (message, cap in bytes)
    1: ("Hello", 4096), 2: ("Welcome", 4096), 3: ("ProofFirst", 4096),
    4: ("ProofChallenge", 4096), 5: ("ProofFinal", 4096), 6: ("ProofAccepted", 4096),
    7: ("ProofFailed", 4096), 8: ("JoinRequest", 4096), 9: ("JoinAccepted", 4096),
    10: ("Refused", 4096), 11: ("Roster", 65536), 12: ("RoomRules", 256), 16: ("Say", 9216),
    17: ("RoomMessage", 9216),
    18: ("Sent", 256), 19: ("SayRefused", 4096), 20: ("PeerJoined", 4096), 21: ("PeerLeft", 4096),
    22: ("PeerChanged", 4096), 23: ("Rename", 4096), 24: ("HistoryRequest", 256),
    25: ("HistoryPage", 65536), 26: ("Kicked", 4096), 27: ("Leave", 256), 28: ("RoomClosed", 4096),
    30: ("StreamTicket", 4096), 31: ("StreamRefused", 4096), 32: ("Ping", 256), 33: ("Pong", 256),
}
KIND_OF = {name: kind for kind, (name, _) in KINDS.items()}

# Each message's fields in the order of their numbers. id16 and id32 are bytes of that length, not
# all zero; * repeats; a capital letter begins the name of a message.
FIELDS = {
    "Hello": "version_min:number version_max:number program:text",
    "Welcome": "version:number room:text way_in:number",
    "ProofFirst": "message:bytes",
    "ProofChallenge": "message:bytes",
    "ProofFinal": "message:bytes",
    "ProofAccepted": "message:bytes",
    "ProofFailed": "reason:text tries_left:number",
    "JoinRequest": "name:text peer_port:number candidates:text*",
    "Member": "id:id32 name:text address:text is_host:number is_guest:number is_muted:number",
    "JoinAccepted": "room:text log:id16 last_seq:number self:Member host:Member",
    "Roster": "members:Member* is_last:number",
    "RoomRules": "files:number file_bytes_max:number",
    "Refused": "code:number reason:text retry_after_s:number",
    "Say": "id:id16 text:text",
    "RoomMessage": "seq:number id:id16 from:id32 from_name:text text:text sent_at_ms:number",
    "Sent": "id:id16 seq:number sent_at_ms:number",
    "SayRefused": "id:id16 reason:text retry_after_ms:number",
    "PeerJoined": "member:Member",
    "PeerLeft": "id:id32 reason:text is_banned:number",
    "PeerChanged": "member:Member",
    "Rename": "name:text",
    "HistoryRequest": "request:number before_seq:number after_seq:number limit:number",
    "HistoryPage": "request:number messages:RoomMessage* is_last:number retry_after_ms:number",
    "Kicked": "reason:text is_banned:number banned_for_s:number",
    "Leave": "",
    "RoomClosed": "reason:text",
    "StreamTicket": "request:number stream:id16 peer:id32 is_initiator:number candidates:text* "
                    "relay_token:bytes",
    "StreamRefused": "request:number peer:id32 reason:text retry_after_ms:number",
    "Ping": "nonce:number",
    "Pong": "nonce:number",
}


class Violation(Exception):
    """The other side said what the document does not allow."""


def fields_of(message):
    """(number, name, type, is_repeated) of each field."""
    for number, field in enumerate(FIELDS[message].split(), 1):
        name, kind = field.split(":")
        yield number, name, kind.rstrip("*"), kind.endswith("*")


# ---- Encoding ------------------------------------------------------------------------------------

def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def encode(message, values):
    out = b""
    for number, name, kind, is_repeated in fields_of(message):
        for value in values.get(name, []) if is_repeated else [values.get(name)]:
            if not value:
                continue
            if kind == "number":
                out += varint(number << 3) + varint(value)
            else:
                data = value.encode() if isinstance(value, str) else value
                out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def frame(message, /, **values):
    payload = encode(message, values)
    return struct.pack(">BI", KIND_OF[message], len(payload)) + payload


# ---- Decoding ------------------------------------------------------------------------------------

def read_varint(data, at):
    """The number at that place, and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise Violation("a number of more than ten bytes")


def raw_fields(data):
    """Cuts an encoded message into (number, wire type, value)."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        wire_type = tag & 7
        if wire_type == 0:
            value, at = read_varint(data, at)
        else:
            size, at = read_varint(data, at) if wire_type == 2 else ({1: 8, 5: 4}[wire_type], at)
            value, at = data[at:at + size], at + size
        if at > len(data):
            raise Violation("a field longer than its message")
        yield tag >> 3, wire_type, value


def decode(message, data):
    """The fields of a message by name; one that is not there is 0, empty, or None for a message."""
    fields = {number: field for number, *field in fields_of(message)}
    nothing = {"number": 0, "text": "", "bytes": b"", "id16": b"", "id32": b""}
    out = {name: [] if many else nothing.get(kind) for name, kind, many in fields.values()}
    try:
        for number, wire_type, value in raw_fields(data):
            name, kind, many = fields.get(number, ("", "unknown", False))
            if kind == "unknown" or wire_type != (0 if kind == "number" else 2):
                continue
            if kind == "text":
                value = value.decode()
            elif kind in FIELDS:
                value = decode(kind, value)
            out[name] = out[name] + [value] if many else value
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise Violation(f"{message} cannot be read: {error!r}") from error
    for name, kind, _ in fields.values():
        if kind.startswith("id") and (len(out[name]) != int(kind[2:]) or not any(out[name])):
            raise Violation(f"{message}.{name} is no id: {out[name]!r}")
    return out


def cut_frame(buffer):
    """Takes the first frame out of a bytearray: (message, fields), or None."""
    if len(buffer) < 5:
        return None
    kind, size = struct.unpack(">BI", buffer[:5])
    message, cap = KINDS.get(kind, ("unknown", -1))
    if size > cap:
        raise Violation(f"a frame of kind {kind} ({message}) and {size} bytes")
    if len(buffer) < 5 + size:
        return None
    payload = bytes(buffer[5:5 + size])
    del buffer[:5 + size]
    return message, decode(message, payload)
