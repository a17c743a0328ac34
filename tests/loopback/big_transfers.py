"""Large files, many files, long names: memory stays flat, progress never passes the end (T40).

    big_transfers.py [--seed N] [--gib N] [--files N]

A long run is --gib 64 --files 100000; the file is sparse on the sender's side only.
"""

import os
import shutil
import time
import unicodedata
from pathlib import Path

from lasting import KIB, MIB, OVER, TransferTest, chosen, look_of, main, write_random_file

GIB = 1 << 30
MEMORY_ABOVE_IDLE_MAX = 64 * MIB
IS_SANITIZED = bool(os.environ.get("DROPLINE_SANITIZE"))
BYTES_PER_S_AT_LEAST = 20 * MIB  # only how long a test waits; speed has its own measurements
FILES_PER_S_AT_LEAST = 100

# One word in each of twenty scripts, in the composed form that a name has after safe_name.
SCRIPTS = """
    Latin-Größe Кириллица Ελληνικά Հայերեն ქართული עברית العربية देवनागरी বাংলা தமிழ் తెలుగు ಕನ್ನಡ
    മലയാളം ไทย ລາວ မြန်မာ ភាសាខ្មែរ አማርኛ ひらがな-カタカナ 한국어 简体中文 繁體中文 ᏣᎳᎩ བོད་སྐད
""".split()


