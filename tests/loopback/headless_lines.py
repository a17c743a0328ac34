"""The lines themselves: bad ones, later ones, hostile text, ways to begin and to end.

Rows B1, C1, T32 and T41 of the security plan.
"""

import json
import signal
import socket
import subprocess
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from program import PATIENCE_S, PROGRAM, RoomTest, main

BAD_LINES = [
    b"",
    b"hello",
    b"{",
    b"[]",
    b"17",
    b"null",
    b"{}",
    b'{"do":7}',
    b'{"do":"dance"}',
    b'{"do":"say"}',
    b'{"do":"say","text":7}',
    b'{"do":"send","to":"Ann","paths":[]}',
    b'{"do":"accept","transfer":"nonsense"}',
    b'{"do":"history","limit":-1}',
    b'{"do":"say","text":"\xff"}',
    b'{"do":"say","text":"x"} trailing',
]

LATER = [
    {"do": "search", "text": "x", "limit": 5},
    {"do": "rooms"},
    {"do": "history", "conversation": "everyone", "before": None, "limit": 201},
]


class Lines(RoomTest):
    def test_a_bad_line_is_one_error_and_nothing_else(self):
        host = self.host()
        for line in BAD_LINES:
            with self.subTest(line=line):
                host.send_raw(line + b"\n")
                self.assertEqual(host.take("error")["code"], "bad_request")
        host.answer_barrier()
        self.assertEqual(host.waiting, [])

    def test_a_line_above_a_mebibyte_is_refused_and_the_next_one_obeyed(self):
        host = self.host()
        host.send_raw(b'{"do":"say","text":"' + b"x" * (2 << 20) + b'"}\n')
        self.assertEqual(host.take("error")["code"], "too_large")
        host.answer_barrier()
        self.assertEqual(host.waiting, [])

    def test_a_bad_line_keeps_its_ref_when_it_has_one(self):
        host = self.host()
        host.send("dance", ref="d1")
        self.assertEqual(host.take("error")["ref"], "d1")

    def test_what_a_later_version_brings_says_so(self):
        host = self.host()
        for number, command in enumerate(LATER):
            with self.subTest(command=command["do"]):
                host.send_raw(json.dumps({**command, "ref": str(number)}).encode() + b"\n")
                self.assertEqual(host.take("error", ref=str(number))["code"], "not_available")
        host.answer_barrier()
        self.assertEqual(host.waiting, [])

    def test_unknown_fields_are_ignored(self):
        host = self.host()
        host.send("say", text="hi", shiny=[1, {"x": None}], ref="s")
        host.take("sent", ref="s")

    def test_commands_that_cannot_be_done_say_why_with_their_ref(self):
        host = self.host()
        host.send("say", to="Nobody", text="x", ref="1")
        self.assertEqual(host.take("error", ref="1")["code"], "unknown_peer")
        host.send("cancel", transfer="ab" * 16, ref="2")
        self.assertEqual(host.take("error", ref="2")["code"], "unknown_transfer")
        host.send("rename", name="\u202e", ref="3")
        self.assertEqual(host.take("error", ref="3")["code"], "bad_name")
        host.send("say", text="x" * 8193, ref="4")
        self.assertEqual(host.take("error", ref="4")["code"], "too_large")

    def test_b1_no_peer_puts_a_control_character_on_stdout_or_stderr(self):
        nasty = "\x1b[2J\x9b\r\n\x07\u202e中文"
        host = self.host("Hanna", "--log-level", "trace")
        ann = self.join("Ann", host, "--log-level", "trace")
        plain = self.start("Bob", "join", host.address, "--headless", "--log-level", "trace")
        host.take("peer_joined", where=lambda event: event["peer"]["name"] == "Bob")
        plain.wait_for_error_output("Joined")
        ann.send("say", text=nasty + " said")
        host.take("message", where=lambda event: event["text"].endswith("said"))
        ann.send("rename", name="A" + nasty + "B", ref="r")
        offered = self.write_file("x\x1b[8m\r.txt", b"x")
        ann.send("send", to="everyone", paths=[str(offered)], ref="f")
        self.assertEqual(ann.take("error", ref="f")["code"], "bad_name")
        host.send("kick", peer=ann.joined["self"]["fingerprint"], reason=nasty)
        ann.take("kicked")
        self.assert_ends(ann, 4)
        plain.wait_for_error_output("left")
        plain.signal(signal.SIGINT)
        self.assert_ends(plain, 130)
        host.send("quit")
        self.assert_ends(host, 0)
        for program in (host, ann, plain):
            for output in (program.raw, program.errors):
                hostile = [byte for byte in output if (byte < 0x20 and byte != 0x0A) or byte == 0x7F]
                self.assertEqual(hostile, [], output)
                text = output.decode("utf-8")
                self.assertNotIn("\u009b", text)
                self.assertNotIn("\u202e", text)
        self.assertIn("中文", ann.raw.decode())
        self.assertNotIn(" said", ann.errors.decode() + host.errors.decode())

    def test_the_end_of_stdin_leaves_it_running(self):
        host = self.host()
        host.process.stdin.close()
        ann = self.join("Ann", host)
        ann.send("say", text="still there?")
        host.take("message", text="still there?")
        host.signal(signal.SIGTERM)
        self.assert_ends(host, 130)

    def test_it_ends_quietly_when_nobody_reads_stdout(self):
        home = self.folder / "Hanna"
        home.mkdir()
        host = subprocess.Popen(
            [
                *(PROGRAM, "host", "--headless", "--json", "--port", "0"),
                *("--profile", str(home / "profile"), "--bind", "127.0.0.1"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.addCleanup(host.kill)
        host.stdout.readline()
        host.stdout.close()
        _, errors = host.communicate(timeout=PATIENCE_S)
        self.assertEqual((host.returncode, errors), (130, b""))

    def test_what_cannot_be_written_to_stdout_is_told_on_stderr(self):
        for verb in (["host", "--headless", "--json", "--port", "0", "--bind", "127.0.0.1"],
                     ["identity"]):
            with self.subTest(verb=verb), open("/dev/full", "wb") as full:
                ended = subprocess.run(
                    [PROGRAM, *verb, "--profile", str(self.folder / verb[0])],
                    stdin=subprocess.DEVNULL,
                    stdout=full,
                    stderr=subprocess.PIPE,
                    timeout=PATIENCE_S,
                )
                self.assertEqual(ended.returncode, 6)
                self.assertIn(b"Cannot write", ended.stderr)

    def test_a_slow_reader_of_stdout_does_not_stop_a_signal(self):
        host = self.host()
        plain = subprocess.Popen(
            [
                *(PROGRAM, "join", host.address, "--headless", "--json"),
                *("--profile", str(self.folder / "slow"), "--name", "Slow"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(plain.stdout.close)
        self.addCleanup(plain.stdin.close)
        self.addCleanup(plain.kill)
        host.take("peer_joined")
        for number in range(90):
            host.send("say", text=f"{number} " + "x" * 8000)
        for number in range(90):
            host.take("sent")
        plain.send_signal(signal.SIGINT)
        self.assertEqual(plain.wait(PATIENCE_S), 130)

    def test_a_line_typed_without_json_is_said_to_everyone(self):
        host = self.host()
        plain = self.start("Bob", "join", host.address, "--headless")
        host.take("peer_joined")
        plain.wait_for_error_output("Joined")
        plain.send_raw("hello 大家\n\n".encode())
        self.assertEqual(host.take("message")["text"], "hello 大家")

    def test_what_a_host_writes_without_a_terminal_holds_no_invite(self):
        at = ["--bind", "127.0.0.1", "--port", "0"]
        plain = self.start("Hanna", "host", "--headless", "--invite-only", *at)
        plain.wait_for_error_output("There is an invite")
        plain.signal(signal.SIGINT)
        self.assert_ends(plain, 130)
        self.assertNotIn(b"dropline:", plain.raw + plain.errors)


class Beginnings(RoomTest):
    def test_a_taken_port_says_who_has_it_and_ends_with_3(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            host = self.start(
                *("Hanna", "host", "--headless", "--json", "--bind", "127.0.0.1"),
                *("--port", other.getsockname()[1]),
            )
            self.assertEqual(host.take("error")["code"], "port_taken")
            self.assert_ends(host, 3)

    def test_an_address_that_is_not_ours_ends_the_start_with_those_that_are(self):
        # The first is for documentation, so that no machine has it.
        for bind, status in (("192.0.2.1", 3), ("localhost", 2)):
            with self.subTest(bind=bind):
                host = self.start("Hanna", "host", "--headless", "--json", "--bind", bind)
                message = host.take("error")["message"]
                self.assertIn(bind, message)
                self.assertIn("127.0.0.1", message)
                self.assert_ends(host, status)

    def test_a_room_on_every_address_of_a_family_tells_those_that_others_can_dial(self):
        families = [("0.0.0.0", "127.0.0.1")]
        # One line an address; a machine without IPv6 has none, or not even the file.
        v6 = Path("/proc/net/if_inet6")
        if v6.exists() and v6.read_text():
            families.append(("::", "[::1]"))
        for bind, mine in families:
            with self.subTest(bind=bind):
                host = self.start(
                    *("Hanna", "host", "--headless", "--json", "--bind", bind, "--port", 0)
                )
                hosting = host.take("hosting")
                addresses = hosting["addresses"]
                self.assertIn(f"{mine}:{hosting['port']}", addresses)
                invited = parse_qs(urlsplit(hosting["invite"]).query)["h"]
                for address in [*addresses, *",".join(invited).split(",")]:
                    self.assertEqual(address.startswith("["), bind == "::")
                    self.assertNotIn(address.rpartition(":")[0], ("0.0.0.0", "[::]"))
                host.send("quit")
                self.assert_ends(host, 0)

    def test_nobody_at_the_address_ends_with_3(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        ann = self.start("Ann", "join", f"127.0.0.1:{port}", "--headless", "--json")
        self.assertEqual(ann.take("error")["code"], "cannot_connect")
        self.assert_ends(ann, 3)

    def test_an_unknown_host_name_ends_with_3(self):
        ann = self.start("Ann", "join", "no-such-host.invalid", "--headless", "--json")
        self.assertEqual(ann.take("error")["code"], "cannot_resolve")
        self.assert_ends(ann, 3)

    def test_c1_t41_a_changed_host_key_is_refused_with_4(self):
        host = self.host()
        port = host.address.rpartition(":")[2]
        ann = self.join("Ann", host)
        ann.send("quit")
        self.assert_ends(ann, 0)
        host.send("quit")
        self.assert_ends(host, 0)
        other = self.start(
            "Mallory", "host", "--headless", "--json", "--port", port, "--bind", "127.0.0.1"
        )
        fingerprint = other.take("hosting")["fingerprint"]
        ann = self.start("Ann", "join", host.address, "--headless", "--json")
        error = ann.take("error", code="key_changed")
        self.assertIn(host.hosting["fingerprint"], error["message"])
        self.assertIn(fingerprint, error["message"])
        self.assertEqual(error["known_fingerprint"], host.hosting["fingerprint"])
        self.assertEqual(error["shown_fingerprint"], fingerprint)
        self.assert_ends(ann, 4)

    def test_a_second_process_on_a_profile_says_so_and_leaves(self):
        host = self.host()
        second = self.start("Hanna", "identity")
        self.assert_ends(second, 2)
        self.assertIn("profile", second.errors.decode())
        host.answer_barrier()

    def test_identity_is_the_same_at_every_start(self):
        first = self.start("Ann", "identity")
        self.assert_ends(first, 0)
        second = self.start("Ann", "identity")
        self.assert_ends(second, 0)
        self.assertEqual(first.raw, second.raw)
        self.assertIn("Ann", first.raw.decode())
        self.assertIn("fingerprint", first.raw.decode())

    def test_t32_a_key_that_is_gone_or_damaged_stops_the_start_and_is_not_replaced(self):
        first = self.start("Ann", "identity")
        self.assert_ends(first, 0)
        key = self.folder / "Ann" / "profile" / "identity.pem"
        whole = key.read_bytes()
        for damaged in (None, b"", whole[:-10], whole.replace(b"identity ", b"identity 0")):
            key.unlink(missing_ok=True)
            if damaged is not None:
                key.write_bytes(damaged)
                key.chmod(0o600)
            again = self.start("Ann", "identity")
            self.assert_ends(again, 2)
            self.assertIn(b"--profile", again.errors)
            self.assertIn(b"Put a copy of", again.errors)
            self.assertEqual(key.read_bytes() if key.exists() else None, damaged)
        key.write_bytes(whole)
        third = self.start("Ann", "identity")
        self.assert_ends(third, 0)
        self.assertEqual(first.raw, third.raw)

    def only_error_of(self, program):
        """The one event of a program that could not start, which says on stderr what it says there."""
        error = program.take("error")
        self.assertEqual(program.raw.count(b"\n"), 1)
        self.assertRegex(error["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertIn(error["message"], program.errors.decode())
        return error

    def test_looking_for_rooms_is_not_available_yet_and_says_so_to_scripts_too(self):
        for more in ([], ["--json", "--seconds", "2"]):
            program = self.start("Ann", "rooms", *more)
            self.assert_ends(program, 2)
            self.assertIn("not available yet", program.errors.decode())
            if more:
                self.assertEqual(self.only_error_of(program)["code"], "not_available")

    def test_what_stops_a_start_before_the_room_is_an_event_too(self):
        host = self.host()
        profile = self.folder / "Ann" / "profile"
        self.assert_ends(self.start("Ann", "identity"), 0)

        def stops(code, *arguments, profile="Ann"):
            program = self.start(profile, *arguments, "--headless", "--json")
            self.assert_ends(program, 2)
            self.assertEqual(self.only_error_of(program)["code"], code)

        join = ("join", host.address)
        stops("profile_in_use", *join, profile="Hanna")
        stops("bad_request", "join", "[::1")
        stops("bad_request", "host", "--port", "many")
        stops("bad_request", *join, "--password-file", "/no/such/file")
        (profile / "identity.pem").chmod(0o644)
        stops("profile_unsafe", *join)
        (profile / "identity.pem").chmod(0o600)
        profile.chmod(0o755)
        stops("profile_unsafe", *join)

    def test_bad_usage_is_one_sentence_and_ends_with_2(self):
        for arguments in (
            ["dance"],
            ["host", "--json"],
            ["host", "--headless", "--password-file", "x"],
            ["join", "dropline://invite", "--headless"],
            ["join", "Room with spaces", "--headless"],
            ["rooms"],
            ["send", "127.0.0.1:1", "--to", "Bob", "/no/such/file"],
        ):
            with self.subTest(arguments=arguments):
                program = self.start("Ann", *arguments)
                self.assert_ends(program, 2)
                self.assertEqual(program.raw, b"")
                self.assertEqual(program.errors.count(b"\n"), 1)


if __name__ == "__main__":
    main()
