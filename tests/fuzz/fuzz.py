"""Runs the fuzz targets of a `fuzz` build, and says how far their inputs reach.

For `./dev fuzz`; Python's standard library only. What breaks a promise is kept in build/fuzz/finds/
with the command that shows it again; what reaches new code, in build/fuzz/corpus/, where the next
run begins. Once it is mended, what was found goes to tests/fuzz/corpus/TARGET/ under a name that
says what it was.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COVERED_PERCENT_MIN = 85
# A machine may be ten times slower than ours, and sanitizers are slow; a hang is longer than that.
INPUT_SECONDS_MAX = 20
INPUTS_WITH_SEED_MAX = 100_000
MEMORY_MIB_MAX = 512
# One allocation: inputs are a few KiB, and protobuf multiplies by 40 at most; but of a message inside
# another it believes the length of a string, and sets aside up to 50 MB that it never touches.
ALLOCATION_MIB_MAX = 64


def say(text):
    print(f"==> {text}", flush=True)


class Fuzzer:
    """The program of all targets, and the folders beside it."""

    def __init__(self, build):
        self.program = build / "fuzz"
        self.corpus = build / "corpus"
        self.finds = build / "finds"
        self.profiles = build / "profiles"
        self.parsers = (build / "parser_sources").read_text().split()
        self.seeds = build / "seeds"
        for folder in (self.seeds, self.profiles):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self.finds.mkdir(exist_ok=True)
        listed = subprocess.run([self.program, f"--write-seeds={self.seeds}"], check=True,
                                capture_output=True, text=True, env=self.environment("seeds"))
        self.bytes_max = dict(line.split() for line in listed.stdout.splitlines())

    def environment(self, name):
        # Freed memory that AddressSanitizer holds back counts as memory in use.
        return dict(os.environ, LLVM_PROFILE_FILE=str(self.profiles / f"{name}.profraw"),
                    ASAN_OPTIONS="quarantine_size_mb=32")

    def inputs(self, target):
        """Folders of what is known: the target's own seeds, and what once broke a promise."""
        return [folder for folder in (self.seeds / target, HERE / "corpus" / target)
                if folder.is_dir()]

    def run(self, target, *arguments):
        words = [str(self.program), f"--target={target}", *map(str, arguments),
                 f"-max_len={self.bytes_max[target]}", f"-timeout={INPUT_SECONDS_MAX}",
                 f"-rss_limit_mb={MEMORY_MIB_MAX}", f"-malloc_limit_mb={ALLOCATION_MIB_MAX}",
                 f"-artifact_prefix={self.finds / target}-", "-print_final_stats=1"]
        return subprocess.run(words, capture_output=True, text=True, errors="replace",
                              env=self.environment(target))

    def fuzz(self, target, seconds, seed):
        """True when every promise held. `seed`: where chance begins; 0 is another each time."""
        grown = self.corpus / target
        grown.mkdir(parents=True, exist_ok=True)
        # A faster machine would otherwise come to inputs that no slower one has seen.
        runs = INPUTS_WITH_SEED_MAX if seed else -1
        done = self.run(target, f"-max_total_time={seconds}", f"-seed={seed}", f"-runs={runs}",
                        grown, *self.inputs(target))
        if done.returncode == 0:
            stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
            print(f"    {target:<16} {int(stats['number_of_executed_units']):>10,} inputs, "
                  f"{int(stats['new_units_added']):>5,} new, "
                  f"{int(stats['peak_rss_mb']):>4} MiB", flush=True)
            return True
        print(f"    {target:<16} broke a promise:\n{done.stderr[-6000:]}", flush=True)
        for find in re.findall(r"Test unit written to (\S+)", done.stderr):
            print(f"    to see it again: {self.program} --target={target} {find}", flush=True)
        return False

    def covered_lines(self):
        """{source: (covered, all)} over the inputs that are known without fuzzing."""
        for target in self.bytes_max:
            done = self.run(target, "-runs=0", *self.inputs(target))
            if done.returncode != 0:
                sys.exit(f"{target} breaks a promise on a known input:\n{done.stderr[-6000:]}")
        merged = self.profiles / "all.profdata"
        subprocess.run(["llvm-profdata", "merge", "-sparse", "-o", merged,
                        *self.profiles.glob("*.profraw")], check=True)
        shown = subprocess.run(["llvm-cov", "export", "-summary-only", f"-instr-profile={merged}",
                                self.program], check=True, capture_output=True, text=True)
        lines = {}
        for file in json.loads(shown.stdout)["data"][0]["files"]:
            # Relative to the build folder where ccache shares objects between clones.
            source = os.path.normpath(self.program.parent / file["filename"])
            if source in self.parsers:
                summary = file["summary"]["lines"]
                lines[source] = (summary["covered"], summary["count"])
        return lines


def report_coverage(fuzzer, root):
    say("Lines of the parsers that the seeds and the kept inputs reach")
    lines = fuzzer.covered_lines()
    missing = set(fuzzer.parsers) - set(lines)
    if missing:
        sys.exit(f"no coverage is known of {', '.join(sorted(missing))}")
    for source, (covered, count) in sorted(lines.items()):
        print(f"    {Path(source).relative_to(root)!s:<36} {100 * covered / count:5.1f} % "
              f"of {count:>4}")
    covered = sum(covered for covered, _ in lines.values())
    count = sum(count for _, count in lines.values())
    percent = 100 * covered / count
    print(f"    {'all of them':<36} {percent:5.1f} % of {count:>4}")
    if percent < COVERED_PERCENT_MIN:
        sys.exit(f"less than {COVERED_PERCENT_MIN} % of the parsers' lines is reached")


def main():
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="?", help="one of them; all if none is named")
    parser.add_argument("seconds", nargs="?", type=int, default=30, help="for each; 30")
    parser.add_argument("--seed", type=int, default=0,
                        help="where chance begins, so that a run can be had again, of at most "
                             f"{INPUTS_WITH_SEED_MAX:,} inputs; 0: anywhere")
    parser.add_argument("--coverage", action="store_true",
                        help="only say which lines of the parsers the known inputs reach")
    asked = parser.parse_args()
    if asked.target and asked.target.isdigit():  # `./dev fuzz 60`
        asked.target, asked.seconds = None, int(asked.target)
    fuzzer = Fuzzer(asked.build.resolve())
    targets = [asked.target] if asked.target else list(fuzzer.bytes_max)
    unknown = set(targets) - set(fuzzer.bytes_max)
    if unknown:
        sys.exit(f"fuzz: no target '{unknown.pop()}'; there are {', '.join(fuzzer.bytes_max)}")
    if asked.coverage:
        return report_coverage(fuzzer, HERE.parent.parent.resolve())
    say(f"Fuzzing {len(targets)} of {len(fuzzer.bytes_max)} targets for {asked.seconds} s each")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        held = list(pool.map(lambda target: fuzzer.fuzz(target, asked.seconds, asked.seed), targets))
    if not all(held):
        sys.exit("fuzz: what was found is in build/fuzz/finds")
    return None


if __name__ == "__main__":
    main()
