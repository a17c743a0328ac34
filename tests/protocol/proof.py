"""The proof of a secret as net/PROTOCOL.md asks for it: SCRAM-SHA-256-PLUS bound to the connection.

Python's ssl has no function for the TLS exporter, but it writes the secret that the exporter is
made of into a key log; the rest is RFC 8446, section 7.5, with hmac alone.
"""
import base64
import hashlib
import hmac
import pathlib
import secrets
import struct
import unicodedata
import urllib.parse

GS2 = b"p=tls-exporter,,"
ITERATIONS_MIN, ITERATIONS_MAX = 100_000, 2_000_000


class Impostor(Exception):
    """The host does not know the secret itself."""


class Wrong(Exception):
    """The host says that the proof does not hold."""


# ---- What a proof is bound to --------------------------------------------------------------------

def expand_label(digest, secret, label, context, length):
    label = b"tls13 " + label
    info = (struct.pack(">HB", length, len(label)) + label
            + struct.pack(">B", len(context)) + context)
    out, block, number = b"", b"", 1
    while len(out) < length:
        block = hmac.new(secret, block + info + bytes([number]), digest).digest()
        out, number = out + block, number + 1
    return out[:length]


def channel_binding(connection, key_log):
    """Of the one connection that was made with this key log."""
    digest = "sha384" if connection.tls.cipher()[0].endswith("SHA384") else "sha256"
    lines = [line.split() for line in pathlib.Path(key_log).read_text().splitlines()]
    (secret,) = [bytes.fromhex(line[2]) for line in lines if line[0] == "EXPORTER_SECRET"]
    nothing = hashlib.new(digest, b"").digest()
    derived = expand_label(digest, secret, b"EXPORTER-Channel-Binding", nothing, len(nothing))
    return expand_label(digest, derived, b"exporter", nothing, 32)


# ---- The three secrets ---------------------------------------------------------------------------

def of_password(password):
    return "r", unicodedata.normalize("NFC", password.strip())


def of_code(code):
    letters = code.upper().replace("-", "")
    return "c", letters.translate(str.maketrans("ILO", "110"))


def of_invite(link):
    """(user, password), the addresses, and the host's id."""
    query = urllib.parse.urlsplit(link).query
    parts = dict(part.split("=", 1) for part in query.split("&"))
    parts = {name: urllib.parse.unquote(value) for name, value in parts.items()}
    token = base64.b32decode(parts["t"] + "======")
    key = hmac.new(bytes(32), token, hashlib.sha256).digest()
    name = hmac.new(key, b"dropline invite\x01", hashlib.sha256).digest()[:8]
    return ("i:" + name.hex(), parts["t"]), parts["h"].split(","), base64.b32decode(parts["k"] + "====")


# ---- The conversation ----------------------------------------------------------------------------

def fields_of(message):
    return dict(field.split("=", 1) for field in message.decode().split(","))


def prove(room, secret, binding, until):
    """`room`: greeted. Wrong when it does not hold; the room's own exception when refused."""
    user, password = secret
    nonce = base64.b64encode(secrets.token_bytes(24)).decode()
    first = f"n={user},r={nonce}"
    room.connection.send("ProofFirst", message=GS2 + first.encode())
    challenge = room.expect("ProofChallenge", until)["message"]
    asked = fields_of(challenge)
    iterations = int(asked["i"])
    assert ITERATIONS_MIN <= iterations <= ITERATIONS_MAX, asked
    assert asked["r"].startswith(nonce) and asked["r"] != nonce, asked
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(asked["s"]),
                                 iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    without_proof = f"c={base64.b64encode(GS2 + binding).decode()},r={asked['r']}"
    auth_message = f"{first},{challenge.decode()},{without_proof}".encode()
    signature = hmac.digest(stored_key, auth_message, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    final = f"{without_proof},p={base64.b64encode(proof).decode()}"
    room.connection.send("ProofFinal", message=final.encode())
    message, values = room.connection.receive(until)
    if message == "ProofFailed":
        raise Wrong(values)
    room.judge(message, values, ("ProofAccepted", "Refused"))
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    expected = hmac.digest(server_key, auth_message, "sha256")
    if not hmac.compare_digest(base64.b64decode(fields_of(values["message"])["v"]), expected):
        raise Impostor(values)
