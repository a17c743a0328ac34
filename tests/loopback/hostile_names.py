"""Names and lists from hell on every way to receive, and a folder that flips under the receiver
(T4, T5, A1-A25).

What each name becomes stands in tests/transfer/hostile_names.cpp. Here stands what must hold for
each of them on the whole program: nothing outside of the folder, nothing there under another name
than was shown, and a program that goes on.
"""

import contextlib
import os
import shutil
import signal
import stat
import threading
import time
from pathlib import Path

from hostile_sender import ALL_DONE, DATA, DIGEST_OF_NOTHING, FILE_END, HostileSender, entry
from lasting import KIB, MIB, OVER, UNDER_WAY, TransferTest, look_of, main
from program import PATIENCE_S

# As many offers as a receiver takes from one person at once, and connections as a host arranges.
NAMES_PER_PERSON = 15
FLIPS_AT_LEAST = 1000

WAYS_OUT = [
    *(b"", b".", b"..", b"...", b"../x", b"..\\x", b"a/../../x", b"a/./b", b"sub/../ok", b"/etc/x"),
    *(b"//x", b"//tmp/x", b"\\\\host\\s\\x", b"C:\\x", b"C:x", b"c:/x", b"../../.bashrc"),
    *(b"../canary", b"sub/../../canary", b"a//b", b"a/", b"/", b"~/x", b"a/..", b"../root/x"),
]
BYTES = [
    *(b"a\0b", b"sub\0dir/x", b"ok.txt\0.exe", b"a\nb", b"a\rb", b"a\tb", b"\x1b[2Jx", b"a\x7f"),
    *(b"a\xc2\x9bx", b"\xff\xfe", b"\xc0\xae\xc0\xae/x", b"\xed\xa0\x80", b"a\xcc\x80" * 200),
]
WINDOWS = [
    *(b"CON", b"con.txt", b"NUL", b"AUX.h", b"PRN", b"COM1", b"COM\xc2\xb9", b"LPT9.tar.gz"),
    *(b"CLOCK$", b"CONIN$", b"CONOUT$", b"a.", b"a ", b" a", b"a...", b"a:b", b"a::$DATA", b"a<b"),
    *(b"a>b", b'a"b', b"a|b", b"a?b", b"a*b"),
]
SHELLS = [
    *(b"-rf", b"--help", b"~", b"~root", b"$(id)", b"`id`", b"%n%s", b"a##b", b"###", b"a;b"),
]
READ_BY_SYSTEMS = [
    *(b".bashrc", b".ssh/authorized_keys", b".SSH/x", b".s\xe2\x80\x8csh/x", b"x.desktop"),
    *(b".config/autostart/x.desktop", b"autorun.inf", b"desktop.ini", b"GIT~1", b".git/config"),
    *(b".x.part", b"x.part", b".dropline", b"history.sqlite", b"existing link", b"existing link/x"),
    *(b"existing folder", b"existing folder/x", b"existing pipe", b"existing file"),
]
UNSEEN = [
    *(b"photo_\xe2\x80\xaegnp.exe", b"a\xe2\x81\xa7\xe2\x81\xa8jpg\xe2\x81\xa9.exe"),
    *(b"a\xe2\x80\x8f.txt", b"a\xe2\x80\x8b.txt", b"\xef\xbb\xbfx", b".\xe2\x80\x8b./x"),
]
LENGTHS = [
    *(b"n" * 255, b"n" * 256, "😀".encode() * 255, b"d/" * 31 + b"f", b"d/" * 32 + b"f"),
    *((b"p" * 204 + b"/") * 4 + b"p" * 204, (b"p" * 204 + b"/") * 4 + b"p" * 205, b"n" * 1025),
]
NAMES = WAYS_OUT + BYTES + WINDOWS + SHELLS + READ_BY_SYSTEMS + UNSEEN + LENGTHS


