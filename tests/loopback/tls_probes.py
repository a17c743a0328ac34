"""What TLS gives away, and to whom: probes with the openssl tool and certificates that no dropline
would make, against a host over loopback.

Rows T8, T9, C7, C8, C19, D9, D10, E8 and E9 of the security plan.
"""

import os
import re
import ssl
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "protocol"))

import hostile_sender  # noqa: E402, F401 (teaches wire.py what members say to each other)
import room_client  # noqa: E402
import tls  # noqa: E402
from program import PATIENCE_S, RoomTest, main  # noqa: E402

IS_SANITIZED = bool(os.environ.get("DROPLINE_SANITIZE"))
ALPN = "dropline-room/1"
RELAY_OPEN, UNKNOWN_STREAM = 56, 8  # net/PROTOCOL.md
# Of the TLS protocol (RFC 8446, section 6).
ALERT_HANDSHAKE_FAILURE, ALERT_PROTOCOL_VERSION = 40, 70
ALERT_CERTIFICATE_REQUIRED, ALERT_NO_APPLICATION_PROTOCOL = 116, 120


class ProbeTest(RoomTest):
    def setUp(self):
        super().setUp()
        self.room = self.host("Hanna", "--room", "Lab")
        self.identity = tls.make_identity(self.folder / "stranger")

    def soon(self):
        return time.monotonic() + PATIENCE_S

    def connect(self, identity=None, alpn=ALPN):
        return tls.Connection("127.0.0.1", self.room.hosting["port"],
                              tls.context(identity or self.identity, alpn), PATIENCE_S)

    def resident_kib(self):
        status = Path(f"/proc/{self.room.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def still_serves(self):
        connection = self.connect()
        connection.send("Hello", version_min=1, version_max=1, program="probe")
        message, welcome = connection.receive(self.soon())
        self.assertEqual((message, welcome["room"]), ("Welcome", "Lab"))
        connection.socket.close()

    def assert_learns_nothing(self, connect):
        """A stranger like this is gone before the host has said a word."""
        connection = None
        try:
            connection = connect()
            connection.send("Hello", version_min=1, version_max=1, program="probe")
            connection.receive(self.soon())
            self.fail("the host talked to a stranger without a key")
        except (tls.Gone, ssl.SSLError, ConnectionError) as refusal:
            return str(refusal)
        finally:
            if connection:
                connection.socket.close()


class Probes(ProbeTest):
    def probe(self, *options, has_key=True, alpn=ALPN):
        """All that `openssl s_client` says about one connection that says nothing itself."""
        words = ["openssl", "s_client", "-connect", self.room.address, *options]
        if has_key:
            words += ["-cert", self.identity / "cert.pem", "-key", self.identity / "key.pem"]
        if alpn:
            words += ["-alpn", alpn]
        done = subprocess.run(words, input=b"", capture_output=True, timeout=PATIENCE_S)
        return (done.stdout + done.stderr).decode(errors="replace")

    def assert_alert(self, said, number):
        self.assertRegex(said, rf"alert number {number}\b")

    def test_t8_nothing_below_tls_1_3_is_spoken(self):
        for version in ("-tls1", "-tls1_1", "-tls1_2"):
            said = self.probe(version, "-cipher", "ALL:@SECLEVEL=0")
            self.assert_alert(said, ALERT_PROTOCOL_VERSION)
            self.assertNotIn("New, TLSv1.3", said)
        self.still_serves()

    def test_t8_without_a_certificate_there_is_no_connection(self):
        # Until the host's alert is read, the client believes that it is in (C21).
        words = ["openssl", "s_client", "-connect", self.room.address, "-alpn", ALPN, "-quiet"]
        done = subprocess.run(words, input=b"", capture_output=True, timeout=PATIENCE_S)
        self.assert_alert(done.stderr.decode(), ALERT_CERTIFICATE_REQUIRED)
        self.assertEqual(done.stdout, b"")
        self.still_serves()

    def test_t8_another_protocol_name_or_none_is_refused(self):
        for alpn in ("h2", "dropline-room/2", "dropline-room/1,h2"):
            self.assert_alert(self.probe(alpn=alpn), ALERT_NO_APPLICATION_PROTOCOL)
        self.assert_learns_nothing(lambda: self.connect(alpn=None))
        self.still_serves()

    def test_t8_other_groups_ciphers_and_signatures_are_refused(self):
        for options in (("-groups", "P-521"), ("-sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256")):
            self.assert_alert(self.probe(*options), ALERT_HANDSHAKE_FAILURE)
        self.still_serves()

    def test_t8_d10_no_ticket_no_compression_no_early_data(self):
        said = self.probe("-tls1_3")
        self.assertIn("New, TLSv1.3", said)
        self.assertIn("Compression: NONE", said)
        self.assertIn("Early data was not sent", said)
        self.assertNotIn("New Session Ticket", said)
        self.assertIn("Server Temp Key: X25519", said)

    def test_c7_the_name_of_a_member_is_not_the_member(self):
        ann = self.join("Ann", self.room)
        connection = self.connect()
        connection.send("Hello", version_min=1, version_max=1, program="probe")
        connection.receive(self.soon())
        connection.send("JoinRequest", name="Ann")
        message, accepted = connection.receive(self.soon())
        self.assertEqual(message, "JoinAccepted")
        self.assertEqual(accepted["self"]["id"], tls.own_id(self.identity))
        connection.send("Say", id=b"i" * 16, text="I am Ann")
        heard = ann.take("message", text="I am Ann")
        self.assertNotEqual(heard["from"], ann.joined["self"]["fingerprint"])
        self.assertEqual(len(self.room.answer_barrier()["peers"]), 3, "the real one is still there")
        connection.socket.close()

    def test_c19_nobody_relays_through_the_host_with_a_token_that_is_not_theirs(self):
        ann = room_client.Room(self.connect())
        self.addCleanup(ann.connection.socket.close)
        ann.greet(self.soon())
        ann.join("Ann", self.soon())
        self.join("Bob", self.room)
        joined = ann.expect("PeerJoined", self.soon())
        ann.connection.send("StreamRequest", request=1, peer=joined["member"]["id"])
        ticket = ann.expect("StreamTicket", self.soon())
        thief = tls.make_identity(self.folder / "thief")
        for identity, token in ((thief, ticket["relay_token"]), (thief, b"t" * 32),
                                (self.identity, b"t" * 32)):
            relay = self.connect(identity, "dropline-relay/1")
            relay.send_bytes(struct.pack(">BI", RELAY_OPEN, 34) + b"\x0a\x20" + token)
            try:
                message, refusal = relay.receive(self.soon())
                self.assertEqual((message, refusal["code"]), ("Refused", UNKNOWN_STREAM))
            except tls.Gone:
                pass
            relay.socket.close()
        self.still_serves()

    def test_e8_a_flood_of_key_updates_ends_the_connection(self):
        words = ["openssl", "s_client", "-connect", self.room.address, "-alpn", ALPN,
                 "-cert", self.identity / "cert.pem", "-key", self.identity / "key.pem"]
        client = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(client.wait)
        self.addCleanup(client.stderr.close)
        self.addCleanup(client.stdin.close)
        self.addCleanup(client.kill)
        # How many go out until the client learns that it was cut off is up to the machine.
        updates, is_cut_off, deadline = 0, False, self.soon()
        try:
            while not is_cut_off and time.monotonic() < deadline:
                client.stdin.write(b"k\n")  # s_client takes a line with this letter as the wish
                while (line := client.stderr.readline()) not in (b"KEYUPDATE\n", b""):
                    pass
                is_cut_off = not line
                updates += not is_cut_off
        except BrokenPipeError:
            is_cut_off = True
        self.assertGreater(updates, 16, "some are part of TLS")
        self.assertTrue(is_cut_off, f"the host took every one of {updates}")
        print(f"\n    cut off after {updates}", file=sys.stderr)
        self.still_serves()


class Certificates(ProbeTest):
    def assert_refused(self, name, identity):
        refusal = self.assert_learns_nothing(lambda: self.connect(identity))
        print(f"    {name}: {refusal.strip()}", file=sys.stderr)

    def test_t9_d9_keys_of_other_kinds_are_refused(self):
        # The host asks for Ed25519 alone, so TLS itself leaves these at home.
        for name, algorithm in {
            "rsa": ("rsa:2048",), "ed448": ("ed448",),
            "p256": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            "p521": ("ec", "-pkeyopt", "ec_paramgen_curve:P-521"),
        }.items():
            self.assert_refused(name, tls.make_identity(self.folder / name, algorithm))
        self.still_serves()

    def make_certificate(self, name, *more):
        folder = self.folder / name
        folder.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=-",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem", *more],
                       check=True, capture_output=True, timeout=PATIENCE_S)
        return folder

    def test_t9_d9_a_certificate_of_90_kib_and_a_long_chain_are_refused(self):
        names = ",".join(f"DNS:{number:05}.{'x' * 40}.example" for number in range(1500))
        settings = self.folder / "long.cnf"
        settings.write_text(f"[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n"
                            f"subjectAltName={names}\n")
        long = self.make_certificate("long", "-config", settings)
        self.assertGreater(len((long / "cert.pem").read_bytes()), 90 * 1024)
        chain = self.make_certificate("chain")
        certificate = (chain / "cert.pem").read_text()
        (chain / "cert.pem").write_text(certificate * 40)
        before = self.resident_kib()
        for _ in range(20):
            self.assert_refused("90 KiB", long)
            self.assert_refused("40 certificates", chain)
        self.still_serves()
        if not IS_SANITIZED:  # they hold freed memory back
            self.assertLess(self.resident_kib() - before, 16 * 1024)

    def test_t9_d9_certificates_with_strange_but_small_insides_cost_nothing(self):
        # Only the key counts: dates and names are nobody's business (F5), garbage is not looked at.
        old = self.make_certificate("old", "-not_before", "19700101000000Z", "-not_after",
                                    "19700102000000Z") if self.knows_dates() else None
        odd = self.make_certificate("odd", "-addext", "1.2.3.4=DER:deadbeef", "-addext",
                                    "subjectAltName=email:" + "x" * 200 + "@xn--a.example")
        for identity in filter(None, (old, odd)):
            connection = self.connect(identity)
            connection.send("Hello", version_min=1, version_max=1, program="probe")
            self.assertEqual(connection.receive(self.soon())[0], "Welcome")
            connection.socket.close()
        self.still_serves()

    @staticmethod
    def knows_dates():
        told = subprocess.run(["openssl", "req", "-help"], capture_output=True, text=True)
        return "-not_before" in told.stderr

    def test_e9_failing_handshakes_disturb_no_session_beside_them(self):
        rsa = tls.make_identity(self.folder / "rsa", ("rsa:2048",))
        ann, bob = self.join("Ann", self.room), self.join("Bob", self.room)
        is_over = threading.Event()

        def fail_again_and_again():
            while not is_over.is_set():
                self.assert_learns_nothing(lambda: self.connect(rsa))

        failing = threading.Thread(target=fail_again_and_again)
        failing.start()
        try:
            for number in range(50):
                ann.send("say", text=f"number {number}")
                bob.take("message", text=f"number {number}")
        finally:
            is_over.set()
            failing.join()
        for program in (ann, bob, self.room):
            self.assertFalse(program.pending("peer_left") + program.pending("connection"))


if __name__ == "__main__":
    main()
