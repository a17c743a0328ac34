"""What the tests of transfers that outlive their connections and processes have in common.

Every script that uses it takes --seed N and prints the seed it runs with; whatever is random there
is drawn from `self.random`, which that seed and the name of the test determine.
"""

import argparse
import hashlib
import os
import random
import stat
import sys
import time
from pathlib import Path

import program
from program import PATIENCE_S, RoomTest

KIB = 1 << 10
MIB = 1 << 20
# What may travel twice for each interruption (design.md, section 5: at most one chunk).
CHUNK_BYTES = 8 * MIB
UNDER_WAY = ("active", "verifying", "paused")
OVER = ("done", "declined", "cancelled", "failed")

chosen = argparse.Namespace()


def main(**options):
    """`options`: further ones of the command line with their defaults; kills=60 is --kills N."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    for name, default in options.items():
        if isinstance(default, bool):
            parser.add_argument(f"--{name}", action="store_true", default=default)
        else:
            parser.add_argument(f"--{name}", type=int, default=default)
    _, rest = parser.parse_known_args(namespace=chosen)
    sys.argv[1:] = rest
    print(f"seed {chosen.seed}", file=sys.stderr, flush=True)
    program.main()


# ---- What lies on a disk -------------------------------------------------------------------------


def look_of(path):
    """Comparable with ==: the content and execute bit of a file, or all that a folder holds.

    Times of folders are left out; those of files are compared to the second.
    """
    status = os.lstat(path)
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        is_executable = bool(status.st_mode & stat.S_IXUSR)
        return ("file", status.st_size, digest, is_executable, int(status.st_mtime))
    if stat.S_ISDIR(status.st_mode):
        return {entry.name: look_of(entry.path) for entry in os.scandir(path)}
    if stat.S_ISLNK(status.st_mode):
        return ("link", os.readlink(path))
    return ("other", stat.S_IFMT(status.st_mode))


def bytes_in(path):
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())


def write_random_file(path, size, chance):
    """Not compressible and not repeating, so that a misplaced block cannot go unnoticed."""
    with open(path, "wb") as file:
        while size > 0:
            file.write(chance.randbytes(min(size, MIB)))
            size -= MIB
    return path


def write_random_tree(path, chance, files, bytes_per_file_max):
    """Folders in folders, an empty one, empty files, files with the execute bit."""
    folders = [path]
    path.mkdir()
    for number in range(max(2, files // 20)):
        folder = chance.choice(folders) / f"folder {number} 文件夹"
        folder.mkdir()
        folders.append(folder)
    (chance.choice(folders) / "empty folder").mkdir()
    for number in range(files):
        size = chance.choice([0, 1, bytes_per_file_max, chance.randrange(bytes_per_file_max)])
        file = write_random_file(chance.choice(folders) / f"{number} ñ.bin", size, chance)
        file.chmod(chance.choice([0o644, 0o600, 0o755]))
        # In the past, so that a time that was not carried over cannot be right by chance.
        os.utime(file, (1_600_000_000 + number, 1_500_000_000 + number))
    return path


# ---- Journeys ------------------------------------------------------------------------------------


class TransferTest(RoomTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(f"{chosen.seed} {self.id()}")
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()

    def name_of(self, program):
        """What the others call the person."""
        told = program.joined if hasattr(program, "joined") else program.hosting
        return told["self"]["name"]

    def wait_until_sees(self, program, other, within=2 * PATIENCE_S):
        """Until the other person is in the room as this one knows it."""
        name = self.name_of(other)
        deadline = time.monotonic() + within
        while name not in [one["name"] for one in program.answer_barrier()["peers"]]:
            if time.monotonic() > deadline:
                raise AssertionError(program.story(f"{name} did not come"))
            program.take_if_it_comes(
                lambda event: event["event"] in ("joined", "peer_joined"), within=1
            )

    def offer(self, sender, receiver, *paths, within=PATIENCE_S):
        """Offers the paths; answers the id once the receiver has the offer."""
        ref = f"send {time.monotonic_ns()}"
        to = self.name_of(receiver)
        sender.send("send", to=to, paths=[str(path) for path in paths], ref=ref)
        offered = sender.take("transfer", within=within, ref=ref, state="offered")
        return receiver.take("offer", within=within, transfer=offered["transfer"])["transfer"]

    def accept(self, receiver, transfer, into=None, **fields):
        receiver.send("accept", transfer=transfer, into=str(into or self.inbox), **fields)

    def hand_over(self, sender, receiver, *paths, into=None):
        transfer = self.offer(sender, receiver, *paths)
        self.accept(receiver, transfer, into)
        return transfer

    def take_state(self, program, transfer, *states, within=PATIENCE_S, where=None):
        """The next event that tells one of these states. One that tells a bad end is no patience
        worth: it fails the test at once, unless it was among the states."""
        event = self.take_state_if_it_comes(program, transfer, states, within, where)
        if event is None:
            raise AssertionError(program.story(f"{transfer} never was {' or '.join(states)}"))
        return event

    def take_state_if_it_comes(self, program, transfer, states, within, where=None):
        """As take_state, but None when it did not come within so many seconds."""

        def is_wanted_or_over(event):
            if event["event"] != "transfer" or event["transfer"] != transfer:
                return False
            if event["state"] in states:
                return where is None or where(event)
            return event["state"] in OVER

        event = program.take_if_it_comes(is_wanted_or_over, within)
        if event is not None:
            self.assertIn(event["state"], states, f"{program.arguments}: {event}")
        return event

    def take_progress(self, program, transfer, bytes_done, within=PATIENCE_S):
        """The first event that tells so many stored bytes, or the good end."""
        return self.take_state(
            *(program, transfer, *UNDER_WAY, "done"),
            within=within,
            where=lambda event: event["state"] == "done" or event["bytes_done"] >= bytes_done,
        )

    def listed(self, program, transfer):
        """What `transfers` says about it now, or None when it says nothing."""
        ref = f"listed {time.monotonic_ns()}"
        program.send("transfers", ref=ref)
        for entry in program.take("transfers", ref=ref)["transfers"]:
            if entry["transfer"] == transfer:
                return entry
        return None

    def assert_never_wrong(self, wanted, inbox=None):
        """At any moment: a final name is not there, or stands for the whole; the rest is hidden
        or called NAME.part. `wanted` is the look of each name at the top."""
        inbox = Path(inbox or self.inbox)
        for name in os.listdir(inbox):
            if name in wanted:
                self.assertEqual(look_of(inbox / name), wanted[name], f"{name} is not whole")
                continue
            is_unfinished = name.startswith(".") or (
                name.endswith(".part") and name.removesuffix(".part") in wanted
            )
            self.assertTrue(is_unfinished, f"{name} looks finished and is not what was sent")

    def assert_arrived(self, wanted, inbox=None):
        """At the end: everything under its name, and nothing else."""
        self.assertEqual(look_of(inbox or self.inbox), wanted)