def shapes_of(name):
    """A name as a file, as a folder with a file in it, and somewhere below a folder."""
    yield "file", [entry(name)]
    yield "folder", [entry(name, is_folder=True), entry(name + b"/inside")]
    yield "below", [entry(b"top", is_folder=True), entry(b"top/" + name)]


class HostileTest(TransferTest):
    def setUp(self):
        super().setUp()
        self.ground = self.folder / "ground"
        self.root = self.ground / "root"
        self.root.mkdir(parents=True)
        (self.ground / "canary").write_text("untouched")
        (self.ground / "outside").mkdir()
        self.set_out()
        self.outside = self.look_outside()
        self.hanna = self.host()
        self.people = 0

    def set_out(self):
        """What lies in the folder before anything comes."""
        (self.root / "existing file").write_text("mine")
        (self.root / "existing folder").mkdir()
        (self.root / "existing link").symlink_to(self.ground / "outside")
        os.mkfifo(self.root / "existing pipe")
        self.before = look_of(self.root)

    def look_outside(self):
        """All of the neighbourhood, and the places that names try to reach."""
        look = look_of(self.ground)
        del look["root"]
        there = [Path("/etc/x"), Path("/x"), Path("/tmp/x"), self.folder / ".bashrc"]
        return look, [path.exists() for path in there]

    def clear(self):
        """Back to what was there before; answers what had come, as paths below the root."""
        self.assertEqual(self.look_outside(), self.outside)
        came, wrong = [], []
        for path in sorted(self.root.rglob("*"), key=lambda one: len(one.parts), reverse=True):
            below = path.relative_to(self.root)
            if len(below.parts) == 1 and below.parts[0] in self.before:
                continue
            came.append(str(below))
            mode = path.lstat().st_mode
            is_plain = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
            if not is_plain or mode & (stat.S_ISUID | stat.S_ISGID):
                wrong.append((str(below), oct(mode)))
            path.rmdir() if stat.S_ISDIR(mode) else path.unlink()
        self.assertEqual(wrong, [], "neither plain files nor folders")
        self.assertEqual(look_of(self.root), self.before)
        return sorted(came)

    def sender(self):
        self.people += 1
        sender = HostileSender(
            *(self.hanna.address, self.folder / f"keys {self.people}", f"Eve {self.people}")
        )
        self.addCleanup(sender.close)
        return sender

    def reach(self, receiver_name, sender=None):
        sender = sender or self.sender()
        sender.reach(receiver_name)
        return sender

    def outcome(self, sender, receiver, transfer):
        """The `offer` event, or None when the program refused without asking."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if receiver.pending("offer", transfer=transfer):
                return receiver.take("offer", transfer=transfer)
            if answer := sender.take_answer(transfer, 0.02):
                self.assertFalse(answer["is_accepted"], "accepted without being asked")
                if "is_gone" in answer:
                    sender.hang_up()
                return None
        raise AssertionError(receiver.story(f"neither offered nor refused: {transfer}"))


class HostileNames(HostileTest):
    def check_json_accept(self, name, shape, entries, sender, receiver):
        transfer = sender.offer(entries)
        offer = self.outcome(sender, receiver, transfer)
        self.assertIsNone(receiver.process.poll(), f"{name!r} as {shape}: it crashed")
        if offer is None:
            self.assertEqual(self.clear(), [])
            return 0
        for shown in (*offer["paths_preview"], offer["name"]):
            parts = shown.split("/")
            self.assertFalse({"", ".", ".."}.intersection(parts), f"{name!r} is shown as {shown!r}")
        self.accept(receiver, transfer, self.root)
        self.assertEqual(sender.serve_empty_files(transfer, entries), ALL_DONE, f"{name!r} {shape}")
        done = self.take_state(receiver, transfer, "done")
        for saved in done["saved_as"]:
            self.assertEqual(Path(saved).parent, self.root)
        self.check_what_came(self.clear(), entries)
        return 1

    def check_what_came(self, came, entries):
        depth_max = max(one["name"].count(b"/") for one in entries)
        self.assertGreaterEqual(len(came), 1, "nothing came of what is done")
        self.assertLessEqual(max(one.count("/") for one in came), depth_max)
        self.assertEqual([one for one in came if one.endswith("/") or "\0" in one], [])

    def in_batches(self):
        tasks = [(name, *shape) for name in NAMES for shape in shapes_of(name)]
        for first in range(0, len(tasks), NAMES_PER_PERSON):
            yield first // NAMES_PER_PERSON, tasks[first : first + NAMES_PER_PERSON]

    def test_a1_a2_a3_t4_every_name_in_every_shape_when_a_script_accepts(self):
        accepted = 0
        for number, tasks in self.in_batches():
            receiver = self.join(f"Bob {number}", self.hanna)
            sender = self.sender()
            for name, shape, entries in tasks:
                with self.subTest(name=name, shape=shape):
                    if sender.peer is None:
                        self.reach(f"Bob {number}", sender)
                    accepted += self.check_json_accept(name, shape, entries, sender, receiver)
            sender.close()
            receiver.stop()
        print(f"{len(NAMES)} names: {accepted} of {3 * len(NAMES)} offers could be accepted")
        self.assertGreater(accepted, len(NAMES))

    def test_a3_a16_t4_every_name_in_every_shape_when_receive_says_yes(self):
        for number, tasks in self.in_batches():
            name_of_receiver = f"Rita {number}"
            receiver = self.start(
                name_of_receiver, "receive", self.hanna.address, "--into", self.root, "--yes"
            )
            receiver.wait_for_error_output("Waiting for files")
            sender = self.sender()
            for name, shape, entries in tasks:
                with self.subTest(name=name, shape=shape):
                    if sender.peer is None:
                        self.reach(name_of_receiver, sender)
                    self.check_receive(name, shape, entries, sender, receiver)
            sender.close()
            receiver.signal(signal.SIGINT)
            self.assert_ends(receiver, 130)
            hostile = [byte for byte in receiver.errors if byte < 0x20 and byte != 0x0A]
            self.assertEqual(hostile, [], receiver.errors)

    def check_receive(self, name, shape, entries, sender, receiver):
        transfer = sender.offer(entries)
        answer = sender.take_answer(transfer, PATIENCE_S)
        self.assertIsNotNone(answer, f"{name!r} as {shape} got no answer")
        if "is_gone" in answer:
            sender.hang_up()
        if answer["is_accepted"]:
            is_hidden = any(part.startswith(b".") for part in entries[-1]["name"].split(b"/"))
            self.assertFalse(is_hidden, f"{name!r} was taken unasked")
            self.assertEqual(sender.serve_empty_files(transfer, entries), ALL_DONE)
            self.check_what_came(self.clear(), entries)
        else:
            self.assertEqual(self.clear(), [])
        self.assertIsNone(receiver.process.poll(), f"{name!r} as {shape}: it crashed")

    def test_a3_a4_t4_every_name_in_every_shape_when_a_verified_person_is_not_asked_about(self):
        unasked = 0
        for number, tasks in self.in_batches():
            receiver = self.join(f"Vera {number}", self.hanna)
            sender = self.sender()
            for name, shape, entries in tasks:
                with self.subTest(name=name, shape=shape):
                    if sender.peer is None:
                        self.reach(f"Vera {number}", sender)
                        self.trust(receiver, f"Eve {self.people}")
                    unasked += self.check_unasked(name, shape, entries, sender, receiver)
            sender.close()
            receiver.stop()
        print(f"{unasked} of {3 * len(NAMES)} offers were taken unasked")
        self.assertGreater(unasked, len(NAMES) // 2)

    def trust(self, receiver, name):
        rule = {"auto_accept": True, "max_bytes": 1000, "into": str(self.root)}
        receiver.send("trust", peer=name, verified=True, **rule, ref="trust")
        self.assertTrue(receiver.take("peer_changed", ref="trust")["peer"]["auto_accept"])

    def unasked_outcome(self, sender, receiver, transfer):
        """The `offer` event, which says whether it was taken, or None when it was refused."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if receiver.pending("offer", transfer=transfer):
                return receiver.take("offer", transfer=transfer)
            answer = sender.take_answer(transfer, 0.02)
            if answer and not answer["is_accepted"]:
                if "is_gone" in answer:
                    sender.hang_up()
                return None
        raise AssertionError(receiver.story(f"neither offered nor refused: {transfer}"))

    def check_unasked(self, name, shape, entries, sender, receiver):
        transfer = sender.offer(entries)
        offer = self.unasked_outcome(sender, receiver, transfer)
        self.assertIsNone(receiver.process.poll(), f"{name!r} as {shape}: it crashed")
        if offer is None or not offer["accepted_by_rule"]:
            if offer:
                receiver.send("decline", transfer=transfer)
                self.take_state(receiver, transfer, "declined")
            self.assertEqual(self.clear(), [])
            return 0
        self.assertEqual(offer["risky"], [], f"{name!r} was taken unasked")
        is_hidden = any(part.startswith(b".") for part in entries[-1]["name"].split(b"/"))
        self.assertFalse(is_hidden, f"{name!r} was taken unasked")
        self.assertEqual(sender.serve_empty_files(transfer, entries), ALL_DONE, f"{name!r} {shape}")
        done = self.take_state(receiver, transfer, "done")
        for saved in done["saved_as"]:
            self.assertEqual(Path(saved).parent, self.root)
        self.check_what_came(self.clear(), entries)
        return 1

    def test_a3_a9_t4_names_stay_inside_when_an_interrupted_transfer_goes_on(self):
        resumed = 0
        for number, name in enumerate(self.random.sample(NAMES, 24)):
            with self.subTest(name=name):
                resumed += self.check_resume(name, f"Bob {number}")
            self.clear()
        self.assertGreater(resumed, 0)

    def check_resume(self, name, name_of_receiver):
        """Killed in the middle, continued, and then taken back: only what was made for it may go
        (A9). False when the name was refused."""
        receiver = self.join(name_of_receiver, self.hanna)
        sender = self.reach(name_of_receiver)
        entries = [entry(name), entry(b"zz long.bin", 64 * MIB)]
        transfer = sender.offer(entries)
        if self.outcome(sender, receiver, transfer) is None:
            self.assertEqual(self.clear(), [])
            return False
        self.accept(receiver, transfer, self.root)
        stream = self.open_stream(sender, transfer)
        stream.take_plan(sender.soon())
        stream.send(FILE_END, 0, 0, DIGEST_OF_NOTHING)
        self.send_until_some_is_stored(stream, receiver, transfer)
        receiver.kill()
        stream.close()
        sender.hang_up()
        receiver = self.restart(receiver)
        self.open_stream(sender, transfer).take_plan(sender.soon())
        receiver.send("cancel", transfer=transfer)
        self.take_state(receiver, transfer, "cancelled")
        self.assertEqual(self.clear(), [])
        return True

    def open_stream(self, sender, transfer):
        stream = sender.open_stream(transfer)
        self.addCleanup(stream.close)
        return stream

    def send_until_some_is_stored(self, stream, receiver, transfer):
        """Within the first chunk: its digest is more than this sender can tell."""
        for offset in range(0, 8 * MIB, 64 * KIB):
            stream.send(DATA, 1, offset, bytes(64 * KIB))
            if self.take_state_if_it_comes(
                *(receiver, transfer, UNDER_WAY, 0.05), where=lambda one: one["bytes_done"] > 0
            ):
                return
        raise AssertionError(receiver.story("nothing is stored of 8 MiB"))


