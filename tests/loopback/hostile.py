"""What strangers do to a host: storms, silence, floods, too few descriptors.

Rows E2, E3, E4, T12, D3, F7 of the security plan, against the real program over loopback. Every wait has
a deadline; every flood is bounded in count and bytes.
"""

import os
import resource
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest
from pathlib import Path

from program import PATIENCE_S, RoomTest, main


def make_certificate(folder):
    """An identity as PROTOCOL.md wants it, made by the openssl tool."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", key, "-out",
         certificate, "-subj", "/CN=dropline", "-days", "1000"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["dropline-room/1"])
    return context


def frame(kind, payload):
    return struct.pack(">BI", kind, len(payload)) + payload


def field(number, value):
    return bytes([number << 3 | 2, len(value)]) + value


HELLO = frame(1, bytes([0x08, 1, 0x10, 1]))


def read_frame(connection):
    header = b""
    while len(header) < 5:
        part = connection.recv(5 - len(header))
        if not part:
            return None, b""
        header += part
    kind, length = struct.unpack(">BI", header)
    payload = b""
    while len(payload) < length:
        payload += connection.recv(length - len(payload))
    return kind, payload


class Hostile(RoomTest):
    def connect(self, port):
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        return self.tls.wrap_socket(connection)

    def setUp(self):
        super().setUp()
        self.tls = make_certificate(self.folder)
        self.friends = 0

    def descriptors_of(self, program):
        return len(os.listdir(f"/proc/{program.process.pid}/fd"))

    def wait_for(self, is_true, what):
        deadline = time.monotonic() + PATIENCE_S
        while not is_true():
            self.assertLess(time.monotonic(), deadline, what)
            threading.Event().wait(0.02)

    def still_serves(self, host):
        self.friends += 1
        member = self.join(f"Friend {self.friends}", host)
        member.send("say", text="still here")
        host.take("message", text="still here")
        member.send("quit")
        self.assert_ends(member, 0)
        host.take("peer_left")

    def test_e2_e3_connections_broken_at_every_stage_leave_no_descriptor(self):
        host = self.host()
        port = host.hosting["port"]
        self.still_serves(host)
        before = self.descriptors_of(host)
        for turn in range(150):
            raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
            if turn % 5 == 1:
                raw.sendall(b"\x16\x03\x01\x02\x00")  # the beginning of a greeting
            if turn % 5 == 2:
                raw.sendall(os.urandom(600))
            if turn % 5 >= 3:
                secure = self.tls.wrap_socket(raw)
                if turn % 5 == 4:
                    secure.sendall(HELLO)
                secure.close()
            raw.close()
        self.wait_for(lambda: self.descriptors_of(host) <= before + 2, "descriptors remain open")
        self.still_serves(host)

    def test_d3_a_frame_that_claims_4_gib_is_cut_off_within_little(self):
        host = self.host()
        port = host.hosting["port"]
        connection = self.connect(port)
        connection.sendall(struct.pack(">BI", 1, 0xFFFFFFFF))
        sent = 0
        block = b"x" * 65536
        try:
            while sent < 64 * len(block):
                connection.sendall(block)
                sent += len(block)
        except OSError:
            pass
        connection.close()
        # What the host did not read filled the buffers of the kernel at most.
        self.assertLess(sent, 64 * len(block), "the host went on taking bytes")
        self.still_serves(host)

    def test_f7_the_reason_arrives_though_unread_bytes_are_pending(self):
        host = self.host()
        port = host.hosting["port"]
        connection = self.connect(port)
        # Wrong at the first frame, and a lot behind it that the host will never read.
        connection.sendall(frame(32, b"") + b"\x20\x00\x00\x00\x00" * 10000)
        kind, payload = read_frame(connection)
        self.assertEqual(kind, 10)
        self.assertIn(b"wrong moment", payload)
        connection.close()
        self.still_serves(host)

    # That sanitizer looks at memory through a pipe; without a descriptor for one it takes every
    # object for a bad one.
    @unittest.skipIf(os.environ.get("DROPLINE_SANITIZE") == "address",
                     "UBSan itself needs the descriptors that this takes away")
    def test_e4_t12_without_descriptors_the_host_waits_calmly_and_goes_on(self):
        limit = 60
        host = self.host()
        port = host.hosting["port"]
        resource.prlimit(host.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        crowd = []
        for _ in range(100):
            crowd.append(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S))
        pid = host.process.pid

        def ticks():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])

        before = ticks()
        measured_s = 5.0
        threading.Event().wait(measured_s)
        used = (ticks() - before) / os.sysconf("SC_CLK_TCK")
        self.assertLess(used, measured_s / 10, "the host spins")
        for connection in crowd:
            connection.close()
        self.still_serves(host)


if __name__ == "__main__":
    main()
