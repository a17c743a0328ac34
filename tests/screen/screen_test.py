"""What the tests of the real window share: a screen each, real windows on it, and headless members.

Nothing is tried twice. When a test fails, its screenshot stays in the folder DROPLINE_PICTURES and
everything readable on it is printed.
"""

import os
import shutil
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "loopback"))

from person import Person, side_by_side
from program import PROGRAM, RoomTest
from screen import Screen, missing_programs

SKIPPED = 77
PICTURES = Path(os.environ.get("DROPLINE_PICTURES", "."))


class ScreenTest(RoomTest):
    """One window takes most of the screen; `beside` is free for a file manager."""

    width, height = 1500, 760

    def setUp(self):
        super().setUp()
        self.people = []
        self.screen = Screen(self.width, self.height, self.folder / "screen")
        self.addCleanup(self.screen.close)
        self.window_box, self.beside = side_by_side(2, self.width, self.height)

    def run(self, result=None):
        self.result = result
        return super().run(result)

    def tearDown(self):
        if any(test is self for test, _ in self.result.failures + self.result.errors):
            self._report()
        super().tearDown()

    def _report(self):
        PICTURES.mkdir(parents=True, exist_ok=True)
        picture = PICTURES / f"{self.id().replace('__main__.', '')}.png"
        self.screen.screenshot(picture)
        print(f"\nThe screen when it failed: {picture.resolve()}", file=sys.stderr)
        for person in self.people:
            print(person.story(), file=sys.stderr)

    # ---- People ----------------------------------------------------------------------------------

    def person(self, name, *arguments, box=None):
        """Somebody in front of a window that runs with these arguments; waits for the room."""
        person = Person(self.screen, PROGRAM, name, box or self.window_box)
        self.people.append(person)
        person.open(*arguments)
        person.wait_for_room()
        return person

    def take_file(self, member, name, content):
        """A headless member takes what they are offered."""
        offer = member.take("offer", name=name)
        into = self.folder / "received"
        into.mkdir()
        member.send("accept", transfer=offer["transfer"], into=str(into))
        member.take("transfer", state="done")
        self.assertEqual((into / name).read_bytes(), content)

    def window_joins(self, host, name="Maria", box=None):
        return self.person(name, "join", host.address, box=box)

    def window_hosts(self, name="Maria", *extra, box=None):
        at = ["--port", "0", "--bind", "127.0.0.1"]
        person = self.person(name, "host", *at, *extra, box=box)
        ports = listening_ports(person.process.pid)
        self.assertEqual(len(ports), 1, ports)
        person.address = f"127.0.0.1:{ports[0]}"
        return person


def listening_ports(pid):
    return sorted({port for _, port in listening_at(pid)})


def listening_at(pid):
    """Where a process listens for TCP, from /proc: the address as the kernel writes it, the port."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[len("socket:[") : -1])
    places = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].rsplit(":", 1)
                places.add((address, int(port, 16)))
    return places


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    # However this ends, the screen is taken down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not PROGRAM:
        raise SystemExit("set DROPLINE to the path of the program")
    if shutil.which("Xvfb") is None:
        print("Xvfb is missing: there is no screen to test the window on")
        raise SystemExit(SKIPPED)
    missing = missing_programs()
    if missing:
        raise SystemExit(f"these programs are missing: {' '.join(missing)}")
    unittest.main(verbosity=2)
