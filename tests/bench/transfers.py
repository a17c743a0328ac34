"""One big file, four at once, and many small ones: the contests and the tables they end in."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import contest
import loops
import machine
import programs
from dropline import Dropline, DroplineSend
from table import Table, number, paired_ratio, quantile, spread

SMALL_FILE_BYTES = 4096


# ---- One file, and four at once ------------------------------------------------------------------


def one_file(ground, plan):
    """One file, page cache to file, onto the disk and into memory, against everybody."""
    contestants = [
        Dropline("direct"),
        Dropline("relayed"),
        DroplineSend(),
        loops.tls_loop(),
        loops.synced_tls_loop(),
        loops.plain_loop(),
        programs.NginxAndCurl(),
        programs.Socat(),
        programs.RsyncDaemon(),
        programs.Scp(),
        programs.Wormhole(),
        programs.DiskAlone(),
    ]
    with sources_of(ground, 1, plan.file_bytes) as sources:
        for kind in ground.destinations:
            entries = contend(ground, plan, contestants, sources, kind)
            title = f"One file of {size_text(plan.file_bytes)}, to {kind}"
            table = speed_table(title, entries, plan.file_bytes)
            for name, target in (
                ("TLS loop", 1.0), ("scp", 2.5), ("nginx, curl", 1.3), ("magic-wormhole", 3.0)
            ):
                note_target(table, entries, "dropline, direct", name, target)
            for name in ("TLS loop, fsync", programs.DiskAlone.name):
                note_ratio(table, entries, "dropline, direct", name)
            note_target(table, entries, "dropline, relayed", "dropline, direct", 0.6)
            yield f"file-{kind}", table


def four_files(ground, plan):
    """The same bytes as four files at once."""
    contestants = [Dropline("direct"), Dropline("relayed"), loops.tls_loop()]
    part = plan.file_bytes // 4
    with sources_of(ground, 4, part) as sources:
        for kind in ground.destinations:
            entries = contend(ground, plan, contestants, sources, kind)
            title = f"Four files of {size_text(part)} at once, to {kind}"
            table = speed_table(title, entries, 4 * part)
            note_target(table, entries, "dropline, direct", "TLS loop", 1.0)
            note_target(table, entries, "dropline, relayed", "dropline, direct", 0.6)
            yield f"four-{kind}", table


def speed_table(title, entries, byte_count):
    gib = byte_count / machine.GIB
    return rate_table(title, entries, byte_count / 1e6, "MB/s", "CPU s/GiB", gib)


def rate_table(title, entries, amount, rate_unit, cpu_unit, cpu_per):
    """`amount` moved in each run; CPU seconds are told for each of `cpu_per` parts of it."""
    columns = ["", rate_unit, "range", f"{cpu_unit}: sender", "receiver", "relay"]
    columns += ["MiB above idle: sender", "receiver", "relay"]
    table = Table(title, columns)
    for entry in entries:
        if not entry.good:
            table.add(entry.name, "failed", *[""] * 7)
            continue
        rates = [amount / run.seconds for run in entry.good]
        middle = amount / entry.median(lambda run: run.seconds)
        table.add(
            entry.name, number(middle), spread(rates), *cpu_cells(entry, cpu_per),
            *memory_cells(entry),
        )
    note_failures(table, entries)
    return table


def cpu_cells(entry, units):
    values = [
        entry.median(lambda run: run.sender_cpu_s),
        entry.median(lambda run: run.receiver_cpu_s),
        entry.median(lambda run: run.relay_cpu_s),
    ]
    return ["" if value is None else number(value / units, 2) for value in values]


def memory_cells(entry):
    """The most of all rounds: a limit is kept always or not at all."""
    sides = zip(*(run.memory for run in entry.good))
    return [
        "" if None in values else number(max(values) / machine.MIB, 1) for values in sides
    ]


# ---- Small files ---------------------------------------------------------------------------------


def small_files(ground, plan):
    """A folder of small files into memory, against everybody who can."""
    contestants = [
        Dropline("direct"),
        Dropline("relayed"),
        programs.Cp(),
        programs.TarThroughSocat(),
        programs.RsyncDaemon(),
        programs.Scp("scp -r"),
        programs.Scp("scp -r, old protocol", "-O"),
    ]
    with tree_of(ground, plan.small_files) as folder:
        entries = contend(ground, plan, contestants, [folder], "tmpfs")
    table = files_table(f"{plan.small_files:,} files of 4 KiB, to tmpfs", entries, plan.small_files)
    note_target(table, entries, "dropline, direct", RSYNC, 1.0)
    note_target(table, entries, "dropline, direct", "scp -r", 15)
    yield "folder", table


RSYNC = programs.RsyncDaemon.name


def many_files(ground, plan):
    """Five times as many, dropline alone: does the end go as fast as the beginning?"""
    count = 5 * plan.small_files
    with tree_of(ground, count) as folder:
        entries = contend(ground, plan, [Dropline("direct")], [folder], "tmpfs")
    table = files_table(f"{count:,} files of 4 KiB, to tmpfs", entries, count)
    runs = entries[0].good if entries else []
    ratios = [tenths_ratio([*run.progress, (run.seconds, count)], count) for run in runs]
    ratios = [ratio for ratio in ratios if ratio]
    if ratios:
        middle = quantile(ratios, 0.5)
        table.note(
            f"Rate of the last tenth of the files against the first: {middle:.2f} "
            f"({spread(ratios, 2)}); target 1."
        )
    elif runs:
        table.note("Too few reports of progress to compare the last tenth with the first.")
    yield "many", table


def files_table(title, entries, count):
    return rate_table(title, entries, count, "files/s", "CPU s", 1)


def tenths_ratio(progress, count):
    """How fast the last tenth went, as a multiple of the first; None where too little was told."""
    points = distinct(progress)
    if len(points) < 4:
        return None
    first = moment_of(points, count / 10)
    last = moment_of(points, count) - moment_of(points, count * 9 / 10)
    return first / last if last > 0 else None


def distinct(points):
    """The first moment of each number of files, in order."""
    kept = []
    for moment, files in points:
        if not kept or files > kept[-1][1]:
            kept.append((moment, files))
    return kept


def moment_of(points, files):
    """When so many files were done, on the line between the two reports around it."""
    for (early, fewer), (late, more) in zip(points, points[1:]):
        if more >= files:
            return early + (late - early) * (files - fewer) / (more - fewer)
    return points[-1][0]


# ---- Common to all -------------------------------------------------------------------------------


def contend(ground, plan, contestants, sources, kind):
    wanted = [each for each in contestants if plan.wants(each.name)]
    with ExitStack() as stack:
        return contest.hold(ground, wanted, sources, kind, plan.rounds, stack)


class sources_of:
    """Files of random bytes in the folder of sources; gone afterwards."""

    def __init__(self, ground, count, byte_count):
        self._paths = [ground.sources / f"source-{number}.bin" for number in range(1, count + 1)]
        self._bytes = byte_count

    def __enter__(self):
        contest.say(f"writing {len(self._paths)} × {size_text(self._bytes)} of random bytes")
        for path in self._paths:
            contest.write_random_file(path, self._bytes)
        return self._paths

    def __exit__(self, *_):
        for path in self._paths:
            path.unlink(missing_ok=True)


class tree_of:
    """A folder of small files; on tmpfs, so that reading them is as cheap for all."""

    def __init__(self, ground, files):
        self._parent = tempfile.TemporaryDirectory(dir=ground.destinations["tmpfs"])
        self._files = files

    def __enter__(self):
        contest.say(f"writing {self._files:,} files of 4 KiB")
        folder = Path(self._parent.name) / "folder"
        contest.write_tree(folder, self._files, SMALL_FILE_BYTES)
        return folder

    def __exit__(self, *_):
        self._parent.cleanup()


def note_target(table, entries, ours, theirs, target):
    note_ratio(table, entries, ours, theirs, f" (target ≥ {target:g})")


def note_ratio(table, entries, ours, theirs, target=""):
    """Ratios are taken within a round: what slows the machine then slows both."""
    found = {entry.name: entry for entry in entries}
    if ours not in found or theirs not in found:
        return
    ratio = paired_ratio(speeds(found[ours]), speeds(found[theirs]))
    if ratio is not None:
        table.note(f"{ours} against {theirs}: {ratio:.2f}{target}")


def speeds(entry):
    return [1 / run.seconds if run else None for run in entry.runs]


def note_failures(table, entries):
    for entry in entries:
        if entry.failure:
            table.note(f"{entry.name} failed: {entry.failure}")


def size_text(byte_count):
    if byte_count % machine.GIB == 0:
        return f"{byte_count // machine.GIB} GiB"
    return f"{byte_count // machine.MIB} MiB"
