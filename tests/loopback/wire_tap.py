"""A whole session under the eyes of everybody who could look: the wire, the host, the logs, the
list of processes.

Rows A15, C13, C14, T44, T45 and T46 of the security plan. In a network of its own, where the only
traffic is the session's. Each look is proved to see: something that it must find stands beside what
it must not.
"""

import base64
import contextlib
import hashlib
import re
import socket
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import namespaces
from program import PATIENCE_S, RoomTest, main

ETH_P_ALL = 3
PTRACE_IS_NEEDED = "the memory of other processes cannot be read here"

ROOM, HOST, ANN, BOB = "Laboratory-of-7", "Hanna-who-hosts", "Ann-who-sends", "Bob-who-reads"
CEM = "Cem-who-looks-on"
PASSWORD, WRONG = "Pferd Batterie Klammer", "Pferd Batterie Hammer"
TO_ALL = "said to everybody in the room, word by word"
TO_BOB = "only for Bob, and for nobody else, word by word"
FILE_NAME = "secret-plans-of-march.txt"
FILE_TEXT = b"the first line of a file that only two people may read\n"
FILE = FILE_TEXT * 40_000  # 2.2 MB, of which any piece gives it away
CANARY = b"a datagram that everybody may read"


class Tap:
    """Everything that crosses the loopback of this network."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # less is allowed
        self.socket.bind(("lo", 0))
        self.socket.settimeout(0.1)
        self.packets = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        while True:
            try:
                self.packets.append(self.socket.recv(1 << 17))
            except TimeoutError:  # nothing more is on its way
                if self._is_over.is_set():
                    return

    def stop(self):
        """Everything it has heard."""
        self._is_over.set()
        self._thread.join()
        return b"\0".join(self.packets)

    def close(self):
        self.stop()
        self.socket.close()


def say_to_nobody(words):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(words, ("127.0.0.1", 9))


def memory_of(pid):
    """What the process can write to: its heap, stacks and buffers."""
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            begin, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            begin, end = int(begin, 16), int(end, 16)
            # What is larger is a sanitizer's shadow of the others.
            if not rights.startswith("rw") or "[v" in line or end - begin > 1 << 30:
                continue
            try:
                memory.seek(begin)
                found.append(memory.read(end - begin))
            except (OSError, ValueError):
                continue  # shared with a device, or gone meanwhile
    return b"\0".join(found)


def forms_of(token):
    """An invite's token as it is written and as its bytes, whole and by halves, and the plain sums
    of both: each of them would let somebody recognise it, or guess the rest (C13)."""
    raw = base64.b32decode(token + "=" * (-len(token) % 8))
    assert len(raw) == 16, "a token has 128 bits"
    sums = [hashlib.sha256(form).digest() for form in (raw, token.encode())]
    return [token, token.lower(), token[:13], token[13:], raw, raw[:8], raw[8:], raw.hex(),
            raw[:8].hex(), raw[8:].hex(), *sums, *(found.hex() for found in sums)]


class Session(RoomTest):
    """One room in which everything happens once; `path`: how files and private words go. Ann comes
    in by password, Bob by code, Cem by invite; somebody else is wrong."""

    def enter(self, profile, line, *extra):
        """`line`: the way in, read from stdin."""
        program = self.start(profile, "join", "-", "--headless", "--json", "--log-level", "trace",
                             *extra)
        program.send_raw(line.encode() + b"\n")
        return program

    def session(self, path):
        way = ("--path", path)
        secret = self.write_file("secret", PASSWORD.encode() + b"\n")
        host = self.host("Hanna", "--room", ROOM, "--log-level", "trace", *way,
                         "--password-file", secret)
        secret.unlink()
        host.send("rename", name=HOST)
        host.send("code", ref="c")
        code = host.take("code", ref="c")["code"]
        link = host.hosting["invite"]
        self.secrets = [PASSWORD, WRONG, code, code.replace("-", ""), link,
                        *forms_of(parse_qs(urlsplit(link).query)["t"][0])]
        guesser = self.enter("Guesser", f"{host.address} {WRONG}")
        self.assert_ends(guesser, 4)
        # Slowly, for the tap: what finds its buffer full is not heard.
        ann = self.enter("Ann", f"{host.address} {PASSWORD}", *way, "--limit", "2M")
        bob = self.enter("Bob", f"{host.address} {code}", *way)
        cem = self.enter("Cem", link, *way)
        self.programs = (cem, bob, ann, host)
        for program, name in ((ann, ANN), (bob, BOB), (cem, CEM)):
            program.take("joined")
            program.send("rename", name=name)
            for other in (host, ann):
                if other is not program:
                    other.take("peer_changed", where=lambda event: event["peer"]["name"] == name)
        ann.send("say", text=TO_ALL)
        for program in (host, bob, cem):
            program.take("message", text=TO_ALL)
        ann.send("say", to=BOB, text=TO_BOB)
        bob.take("message", text=TO_BOB)
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        ann.send("send", to=BOB, paths=[str(self.write_file(FILE_NAME, FILE))])
        offer = bob.take("offer")
        bob.send("accept", transfer=offer["transfer"], into=str(self.inbox))
        for program in (bob, ann):
            done = program.take("transfer", transfer=offer["transfer"], state="done")
        self.assertEqual(done["path"], path)
        self.assertEqual((self.inbox / FILE_NAME).read_bytes(), FILE)
        return host, ann, bob

    def everybody_leaves(self):
        for program in self.programs:
            program.send("quit")
            self.assertEqual(program.status(), 0)

    def assert_in_none_of(self, found, words):
        for word in words:
            raw = word if isinstance(word, bytes) else word.encode()
            for coded in (raw, raw.decode("latin-1").encode("utf-16-le")):
                self.assertNotIn(coded, found, f"{word!r} can be read there")


class Wire(Session):
    def test_t45_c13_c14_the_wire_shows_no_secret_name_text_file_or_address(self):
        for path in ("direct", "relayed"):
            with self.subTest(path=path):
                with contextlib.closing(Tap()) as tap:
                    self.session(path)
                    self.everybody_leaves()
                    say_to_nobody(CANARY)
                    seen = tap.stop()
                self.assertIn(CANARY, seen, "the tap hears nothing")
                self.assertGreater(len(seen), len(FILE) / 2, "the tap has missed most of it")
                print(f"\n    {path}: {len(seen):,} bytes in {len(tap.packets):,} packets",
                      file=sys.stderr)
                # Candidates are addresses that members tell each other, with their ports (C14).
                self.assert_in_none_of(seen, (*self.secrets, ROOM, HOST, ANN, BOB, CEM, "Hanna",
                                              TO_ALL, TO_BOB, FILE_NAME, FILE_TEXT, "127.0.0.1:"))
            (self.inbox / FILE_NAME).unlink()
            for profile in ("Hanna", "Ann", "Bob", "Cem", "Guesser"):
                (self.folder / profile).rename(self.folder / f"{profile} {path}")


class Host(Session):
    def test_t46_the_host_who_relays_has_nothing_to_read(self):
        host, _, bob = self.session("relayed")
        try:
            readable = memory_of(bob.process.pid)
        except PermissionError:
            self.skipTest(PTRACE_IS_NEEDED)
        self.assertIn(TO_BOB.encode(), readable, "whoever may read it has it in memory")
        seen = memory_of(host.process.pid)
        self.assertIn(TO_ALL.encode(), seen, "what is said to all passes through the host")
        self.assert_in_none_of(seen, (TO_BOB, FILE_NAME, FILE_TEXT))
        stored = b"".join(file.read_bytes() for file in self.folder.glob("Hanna/profile/*"))
        self.assertIn(TO_ALL.encode(), stored)
        self.assert_in_none_of(stored, (TO_BOB, FILE_NAME, FILE_TEXT))


class Logs(Session):
    def assert_steers_no_terminal(self, told):
        self.assertFalse(set(told) - {10} & set(range(32)), "a control character")

    def key_of(self, program):
        """A line of the private key, as its file has it."""
        profile = Path(program.arguments[program.arguments.index("--profile") + 1])
        lines = (profile / "identity.pem").read_text().splitlines()
        return next(line for line in lines if len(line) > 40 and " " not in line)

    def test_t44_c13_logs_tell_what_happened_and_no_secret_text_or_name(self):
        host, ann, bob = self.session("direct")
        keys = [self.key_of(program) for program in self.programs]
        self.everybody_leaves()
        self.assertIn(b"open on port", host.errors)
        self.assertIn(b"was refused (", host.errors)
        self.assertRegex(host.errors, rb"[A-Z2-7]{7}: joined as [A-Z2-7]{7} at 127")
        self.assertRegex(host.errors, rb"[A-Z2-7]{7}: left\n")
        for program, way in ((ann, b"to"), (bob, b"from")):
            self.assertRegex(program.errors, rb"transfer \w{8} " + way + rb" them began: 1 files")
            self.assertRegex(program.errors, rb"transfer \w{8} is done")
        for program in self.programs:
            log = program.errors
            self.assertRegex(log, rb"^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info) room: ", "no log")
            self.assertIn(b" info room: closed", log)
            self.assert_in_none_of(log, (*self.secrets, *keys, TO_ALL, TO_BOB, FILE_TEXT,
                                         FILE_NAME, ROOM, HOST, ANN, BOB, CEM, str(self.folder)))
            self.assert_steers_no_terminal(log)

    def test_t44_what_one_is_told_stands_in_nobody_elses_output_and_on_no_command_line(self):
        host, _, bob = self.session("direct")
        keys = [self.key_of(program) for program in self.programs]
        for program in self.programs:
            process = Path(f"/proc/{program.process.pid}")
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            self.assertIn(b"--log-level", told)
            self.assert_in_none_of(told, (*self.secrets, *keys, TO_ALL, TO_BOB, FILE_TEXT,
                                          FILE_NAME, HOST, ANN, BOB, CEM))
        self.everybody_leaves()
        self.assertIn(TO_BOB.encode(), bob.raw)
        for program in self.programs:
            self.assertIn(TO_ALL.encode(), program.raw)
            self.assert_in_none_of(program.raw, keys)
            if program is not host:  # who has made them is told them, once
                self.assert_in_none_of(program.raw, self.secrets)
        cem, _, _, host = self.programs
        for program in (cem, host):
            self.assert_in_none_of(program.raw, (TO_BOB, FILE_NAME, FILE_TEXT))

    def test_a15_no_name_of_a_room_or_person_becomes_a_name_on_the_disk(self):
        names = ("../../x", "a/b", "CON", "..", "/etc/x")
        before = set(self.folder.rglob("*"))
        for number, name in enumerate(names):
            host = self.start(f"Hanna {number}", "host", "--headless", "--json", "--port", 0,
                              "--bind", "127.0.0.1", "--room", name, name=name)
            host.hosting = host.take("hosting")
            host.address = f"127.0.0.1:{host.hosting['port']}"
            ann = self.start(f"Ann {number}", "join", host.address, "--headless", "--json",
                             name=name)
            ann.take("joined")
            ann.send("say", text="hello")
            host.take("message", text="hello")
            for program in (ann, host):
                program.send("quit")
                self.assertEqual(program.status(), 0)
        for made in set(self.folder.rglob("*")) - before:
            parts = made.relative_to(self.folder).parts
            self.assertRegex(parts[0], r"^(Hanna|Ann) \d$", "outside of every home")
            self.assertTrue(len(parts) < 3 or re.fullmatch(
                r"(history\.db|settings\.toml|identity\.pem|lock|dropline\.log)[-.\w]*", parts[-1]),
                made)


if __name__ == "__main__":
    namespaces.enter("net")
    namespaces.run("ip", "link", "set", "lo", "up")
    main()
