"""What a contestant is, and the rounds in which all of them take their turns."""

import filecmp
import os
import shutil
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

import machine
from processes import RunFailed


@dataclass
class Ground:
    """Where a contest takes place."""

    scratch: Path  # on the disk; logs, keys, settings
    sources: Path  # on the disk; what is sent
    certificate: Path
    key: Path
    dropline: Path
    tls_loop: Path
    destinations: dict  # "disk" or "tmpfs" to the folder there

    def log(self, name):
        folder = self.scratch / "logs"
        folder.mkdir(exist_ok=True)
        return folder / f"{name}.log"


@dataclass
class Run:
    """One hand-over, both sides done. Memory is what each took at most beyond its idle size; None
    where there is nobody or nobody looked."""

    seconds: float
    sender_cpu_s: float
    receiver_cpu_s: float | None = None
    relay_cpu_s: float | None = None
    memory: tuple = (None, None, None)  # bytes: sender, receiver, relay
    progress: list = field(default_factory=list)  # (seconds, files done), where it is told


class Contestant:
    """Hands over files or folders. `start` may begin servers, each registered with the stack."""

    name = ""

    def start(self, ground, stack):
        """Once, before the first round."""

    def run(self, ground, sources, into):
        """Copies every source into the folder under its own name; returns a Run."""
        raise NotImplementedError


@dataclass
class Entry:
    contestant: Contestant
    runs: list = field(default_factory=list)  # one per round; None where it failed
    failure: str = ""

    @property
    def name(self):
        return self.contestant.name

    @property
    def good(self):
        return [run for run in self.runs if run]

    def median(self, value):
        """None where the runs do not have it."""
        values = [value(run) for run in self.good]
        return None if None in values else statistics.median(values)


def hold(ground, contestants, sources, destination, rounds, stack):
    """A B C A B C ...; a contestant that fails once is left out from then on, and says why."""
    entries = []
    for contestant in contestants:
        entry = Entry(contestant)
        entries.append(entry)
        attempt(entry, lambda: contestant.start(ground, stack))
    for round_number in range(1, rounds + 1):
        for entry in entries:
            if entry.failure:
                entry.runs.append(None)
                continue
            say(f"{destination}, round {round_number} of {rounds}: {entry.name}")
            is_first = not entry.good
            attempt(entry, lambda: one_turn(ground, entry, sources, destination, is_first))
            if entry.failure:
                entry.runs.append(None)
    return entries


def one_turn(ground, entry, sources, destination, compares):
    into = ground.destinations[destination] / "into"
    into.mkdir()
    try:
        for source in sources:
            machine.read_into_cache(source)
        machine.warm_page_pool(sum(size_of(source) for source in sources))
        run = entry.contestant.run(ground, sources, into)
        check_copies(sources, into, compares)
        entry.runs.append(run)
    finally:
        shutil.rmtree(into)


def attempt(entry, act):
    try:
        act()
    except (RunFailed, OSError, AssertionError) as problem:
        entry.failure = " ".join(str(problem).split())[:400]
        say(f"{entry.name} is out: {entry.failure}")


def size_of(path):
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def check_copies(sources, into, compares):
    unexpected = {each.name for each in into.iterdir()} - {source.name for source in sources}
    if unexpected:
        raise RunFailed(f"it left {', '.join(sorted(unexpected)[:3])} behind")
    for source in sources:
        check_copy(source, into / source.name, compares)


def check_copy(source, copy, compares):
    """Sizes always; every byte where asked, which takes longer than many a run."""
    if not copy.exists():
        raise RunFailed(f"{copy.name} did not arrive")
    if source.is_dir():
        check_folder(source, copy, compares)
    elif copy.stat().st_size != source.stat().st_size:
        raise RunFailed(f"{copy.name} arrived with {copy.stat().st_size} bytes")
    elif compares and not filecmp.cmp(source, copy, shallow=False):
        raise RunFailed(f"{copy.name} arrived with other bytes")


def check_folder(source, copy, compares):
    names = {each.relative_to(source) for each in source.rglob("*")}
    copied = {each.relative_to(copy) for each in copy.rglob("*")}
    if names != copied:
        raise RunFailed(f"{len(copied)} entries arrived of {len(names)}")
    if compares:
        for name in names:
            if (source / name).is_file():
                check_copy(source / name, copy / name, compares=True)


def say(text):
    print(f"    {text}", file=sys.stderr, flush=True)


# ---- What is sent --------------------------------------------------------------------------------


def write_random_file(path, byte_count):
    """Not compressible, so that no contestant gains by trying."""
    with open(path, "wb") as file:
        left = byte_count
        while left > 0:
            left -= file.write(os.urandom(min(left, 4 * machine.MIB)))
        os.fsync(file.fileno())


def write_tree(folder, files, file_bytes, files_per_folder=200):
    for number in range(files):
        parent = folder / f"{number // files_per_folder:04}"
        if number % files_per_folder == 0:
            parent.mkdir(parents=True)
        (parent / f"{number:06}.bin").write_bytes(os.urandom(file_bytes))