class HostileLists(HostileTest):
    """Offers and streams that lie."""

    def setUp(self):
        super().setUp()
        self.bob = self.join("Bob", self.hanna)
        self.eve = self.reach("Bob")

    def check_refused(self, entries, **announced):
        if self.eve.peer is None:
            self.reach("Bob", self.eve)
        transfer = self.eve.offer(entries, **announced)
        self.assertIsNone(self.outcome(self.eve, self.bob, transfer), "it was shown")
        self.assertEqual(self.clear(), [])
        self.assertIsNone(self.bob.process.poll())

    def test_a12_a25_lists_that_collide_or_do_not_add_up_are_refused(self):
        lists = {
            "twice the same": [entry(b"a"), entry(b"a")],
            "twice without case": [entry(b"A"), entry(b"a")],
            "twice when composed": [entry(b"\xc3\xa9"), entry(b"e\xcc\x81")],
            "a file and below it": [entry(b"a"), entry(b"a/b")],
            "a folder of bytes": [entry(b"a", 5, is_folder=True), entry(b"a/b")],
        }
        for what, entries in lists.items():
            with self.subTest(what):
                self.check_refused(entries)
        for announced in (
            *({"files": 2}, {"files": 0}, {"files": 200_001}, {"files": 2**32 - 1}),
            *({"bytes": 1}, {"pages": 0}, {"pages": 9999}),
        ):
            with self.subTest(announced=announced):
                self.check_refused([entry(b"a")], **announced)

    def test_a24_impossible_sizes_are_refused_or_do_not_fit(self):
        for size in (2**62 + 1, 2**63 - 1, 2**63, 2**64 - 1):
            with self.subTest(size=size):
                self.check_refused([entry(b"a", size)])
        with self.subTest("a sum that wraps"):
            self.check_refused([entry(b"a", 2**62), entry(b"b", 2**62)], bytes=0)
        with self.subTest("more than any disk"):
            transfer = self.eve.offer([entry(b"a", 2**61)])
            self.assertIsNotNone(self.outcome(self.eve, self.bob, transfer))
            self.accept(self.bob, transfer, self.root, ref="big")
            self.assertEqual(self.bob.take("error", ref="big")["code"], "disk_full")
            self.assertEqual(self.clear(), [])

    def check_stream(self, send):
        """An accepted offer of two files of 10 bytes, answered with what `send` does."""
        if self.eve.peer is None:
            self.reach("Bob", self.eve)
        transfer = self.eve.offer([entry(b"a", 10), entry(b"b", 10)])
        self.assertIsNotNone(self.outcome(self.eve, self.bob, transfer))
        self.accept(self.bob, transfer, self.root)
        stream = self.eve.open_stream(transfer)
        self.addCleanup(stream.close)
        stream.take_plan(self.eve.soon())
        send(stream)
        self.assertNotEqual(stream.last_word(self.eve.soon()), ALL_DONE)
        stream.close()
        told = self.take_state(self.bob, transfer, "failed", "interrupted")
        self.assertIsNotNone(told["error"])
        self.eve.cancel(transfer)
        if told["state"] == "interrupted":
            self.take_state(self.bob, transfer, "cancelled")
        self.assertEqual(self.clear(), [])
        self.assertIsNone(self.bob.process.poll())

    def test_a11_streams_that_send_something_else_than_offered_end_at_once(self):
        ten = bytes(10)
        wrong_digest = ten + b"x" * 6
        nonsense = {
            "an index that was not offered": lambda s: s.send(DATA, 2, 0, ten),
            "the second file first": lambda s: s.send(DATA, 1, 0, ten),
            "a gap": lambda s: s.send(DATA, 0, 5, bytes(5)),
            "more bytes than announced": lambda s: s.send(DATA, 0, 0, bytes(11)),
            "an end before the bytes": lambda s: s.send(FILE_END, 0, 0, bytes(16)),
            "a wrong digest": lambda s: (
                s.send(DATA, 0, 0, ten),
                s.send(FILE_END, 0, 10, wrong_digest),
            ),
            "an offset far away": lambda s: s.send(DATA, 0, 2**62, ten),
            "an empty block": lambda s: s.send(DATA, 0, 0, b""),
            "a frame of unknown kind": lambda s: s.send(99),
            "the receiver's own words": lambda s: s.send(ALL_DONE),
        }
        for what, send in nonsense.items():
            with self.subTest(what):
                self.check_stream(send)


