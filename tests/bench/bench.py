"""How fast dropline is, against other programs in the same run. README.md beside this says more.

    bench.py --dropline FILE --tls-loop FILE --results FOLDER [NAME...] [--quick] [--rounds N]
             [--size MIB] [--files N] [--only START]

Without a NAME all of them run. It never fails on a number: it ends with 0 when it could measure.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import machine
from contest import Ground
from processes import adopt_orphans

QUICK = {"size": 64, "files": 500, "rounds": 2}
FULL = {"size": 2048, "files": 20_000, "rounds": 5}


@dataclass
class Plan:
    file_bytes: int
    small_files: int
    rounds: int
    only: list

    def wants(self, name):
        return not self.only or name.startswith(tuple(self.only))


def main():
    options = parse()
    network = machine.enter_own_network()
    adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.environ["DROPLINE"] = str(options.dropline)
    try:
        measure(options, network)
    except machine.Unsuitable as problem:
        sys.exit(f"bench: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(benches_help()))
    parser.add_argument("--dropline", type=absolute, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--tls-loop", type=absolute, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=absolute, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="small sizes: does it work at all?")
    parser.add_argument("--rounds", type=int, metavar="N")
    parser.add_argument("--size", type=int, metavar="MIB", help="of the big file")
    parser.add_argument("--files", type=int, metavar="N", help="how many small ones")
    parser.add_argument("--only", action="append", default=[], metavar="START",
                        help="only contestants whose name begins so; may be repeated")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHES:
            parser.error(f"there is no bench '{name}'; there are {', '.join(BENCHES)}")
    usual = QUICK if options.quick else FULL
    for name, value in usual.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
        if getattr(options, name) < 1:
            parser.error(f"--{name} begins at 1")
    return options


def absolute(text):
    """The contestants run in folders of their own."""
    return Path(text).resolve()


def measure(options, network):
    plan = Plan(options.size * machine.MIB, options.files, options.rounds, options.only)
    options.results.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        ground = prepare(options, plan, stack)
        head = describe(options, network, ground)
        print(head, flush=True)
        for name in options.names or BENCHES:
            for file_name, table in load_bench(name)(ground, plan):
                table.note(f"Load of the machine at the end (1, 5, 15 min): {machine.load_text()}")
                print(f"\n{table.as_text()}", flush=True)
                save(options.results, file_name, head, table)
    print(f"\nSaved in {options.results}")


def save(folder, name, head, table):
    (folder / f"{name}.txt").write_text(f"{head}\n\n{table.as_text()}")
    (folder / f"{name}.md").write_text(table.as_markdown())


# ---- The ground ----------------------------------------------------------------------------------


def prepare(options, plan, stack):
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.results)))
    folders = {name: scratch / name for name in ("sources", "keys", "disk")}
    for folder in folders.values():
        folder.mkdir()
    destinations = {"disk": folders["disk"]}
    if machine.file_system_of("/dev/shm") == "tmpfs":
        memory = stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm"))
        destinations["tmpfs"] = Path(memory)
    else:
        raise machine.Unsuitable("/dev/shm is no tmpfs here")
    # A source, a copy, and what a receiver insists on keeping free.
    for place in destinations.values():
        must_have_room(place, 2 * plan.file_bytes + 2 * machine.GIB)
    certificate, key = make_certificate(folders["keys"])
    return Ground(
        scratch, folders["sources"], certificate, key, options.dropline, options.tls_loop,
        destinations,
    )


def must_have_room(folder, byte_count):
    free = shutil.disk_usage(folder).free
    if free < byte_count:
        raise machine.Unsuitable(
            f"{folder} has {free / machine.GIB:.1f} GiB free, and {byte_count / machine.GIB:.1f} "
            "are needed; a smaller --size needs less"
        )


def make_certificate(folder):
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=20,
    )
    return certificate, key


def describe(options, network, ground):
    version = machine.version_of
    programs = {
        "dropline": version(options.dropline, "--version"),
        "OpenSSL": version("openssl", "version"),
        "OpenSSH": version("ssh", "-V", pattern=r"\d+\.\d+p\d+"),
        "nginx": version("/usr/sbin/nginx", "-v"),
        "curl": version("curl", "--version"),
        "rsync": version("rsync", "--version"),
        "socat": version("socat", "-V"),
        "tar": version("tar", "--version"),
        "magic-wormhole": version("wormhole", "--version"),
    }
    disk = machine.file_system_of(ground.destinations["disk"])
    return "\n".join([
        f"Machine   {machine.processor()}, {machine.memory_text()}, {machine.system()}",
        f"Programs  {', '.join(f'{name} {found}' for name, found in programs.items() if found)}",
        f"Network   {network}; disk: {disk}",
        f"Rounds    {options.rounds}, in turns; load (1, 5, 15 min): {machine.load_text()}; "
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC",
    ])


# ---- What can be measured ------------------------------------------------------------------------

# Module and function, loaded when DROPLINE is set: what drives the program reads it on loading.
BENCHES = {
    "file": ("transfers", "one_file", "one big file, against everybody"),
    "four": ("transfers", "four_files", "four at once"),
    "folder": ("transfers", "small_files", "20,000 small files, against everybody"),
    "many": ("transfers", "many_files", "100,000 small files"),
    "chat": ("chat", "chat_beside_transfer", "a message's way beside a transfer"),
}


def benches_help():
    return [f"{name}: {what}" for name, (_, _, what) in BENCHES.items()]


def load_bench(name):
    sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "loopback"))
    module, function, _ = BENCHES[name]
    return getattr(__import__(module), function)


if __name__ == "__main__":
    main()
