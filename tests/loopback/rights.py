"""What a host may decide about people and files, against honest programs and against forged ones.

Row T42 of the security plan. A forged client is spoken byte by byte and keeps none of the rules: the
host refuses what passes the host, and the receiver's program, on the host's word, what does not.
"""

import secrets
import signal
import time

from hostile_sender import HostileSender, entry
from program import PATIENCE_S, RoomTest, main

import room_client  # of tests/protocol; hostile_sender has made it importable
import tls
import wire

for kind, name, fields in ((56, "RelayOpen", "token:bytes"), (57, "RelayReady", "")):
    wire.KINDS[kind] = (name, 256)
    wire.KIND_OF[name] = kind
    wire.FIELDS[name] = fields

BANNED = 13
UNKNOWN_TICKET = 8


def is_now(what, value):
    return lambda event: event["peer"][what] == value


class Rights(RoomTest):
    def forge(self, host, name="Mallory"):
        forged = HostileSender(host.address, self.folder / f"keys of {name}", name)
        self.addCleanup(forged.close)
        host.take("peer_joined", where=lambda event: event["peer"]["name"] == name)
        return forged

    def hear(self, forged, *wanted):
        """The next message of one of these kinds that the host sends to a forged client."""
        until = time.monotonic() + PATIENCE_S
        while True:
            message, values = forged.room.connection.receive(until)
            if message == "Ping":
                forged.room.connection.send("Pong", nonce=values["nonce"])
            elif message in wanted:
                return message, values

    def assert_refused_for_a_ban(self, host, keys, seconds=None):
        """Comes back with these keys: refused before it has a name, or is asked for a proof."""
        connection = tls.Connection(
            *("127.0.0.1", host.hosting["port"], tls.context(keys)), within_s=PATIENCE_S
        )
        room = room_client.Room(connection)
        with self.assertRaises(room_client.NotWelcome) as refused:
            room.greet(time.monotonic() + PATIENCE_S)
        self.assertEqual(refused.exception.message, "Refused")
        self.assertEqual(refused.exception.values["code"], BANNED)
        self.assertEqual(refused.exception.values["retry_after_s"] == 0, seconds is None)

    # ---- Bans ------------------------------------------------------------------------------------

    def test_a_ban_is_told_listed_kept_over_a_restart_and_undone(self):
        host, ann, bob = self.room_of_three()
        host.send("ban", peer="Ann", minutes=60, reason="noise", ref="b")
        told = ann.take("banned")
        self.assertEqual((told["by_name"], told["reason"]), ("Hanna", "noise"))
        self.assertRegex(told["until"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assert_ends(ann, 4)
        self.assertEqual(bob.take("peer_left")["reason"], "banned by the host: noise")
        (ban,) = host.take("bans", ref="b")["bans"]
        self.assertEqual((ban["name"], ban["reason"]), ("Ann", "noise"))
        self.assertEqual(ban["fingerprint"], ann.joined["self"]["fingerprint"])

        host.signal(signal.SIGKILL)
        host.status()
        host = self.restart(host)
        again = self.start("Ann", "join", host.address, "--headless", "--json")
        self.assertEqual(again.take("banned")["reason"], "noise")
        self.assert_ends(again, 4)
        self.assertEqual(again.pending("joined"), [])
        said = self.start("Ann", "send", host.address, "--to", "Bob", self.folder)
        self.assert_ends(said, 4)
        self.assertIn(b"banned", said.errors)

        host.send("unban", fingerprint=ban["fingerprint"], ref="u")
        self.assertEqual(host.take("bans", ref="u")["bans"], [])
        self.join("Ann", host)

    def test_t42_who_is_banned_does_not_come_back_with_a_new_key_and_the_old_invite(self):
        host = self.host("Hanna", "--invite-only")
        link = host.hosting["invite"]

        def come(name):
            person = self.start(name, "join", "-", "--headless", "--json")
            person.send_raw(link.encode() + b"\n")
            return person

        come("Mallory").take("joined")
        host.send("ban", peer="Mallory", minutes=None, reason="out", ref="b")
        fresh = host.take("invite", ref="b")
        (used, *_) = host.take("bans", ref="b")["withdrawn_invites"]
        invites = host.take("invites", ref="b")["invites"]
        self.assertEqual([one["invite"] for one in invites if one["revoked"]], [used])

        again = come("Not Mallory")
        self.assertIn("withdrawn", again.take("error")["message"])
        self.assert_ends(again, 4)
        self.assertEqual(again.pending("joined"), [])
        link = fresh["link"]
        come("Ann").take("joined")

    def test_c21_t42_a_forged_client_that_was_banned_hears_why_and_gets_no_further(self):
        host = self.host()
        bob = self.join("Bob", host)
        forged = self.forge(host)
        forged.reach("Bob")
        forged.requests += 1
        forged.room.connection.send(
            "StreamRequest", request=forged.requests, peer=forged.id_of("Bob")
        )
        unused = forged.take_ticket(is_initiator=True)
        host.send("ban", peer="Mallory", minutes=5, reason="out")
        _, told = self.hear(forged, "Kicked")
        self.assertEqual((told["reason"], told["is_banned"]), ("out", 1))
        self.assertTrue(0 < told["banned_for_s"] <= 300, told)
        bob.take("peer_left", where=is_now("name", "Mallory"))

        # Nothing it still holds leads anywhere: the conversation with Bob, a ticket, a token.
        with self.assertRaises((tls.Gone, OSError)):
            while True:
                forged.peer.receive(forged.soon())
        self.assertRaises(AssertionError, forged.dial, unused)
        relay = tls.Connection(
            "127.0.0.1",
            host.hosting["port"],
            tls.context(forged.identity, "dropline-relay/1"),
            within_s=PATIENCE_S,
        )
        self.addCleanup(relay.socket.close)
        relay.send("RelayOpen", token=unused["relay_token"])
        answer, values = relay.receive(forged.soon())
        self.assertEqual((answer, values["code"]), ("Refused", UNKNOWN_TICKET))
        self.assert_refused_for_a_ban(host, forged.identity, seconds=300)

    def test_t42_a_relayed_transfer_with_somebody_who_is_banned_ends_and_leaves_nothing(self):
        host = self.host()
        ann = self.join("Ann", host, "--path", "relayed", "--limit", "up:2M")
        bob = self.join("Bob", host, "--path", "relayed")
        ann.take("peer_joined")
        path = self.folder / "long.bin"
        with open(path, "wb") as file:
            file.truncate(1_000_000_000)
        into = self.folder / "into"
        into.mkdir()
        ann.send("send", to="Bob", paths=[str(path)])
        offer = bob.take("offer")
        bob.send("accept", transfer=offer["transfer"], into=str(into))
        bob.take(
            "transfer", state="active", path="relayed", where=lambda event: event["bytes_done"] > 0
        )
        host.send("ban", peer="Ann", minutes=None, reason="")
        ended = bob.take("transfer", state="failed")
        self.assertIn("banned", ended["error"]["message"])
        self.assertEqual(list(into.iterdir()), [])
        self.assert_ends(ann, 4)

    # ---- Mute ------------------------------------------------------------------------------------

    def test_the_host_takes_nothing_from_a_muted_forged_client(self):
        host = self.host()
        bob = self.join("Bob", host)
        forged = self.forge(host)
        host.send("mute", peer="Mallory", muted=True, ref="m")
        host.take("peer_changed", ref="m", where=is_now("muted", True))
        bob.take("peer_changed", where=is_now("muted", True))
        said = forged.room.say("I talk all the same")
        _, refused = self.hear(forged, "Sent", "SayRefused")
        self.assertEqual((refused["id"], refused["retry_after_ms"]), (said, 0))
        self.assertIn("muted", refused["reason"])
        host.send("mute", peer="Mallory", muted=False)
        bob.take("peer_changed", where=is_now("muted", False))
        heard = forged.room.say("allowed again")
        message, sent = self.hear(forged, "Sent", "SayRefused")
        self.assertEqual((message, sent["id"]), ("Sent", heard))
        bob.take("message", text="allowed again")
        self.assertEqual(bob.pending("message"), [])

    # ---- Files -----------------------------------------------------------------------------------

    def assert_declined(self, forged, receiver, reason, size=0):
        """A forged offer: its sender gets the sentence, its receiver never sees it."""
        transfer = forged.offer([entry(b"x.txt", size)])
        answer = forged.take_answer(transfer, PATIENCE_S)
        self.assertEqual((answer["is_accepted"], answer["reason"]), (0, reason))
        receiver.answer_barrier()
        self.assertEqual(receiver.pending("offer"), [])
        self.assertEqual(receiver.pending("error"), [])

    def test_an_endpoint_declines_what_a_forged_client_offers_against_the_rules(self):
        host = self.host()
        bob = self.join("Bob", host)
        forged = self.forge(host)
        forged.reach("Bob")
        for files, limit, size, sentence in (
            ("host", None, 0, "In this room files may be sent only to the host."),
            ("nobody", None, 0, "In this room only the host may send files."),
            (
                *("all", 999, 1000),
                "In this room at most 999 B may be offered at once; this is 1.0 kB.",
            ),
        ):
            with self.subTest(files=files):
                host.send("rules", files=files, file_bytes_max=limit)
                bob.take("rules", files=files, file_bytes_max=limit)
                self.assert_declined(forged, bob, sentence, size)
        # At the limit it is an offer like any other.
        forged.offer([entry(b"x.txt", 999)])
        self.assertEqual(bob.take("offer")["bytes"], 999)

    def test_the_host_declines_too_what_is_sent_to_the_host(self):
        host = self.host()
        forged = self.forge(host)
        host.send("rules", files="nobody", file_bytes_max=None)
        host.take("rules")
        forged.reach("Hanna")
        self.assert_declined(forged, host, "In this room only the host may send files.")

    def test_a_forged_guest_sends_files_to_nobody_but_the_host_and_reads_nothing_earlier(self):
        host = self.host()
        bob = self.join("Bob", host)
        forged = self.forge(host)
        host.send("role", peer="Mallory", role="guest", ref="g")
        host.take("peer_changed", ref="g", where=is_now("role", "guest"))
        bob.take("peer_changed", where=is_now("role", "guest"))
        forged.reach("Bob")
        self.assert_declined(
            forged, bob, "Guests of this room may send files only to the host."
        )
        forged.room.leave()
        host.take("peer_left")
        bob.send("say", text="between members")
        host.take("message", text="between members")

        again = self.forge(host)
        for how in ({"before_seq": 0}, {"after_seq": 1}, {"before_seq": 99}):
            again.room.connection.send("HistoryRequest", request=7, limit=200, **how)
            _, page = self.hear(again, "HistoryPage")
            self.assertEqual((page["messages"], page["is_last"]), ([], 1))
        again.reach("Hanna")
        again.offer([entry(b"homework.txt")])
        self.assertEqual(host.take("offer")["name"], "homework.txt")

    def test_an_offer_that_grows_beyond_the_rules_after_it_was_made_is_declined(self):
        host = self.host()
        bob = self.join("Bob", host)
        forged = self.forge(host)
        host.send("rules", files="all", file_bytes_max=1000)
        bob.take("rules")
        forged.reach("Bob")
        transfer = forged.offer([entry(b"x.txt", 10)])
        bob.take("offer")
        larger = wire.encode("OfferedEntry", entry(b"x.txt", 1001))
        forged.peer.send(
            *("Offer",),
            transfer=bytes.fromhex(transfer),
            files=1,
            bytes=1001,
            pages=1,
            entries=[larger],
            version=1,
        )
        answer = forged.take_answer(transfer, PATIENCE_S)
        self.assertEqual(answer["is_accepted"], 0)
        self.assertIn("at most 1.0 kB", answer["reason"])

    def test_an_open_offer_of_a_forged_client_is_declined_when_a_rule_forbids_it(self):
        host = self.host()
        bob = self.join("Bob", host)
        forged = self.forge(host)
        forged.reach("Bob")
        transfer = forged.offer([entry(b"x.txt")])
        bob.take("offer")
        host.send("rules", files="nobody", file_bytes_max=None)
        bob.take("rules", files="nobody")
        answer = forged.take_answer(transfer, PATIENCE_S)
        self.assertEqual(answer["is_accepted"], 0)
        self.assertEqual(answer["reason"], "In this room only the host may send files.")
        over = bob.take("transfer", transfer=transfer, state="declined")
        self.assertEqual(over["error"]["code"], "not_allowed")
        into = self.folder / "into"
        into.mkdir()
        bob.send("accept", transfer=transfer, into=str(into), ref="a")
        self.assertEqual(bob.take("error", ref="a")["code"], "unknown_transfer")
        self.assertEqual(list(into.iterdir()), [])

    # ---- Who is who ------------------------------------------------------------------------------

    def test_b7_c7_a_forged_client_cannot_speak_as_somebody_else(self):
        host = self.host()
        bob = self.join("Bob", host)
        forged = self.forge(host, "Bob's twin")
        own = tls.own_id(forged.identity)
        text = wire.encode("Say", {"id": secrets.token_bytes(16), "text": "I am Bob"})
        # A sender's field, which the message does not have, with Bob's id in it.
        bobs_id = forged.id_of("Bob")
        payload = text + bytes([15 << 3 | 2, len(bobs_id)]) + bobs_id
        forged.room.connection.send_bytes(bytes([16]) + len(payload).to_bytes(4, "big") + payload)
        heard = bob.take("message", text="I am Bob")
        self.assertEqual(heard["from_name"], "Bob's twin")
        self.assertNotEqual(heard["from"], bob.joined["self"]["id"])
        twin = self.forge(host, "Bob")
        self.assertNotEqual(tls.own_id(twin.identity), own)
        host.send("peers")
        names = [peer["name"] for peer in host.take("peers")["peers"]]
        self.assertEqual(sorted(names), ["Bob", "Bob", "Bob's twin", "Hanna"])

    def test_b8_nothing_is_said_before_the_door_or_after_the_goodbye(self):
        host = self.host()
        keys = tls.make_identity(self.folder / "early keys")
        early = tls.Connection("127.0.0.1", host.hosting["port"], tls.context(keys), PATIENCE_S)
        self.addCleanup(early.socket.close)
        early.send("Hello", version_min=1, version_max=1, program="early")
        early.send("Say", id=secrets.token_bytes(16), text="before the door")
        said = []
        with self.assertRaises((tls.Gone, OSError)):
            while True:
                said.append(early.receive(time.monotonic() + PATIENCE_S)[0])
        self.assertNotIn("JoinAccepted", said)
        forged = self.forge(host)
        forged.room.connection.send("Leave")
        host.take("peer_left")
        try:
            forged.room.say("after the goodbye")
        except (tls.Gone, OSError):
            pass  # closed already
        host.answer_barrier()
        self.assertEqual(host.pending("message"), [])

    def test_d13_a_damaged_history_is_said_and_who_was_banned_stays_out_as_far_as_it_can_be_read(self):
        for damage, is_readable in ((b"x" * 16, True), (b"x" * 8192, False)):
            name = f"Hanna {len(damage)}"
            host = self.host(name)
            bob = self.join("Bob", host)
            host.send("ban", peer="Bob", minutes=None, reason="out", ref="b")
            host.take("bans", ref="b")
            bob.take("banned")
            bob.status()
            host.send("quit")
            self.assertEqual(host.status(), 0)
            history = self.folder / name / "profile" / "history.db"
            content = history.read_bytes()
            history.write_bytes(damage + content[len(damage):])
            # A script asked for the room by name: it is opened, and the damage is an event.
            host = host.again()
            said = host.take("error", code="profile_damaged")["message"]
            self.assertIn("history.db.damaged-", said)
            self.assertIn("1 ban," if is_readable else "bans, invites and passwords that", said)
            bob = self.start("Bob", "join", host.address, "--headless", "--json")
            bob.take("banned" if is_readable else "joined")
            bob.stop()

    def test_d13_a_missing_history_is_said_and_what_to_do(self):
        host = self.host()
        host.send("quit")
        self.assertEqual(host.status(), 0)
        (self.folder / "Hanna" / "profile" / "history.db").unlink()
        said = host.again().take("error", code="profile_damaged")["message"]
        self.assertIn("history is missing", said)
        self.assertIn("ban people again", said)


if __name__ == "__main__":
    main()
