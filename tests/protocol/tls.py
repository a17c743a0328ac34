"""TLS as net/PROTOCOL.md asks for it: keys instead of names, frames, and an orderly end.

What Python's ssl cannot do of it: count KeyUpdates, and offer ed25519 alone among the signature
algorithms. Everything else is here.
"""
import hashlib
import json
import pathlib
import socket
import ssl
import subprocess
import time

import wire

CLOSE_WITHIN_S = 2
CERTIFICATE_BYTES_MAX = 8192
# DER: a SubjectPublicKeyInfo with the algorithm 1.3.101.112 and a key of 32 bytes.
ED25519_KEY_INFO = bytes.fromhex("302a300506032b6570032100")


class Gone(Exception):
    """The connection is over. is_clean: the other side said so with a close_notify."""

    def __init__(self, is_clean, reason=""):
        super().__init__(reason or "closed by the other side")
        self.is_clean = is_clean


# ---- Keys ----------------------------------------------------------------------------------------

def make_identity(folder, algorithm=("ed25519",)):
    """Puts a self-signed key.pem and cert.pem into the folder, unless they are there."""
    folder = pathlib.Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "cert.pem").exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes",
                        "-subj", "/CN=-", "-days", "36500",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                       check=True, capture_output=True, timeout=30)
    return folder


def own_id(identity):
    return key_id(ssl.PEM_cert_to_DER_cert((identity / "cert.pem").read_text()))


def key_id(certificate):
    """SHA-256 of the SubjectPublicKeyInfo in a DER-encoded certificate."""
    def content(at):  # where the content of the DER value at that place begins and ends
        size, start = certificate[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(certificate[at + 2:start], "big")
        return start, start + size

    if len(certificate) > CERTIFICATE_BYTES_MAX:
        raise wire.Violation(f"a certificate of {len(certificate)} bytes")
    at = content(content(0)[0])[0]  # into Certificate, into TBSCertificate
    has_version = certificate[at] == 0xA0
    for _ in range(6 if has_version else 5):  # over version, serial number ... to subject
        at = content(at)[1]
    key_info = certificate[at:content(at)[1]]
    if not key_info.startswith(ED25519_KEY_INFO):
        raise wire.Violation("the certificate holds no Ed25519 key")
    return hashlib.sha256(key_info).digest()


def check_known(identity, address, host_id):
    """Remembers who answered at an address, and stops when it is somebody else."""
    file = identity / "known_hosts.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    if known.setdefault(address, host_id.hex()) != host_id.hex():
        raise wire.Violation(f"another key answers at {address}: {host_id.hex()}")
    file.write_text(json.dumps(known))


# ---- Connections ---------------------------------------------------------------------------------

def context(identity, alpn="dropline-room/1", key_log=None):
    out = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    out.minimum_version = ssl.TLSVersion.TLSv1_3
    out.check_hostname = False
    out.verify_mode = ssl.CERT_NONE  # whoever uses the connection judges the key
    if alpn:
        out.set_alpn_protocols([alpn])
    if key_log:
        out.keylog_filename = str(key_log)
    if identity:
        out.load_cert_chain(identity / "cert.pem", identity / "key.pem")
    return out


class Connection:
    """Frames over TLS over TCP. Works on memory BIOs, because an SSLSocket that has sent its
    close_notify cannot read what is still on its way, and after a last word one has to."""

    def __init__(self, host, port, tls_context, within_s=10):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = tls_context.wrap_bio(self.incoming, self.outgoing)
        self.buffer = bytearray()
        self.transcript = bytearray()  # everything received, decrypted
        self.heard_at = time.monotonic()
        self.socket = socket.create_connection((host, port), within_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.run(time.monotonic() + within_s, self.tls.do_handshake)
        except BaseException:
            self.socket.close()
            raise

    def peer_id(self):
        return key_id(self.tls.getpeercert(binary_form=True))

    def run(self, until, step, *arguments):
        """One step of TLS, fed from the network with as much as it wants."""
        while True:
            try:
                return step(*arguments)
            except ssl.SSLWantReadError:
                pass
            finally:
                self.flush()
            self.socket.settimeout(max(0.001, until - time.monotonic()))
            data = self.socket.recv(65536)
            self.heard_at = time.monotonic()
            if data:
                self.incoming.write(data)
            else:
                self.incoming.write_eof()

    def flush(self):
        if self.outgoing.pending:
            self.socket.settimeout(10)
            self.socket.sendall(self.outgoing.read())

    def send_bytes(self, data):
        try:
            self.run(time.monotonic() + 10, self.tls.write, data)
        except (ssl.SSLError, ConnectionError) as error:
            raise Gone(False, str(error)) from error

    def send(self, message, /, **values):
        self.send_bytes(wire.frame(message, **values))

    def receive(self, until):
        """The next message and its fields. Gone at the end, TimeoutError when the time is up."""
        while not (frame := wire.cut_frame(self.buffer)):
            data = self.read(until)
            self.buffer += data
            self.transcript += data
        return frame

    def read(self, until):
        try:
            data = self.run(until, self.tls.read, 65536)
        except ssl.SSLZeroReturnError as error:  # when both have sent their close_notify
            raise Gone(True) from error
        except (ssl.SSLError, ConnectionError) as error:
            raise Gone(False, str(error)) from error
        if not data:  # when only the other side has
            raise Gone(True)
        return data

    def close(self):
        """close_notify, then what is on its way for up to 2 seconds. True if the other side closed
        as orderly."""
        until = time.monotonic() + CLOSE_WITHIN_S
        try:
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass  # sent, not answered yet
            self.flush()
            while True:
                self.read(until)
        except Gone as gone:
            return gone.is_clean
        except OSError:
            return False
        finally:
            self.socket.close()
