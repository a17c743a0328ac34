"""Invites, codes and passwords through the real program: who gets in, who reads why not, and that no
secret is left lying about."""

import hashlib
import os
import signal
import subprocess
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from program import PATIENCE_S, PROGRAM, RoomTest, main

PASSWORD = "Pferd Batterie Klammer"


class WaysIn(RoomTest):
    def secret_file(self, text, name="secret"):
        return self.write_file(name, text.encode() + b"\n")

    def joining(self, profile, target, *extra, line=None):
        """A program that joins, or says why not. `line`: what it reads first, for a target of -."""
        program = self.start(profile, "join", target, "--headless", "--json", *extra)
        if line is not None:
            program.send_raw(line.encode() + b"\n")
        return program

    def assert_refused(self, program, code):
        self.assertEqual(program.take("error")["code"], code)
        self.assert_ends(program, 4)
        self.assertEqual(program.pending("joined"), [])

    def files_with(self, secret, folder):
        """Every file below that folder that holds this text, whatever kind of file it is."""
        return [
            path for path in Path(folder).rglob("*")
            if path.is_file() and secret.encode() in path.read_bytes()
        ]

    def test_an_invite_read_from_stdin_lets_in_and_the_first_contact_is_no_guess(self):
        host = self.host("Hanna", "--invite-only", "--room", "Büro")
        self.assertTrue(host.hosting["invite_only"])
        ann = self.joining("Ann", "-", line=host.hosting["invite"])
        joined = ann.take("joined")
        self.assertFalse(joined["first_contact"])
        self.assertEqual(joined["host"]["fingerprint"], host.hosting["fingerprint"])
        ann.send("say", text="here")
        host.take("message", text="here")

    def test_c15_no_secret_stands_on_a_command_line(self):
        host = self.host("Hanna", "--invite-only")
        host.send("invite", minutes=5, uses=1, ref="once")
        link = host.take("invite", ref="once")["link"]
        token = parse_qs(urlsplit(link).query)["t"][0]
        by_stdin = self.joining("Ann", "-", line=host.hosting["invite"])
        by_stdin.take("joined")
        by_argument = self.joining("Bob", link)
        by_argument.take("joined")
        for program in (host, by_stdin, by_argument):
            line = Path(f"/proc/{program.process.pid}/cmdline").read_bytes()
            environment = Path(f"/proc/{program.process.pid}/environ").read_bytes()
            self.assertNotIn(b"&t=", line)
            self.assertNotIn(token.encode(), line + environment)

    def test_c15_an_invite_for_many_is_refused_on_a_command_line(self):
        host = self.host("Hanna", "--invite-only")
        link = host.hosting["invite"]
        token = parse_qs(urlsplit(link).query)["t"][0]
        refused = subprocess.run([PROGRAM, "join", link, "--headless"], capture_output=True,
                                 timeout=PATIENCE_S, check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"standard input", refused.stderr)
        self.assertNotIn(token.encode(), refused.stdout + refused.stderr)

    def test_a_room_with_a_password_takes_it_from_a_file_only(self):
        host = self.host("Hanna", "--password-file", self.secret_file(PASSWORD))
        self.assertTrue(host.hosting["password"])
        self.assert_refused(self.joining("Nobody", host.address), "secret_needed")
        wrong = self.secret_file("Pferd Batterie Hammer", "wrong")
        self.assert_refused(self.joining("Guesser", host.address, "--password-file", wrong),
                            "secret_wrong")
        ann = self.join("Ann", host, "--password-file", self.folder / "secret")
        self.assertTrue(ann.joined["first_contact"])
        # From now on the host knows her key.
        ann.stop()
        self.join("Ann", host)

    def test_a_password_stays_when_the_room_is_opened_again_without_a_word_of_it(self):
        host = self.host("Hanna", "--password-file", self.secret_file(PASSWORD))
        # Who comes in by it waits until it has been worked out, and so it is kept.
        self.join("Ann", host, "--password-file", self.folder / "secret")
        host.send("quit")
        self.assert_ends(host, 0)
        host = self.host("Hanna")
        self.assertTrue(host.hosting["password"])
        self.assert_refused(self.joining("Nobody", host.address), "secret_needed")
        self.join("Bob", host, "--password-file", self.folder / "secret")

    def test_a_code_is_used_once(self):
        host = self.host("Hanna", "--invite-only")
        host.send("code", ref="c")
        code = host.take("code", ref="c")["code"]
        self.assertRegex(code, r"^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$")
        self.joining("Ann", "-", line=f"{host.address} {code.lower()}").take("joined")
        self.assertIsNone(host.take("invites", where=lambda e: not e["code_expires"])["code_expires"])
        self.assert_refused(self.joining("Bob", "-", line=f"{host.address} {code}"),
                            "secret_expired")

    def test_an_invite_that_was_withdrawn_or_used_up_says_so(self):
        host = self.host("Hanna", "--invite-only")
        host.send("invite", minutes=5, uses=1, ref="once")
        once = host.take("invite", ref="once")
        self.assertEqual((once["uses_left"], once["uses"]), (1, 1))
        self.joining("Ann", "-", line=once["link"]).take("joined")
        self.assert_refused(self.joining("Bob", "-", line=once["link"]), "secret_expired")
        host.send("invite", ref="more")
        more = host.take("invite", ref="more")
        host.send("revoke", invite=more["invite"], ref="r")
        listed = host.take("invites", ref="r")["invites"]
        self.assertEqual([one["revoked"] for one in listed], [False, False, True])
        self.assert_refused(self.joining("Bob", "-", line=more["link"]), "secret_expired")

    def test_c1_an_invite_outlives_its_host_and_names_its_key(self):
        host = self.host("Hanna", "--invite-only")
        link = host.hosting["invite"]
        # Once somebody is in, it is on the disk.
        self.joining("Ann", "-", line=link).take("joined")
        host = self.restart(host)
        self.joining("Bob", "-", line=link).take("joined")
        port = host.hosting["port"]
        host.stop()
        other = self.host("Mallory", port=port)
        self.assertNotEqual(other.hosting["fingerprint"], host.hosting["fingerprint"])
        self.assert_refused(self.joining("Cem", "-", line=link), "key_changed")
        other.answer_barrier()
        self.assertEqual(other.pending("peer_joined"), [])

    def test_one_shot_commands_take_an_invite_too(self):
        host = self.host("Hanna", "--invite-only")
        invite = self.secret_file(host.hosting["invite"], "invite")
        file = self.write_file("note.txt", b"brought by invite")
        with open(invite, "rb") as line:
            sender = self.start("Ann", "send", "-", "--to", "Hanna", file, stdin=line)
        offer = host.take("offer")
        into = self.folder / "into"
        into.mkdir()
        host.send("accept", transfer=offer["transfer"], into=str(into))
        self.assert_ends(sender, 0)
        self.assertEqual((into / "note.txt").read_bytes(), b"brought by invite")

    def test_c13_no_secret_is_kept_in_any_file_or_said_to_stderr(self):
        host = self.host("Hanna", "--log-level", "trace", "--password-file",
                         self.secret_file(PASSWORD))
        host.send("code", ref="c")
        code = host.take("code", ref="c")["code"]
        link = host.hosting["invite"]
        token = parse_qs(urlsplit(link).query)["t"][0]
        programs = [host]
        programs.append(self.joining("Ann", "-", "--log-level", "trace", line=link))
        programs.append(self.joining("Bob", "-", "--log-level", "trace",
                                     line=f"{host.address} {PASSWORD}"))
        programs.append(self.joining("Cem", "-", "--log-level", "trace",
                                     line=f"{host.address} {code}"))
        for program in programs[1:]:
            program.take("joined")
        for program in programs:
            program.send("quit")
            self.assert_ends(program, 0)
        (self.folder / "secret").unlink()
        sha = hashlib.sha256(token.encode()).hexdigest()
        for secret in (PASSWORD, token, token[:13], token[13:], sha, code, code.replace("-", "")):
            self.assertEqual(self.files_with(secret, self.folder), [], secret)
            for program in programs:
                self.assertNotIn(secret.encode(), program.errors)

    def test_t44_a_crash_leaves_no_secret_behind(self):
        host = self.host("Hanna", "--log-level", "trace", "--password-file",
                         self.secret_file(PASSWORD))
        (self.folder / "secret").unlink()
        ann = self.joining("Ann", "-", "--log-level", "trace", line=f"{host.address} {PASSWORD}")
        ann.take("joined")
        for program in (host, ann):
            here = Path(f"/proc/{program.process.pid}")
            limit = next(line for line in (here / "limits").read_text().splitlines()
                         if line.startswith("Max core file size"))
            # 1 keeps it from those programs, too, which are handed cores without a limit.
            self.assertEqual(limit.split()[4:6], ["1", "1"])
            self.assertEqual(int((here / "coredump_filter").read_text(), 16), 0)
            folder = (here / "cwd").resolve()
            before = set(folder.iterdir())
            program.signal(signal.SIGABRT)
            ended = os.waitid(os.P_PID, program.process.pid, os.WEXITED | os.WNOWAIT)
            self.assertEqual((ended.si_status, ended.si_code), (signal.SIGABRT, os.CLD_KILLED))
            program.status()
            self.assertNotIn(PASSWORD.encode(), program.errors)
            self.assertEqual([path for path in set(folder.iterdir()) - before
                              if path.name.startswith("core")], [])
        self.assertEqual(self.files_with(PASSWORD, self.folder), [])

    def test_what_cannot_be_a_way_in_is_bad_usage_and_is_not_repeated(self):
        for arguments in (["join", "dropline://join?h=1.2.3.4&t=SECRETTOKEN"],
                          ["join", "10.0.0.1 SECRETTOKEN"],
                          ["join", "10.0.0.1", "--password-file", "/nowhere/at/all"],
                          ["host", "--password-file", self.secret_file("short")]):
            program = self.start("Ann", *arguments, "--headless")
            self.assert_ends(program, 2)
            self.assertNotIn(b"SECRETTOKEN", program.errors)
            self.assertNotIn(b"short\n", program.errors)
        help_text = subprocess.run([PROGRAM, "join", "--help"], capture_output=True,
                                   timeout=PATIENCE_S, check=True).stdout
        self.assertIn(b"one use", b" ".join(help_text.split()))


if __name__ == "__main__":
    main()