class Memory:
    """How far the resident memory of a process has risen above what it was when this began."""

    def __init__(self, program):
        self._process = Path(f"/proc/{program.process.pid}")
        self._idle = self._read("VmRSS")
        (self._process / "clear_refs").write_text("5")  # the peak begins anew

    def _read(self, field):
        for line in (self._process / "status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * KIB
        raise AssertionError(f"no {field}")

    def risen(self):
        return self._read("VmHWM") - self._idle


class BigTransfers(TransferTest):
    def setUp(self):
        super().setUp()
        self.ann = self.host("Ann")
        self.bob = self.join("Bob", self.ann)
        self.ann.take("peer_joined")

    def check_hand_over(self, *sources, within, memory=None):
        """Hands over and checks every event of it; answers the receiver's last one."""
        watched = [(program, Memory(program)) for program in (self.ann, self.bob)]
        transfer = self.offer(self.ann, self.bob, *sources, within=within)
        self.accept(self.bob, transfer)
        deadline = time.monotonic() + within
        last = {}
        for program, risen in watched:
            while last.get(program, {}).get("state") != "done":
                left = deadline - time.monotonic()
                event = program.take("transfer", within=max(left, 0), transfer=transfer)
                self.check_progress(event, last.get(program))
                last[program] = event
            if not IS_SANITIZED:  # they hold freed memory back
                self.assertLess(risen.risen(), memory or MEMORY_ABOVE_IDLE_MAX, program.arguments)
        return last[self.bob]

    def check_progress(self, event, previous):
        self.assertFalse(event["state"] in OVER and event["state"] != "done", event)
        self.assertLessEqual(event["bytes_done"], event["bytes_total"])
        self.assertLessEqual(event["files_done"], event["files_total"])
        if previous:
            self.assertGreaterEqual(event["bytes_done"], previous["bytes_done"])
            self.assertGreaterEqual(event["files_done"], previous["files_done"])

    def test_f6_t40_a_huge_file_with_little_memory(self):
        path = self.folder / "huge.img"
        marks = {}
        with open(path, "wb") as file:
            file.truncate(chosen.gib * GIB + 12345)
            # A few blocks that are not zeros, the last bytes among them.
            for _ in range(32):
                marks[self.random.randrange(chosen.gib * GIB)] = self.random.randbytes(4 * KIB)
            marks[chosen.gib * GIB + 12345 - 5] = b"close"
            for offset, content in sorted(marks.items()):
                file.seek(offset)
                file.write(content)
        size = path.stat().st_size
        if shutil.disk_usage(self.inbox).free < size * 1.1 + GIB:
            self.skipTest(f"this needs {size} bytes on the disk")
        done = self.check_hand_over(path, within=30 + size / BYTES_PER_S_AT_LEAST)
        self.assertEqual(done["bytes_done"], size)
        self.assert_same_content(path, self.inbox / path.name)

    def assert_same_content(self, sent, got):
        """Byte for byte, in pieces."""
        self.assertEqual(got.stat().st_size, sent.stat().st_size)
        with open(sent, "rb") as one, open(got, "rb") as other:
            while block := one.read(4 * MIB):
                self.assertTrue(block == other.read(4 * MIB), f"differs before {one.tell()}")

    def test_f6_t40_thousands_of_small_files(self):
        folder = self.folder / "many"
        for number in range(chosen.files):
            if number % 1000 == 0:
                part = folder / f"{number // 1000:03}"
                part.mkdir(parents=True)
            (part / f"{number}.txt").write_bytes(self.random.randbytes(KIB))
        within = 30 + chosen.files / FILES_PER_S_AT_LEAST
        done = self.check_hand_over(folder, within=within)
        self.assertEqual(done["files_done"], done["files_total"])
        self.assert_arrived({folder.name: look_of(folder)})

    def make_strange_tree(self):
        top = self.folder / "所有文字 top"
        top.mkdir()
        for word in SCRIPTS:
            name = unicodedata.normalize("NFC", word)
            (top / name).mkdir()
            write_random_file(top / name / f"{name}.txt", 100, self.random)
        (top / "empty").touch()
        (top / ("n" * 251 + ".txt")).write_text("255 bytes of name")
        (top / ("é" * 125 + ".bin")).write_text("254 bytes of name")
        (top / ("😀" * 62 + ".png")).write_text("252 bytes of name")
        (top / ("d" * 255)).mkdir()
        (top / ("d" * 255) / "inside").write_text("a folder with a long name")
        deep = top.joinpath(*(["d"] * 30))
        deep.mkdir(parents=True)
        (deep / "32").write_text("as deep as may be")
        (top / "nothing" / "in" / "here").mkdir(parents=True)
        (top / "run me.sh").write_text("#!/bin/sh\n")
        (top / "run me.sh").chmod(0o755)
        return top

    def test_a23_t40_names_in_many_scripts_long_names_deep_folders_empty_files(self):
        top = self.make_strange_tree()
        self.check_hand_over(top, within=60)
        self.assert_arrived({top.name: look_of(top)})

    def test_a23_single_files_with_the_longest_names(self):
        names = ["n" * 255, "n" * 250 + ".part", "é" * 127, "😀" * 62 + ".png"]
        for name in names:
            (self.folder / name).write_bytes(self.random.randbytes(3000))
        sources = [self.folder / name for name in names]
        done = self.check_hand_over(*sources, within=60)
        self.assertEqual(sorted(map(os.path.basename, done["saved_as"])), sorted(names))
        self.assert_arrived({path.name: look_of(path) for path in sources})

    def test_folders_and_files_in_one_go_and_the_same_again_is_skipped(self):
        one = self.make_strange_tree()
        two = self.folder / "second"
        (two / "a").mkdir(parents=True)
        write_random_file(two / "a" / "b.bin", 2 * MIB, self.random)
        three = write_random_file(self.folder / "third.bin", MIB + 1, self.random)
        self.check_hand_over(one, two, three, within=60)
        wanted = {path.name: look_of(path) for path in (one, two, three)}
        self.assert_arrived(wanted)
        again = self.check_hand_over(three, within=60)
        self.assertEqual(again["files_skipped"], 1)
        self.assert_arrived(wanted)

    def test_a8_what_is_no_file_is_left_out_and_counted(self):
        top = self.folder / "with links"
        top.mkdir()
        (top / "real.txt").write_text("real")
        (top / "link").symlink_to("/etc/passwd")
        (top / "loop").symlink_to(".")
        os.mkfifo(top / "pipe")
        self.ann.send("send", to="Bob", paths=[str(top)], ref="s")
        offered = self.ann.take("transfer", ref="s", state="offered")
        offer = self.bob.take("offer", transfer=offered["transfer"])
        self.assertEqual(offer["left_out"], 3)
        self.accept(self.bob, offer["transfer"])
        self.take_state(self.bob, offer["transfer"], "done")
        wanted = look_of(top)
        self.assert_arrived({top.name: {"real.txt": wanted["real.txt"]}})


if __name__ == "__main__":
    main(gib=5, files=5000)