class SymlinkRace(TransferTest):
    """T5: somebody flips folders of the receiver between folder and link while files arrive."""

    def setUp(self):
        super().setUp()
        self.outside = self.folder / "outside"
        self.outside.mkdir()
        self.ann = self.host("Ann")
        self.bob = self.join("Bob", self.ann)
        self.ann.take("peer_joined")
        self.source = self.folder / "sub"
        for number in range(1000):
            if number % 50 == 0:
                part = self.source / f"part {number // 50}"
                part.mkdir(parents=True)
            (part / f"{number}.txt").write_bytes(self.random.randbytes(self.random.randrange(4000)))
        self.flips = 0
        self.is_over = threading.Event()

    def flip(self, choose):
        """Until the end: away with the folder, a link in its place, and back."""
        while not self.is_over.is_set():
            for path in choose():
                self.flip_once(path)

    def flip_once(self, path):
        """What stands above it may get another name meanwhile: then it has no place any more."""
        aside = self.folder / "aside"
        try:
            path.rename(aside)
            path.symlink_to(self.outside, target_is_directory=True)
            path.unlink()
            aside.rename(path)
            self.flips += 1
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            with contextlib.suppress(OSError):
                aside.rename(path)
            shutil.rmtree(aside, ignore_errors=True)

    def check_race(self, choose):
        """Hands the folder over while others flip, until they had their chance; answers how each
        ended. How often a machine flips while one arrives is its own affair."""
        flipper = threading.Thread(target=self.flip, args=(choose,))
        self.ann.send("limit", up=2 * MIB, down=0)
        ends = []
        flipper.start()
        try:
            while not ends or self.flips < FLIPS_AT_LEAST:
                ends.append(self.hand_over_amid_flips())
        finally:
            self.is_over.set()
            flipper.join(PATIENCE_S)
        self.assertEqual(os.listdir(self.outside), [])
        self.assertIsNone(self.bob.process.poll())
        states = [end.get("state", end["event"]) for end in ends]
        print(f"{self.flips} flips, then {', '.join(states)}")
        return ends

    def hand_over_amid_flips(self):
        transfer = self.offer(self.ann, self.bob, self.source)
        self.accept(self.bob, transfer, ref=transfer)
        ended = self.bob.take_any(
            lambda one: one.get("transfer") == transfer
            and one.get("state") in (*OVER, "interrupted", "paused")
            or one["event"] == "error",
            "end of the race",
            within=60,
        )
        if ended.get("state") not in OVER:
            self.ann.send("cancel", transfer=transfer)
        # What is sent again while it goes on is no new transfer.
        self.take_state(self.ann, transfer, *OVER)
        return ended

    def test_a10_t5_the_folder_of_that_name_flips(self):
        target = self.inbox / "sub"
        target.mkdir()
        for ended in self.check_race(lambda: [target]):
            self.assertEqual(ended.get("state"), "done")
            self.assertEqual(look_of(Path(ended["saved_as"][0])), look_of(self.source))

    def test_a10_t5_every_folder_flips_the_hidden_one_too(self):
        def choose():
            inside = [path for path in self.inbox.iterdir() if path.is_dir()]
            return inside + [one for path in inside for one in path.iterdir() if one.is_dir()]

        def choose_safely():
            try:
                return choose()
            except OSError:
                return []

        self.check_race(choose_safely)


if __name__ == "__main__":
    main()
