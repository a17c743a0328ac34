"""Which tests are due: those that have not passed yet with what they would be run on now.

    due_tests.py BUILD list    prints the numbers of the tests that are due, as `ctest -I` takes them
    due_tests.py BUILD note    keeps which of them have passed, from what ctest wrote about the run

What a test is run on: the programs and scripts that its command and its environment name, the scripts
and data beside them, its properties, and the packages and kernel of this machine. All of it is looked at
before the run: what changes meanwhile makes a test due again.
"""

import functools
import hashlib
import json
import platform
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
# A source is in the program that is made of it.
COMPILED = {".cpp", ".hpp"}


@functools.cache
def digest_of_file(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@functools.cache
def digest_of_folder(folder):
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return digest_of(*(f"{path} {digest_of_file(path)}" for path in files
                       if path.suffix not in COMPILED and "__pycache__" not in path.parts))


def digest_of(*texts):
    return hashlib.sha256("\0".join(texts).encode(errors="surrogateescape")).hexdigest()


@functools.cache
def machine():
    try:
        packages = subprocess.run(["dpkg-query", "--show"], capture_output=True, text=True)
    except FileNotFoundError:
        return platform.release()
    return platform.release() + packages.stdout


def files_named(test):
    """Those that exist of the words of its command, and of the values in its environment."""
    words = list(test["command"])
    for settings in (each["value"] for each in test["properties"] if each["name"] == "ENVIRONMENT"):
        words += [setting.partition("=")[2] for setting in settings]
    return sorted({path for path in map(Path, words) if path.is_absolute() and path.is_file()})


def key_of(test):
    files = files_named(test)
    is_script = any(TESTS in file.parents for file in files)
    # Journeys share their helpers. A compiled test has its data in the folder of its name.
    folder = TESTS if is_script else TESTS / test["name"].partition(":")[0]
    return digest_of(machine(), json.dumps([test["command"], test["properties"]]),
                     digest_of_folder(folder), *map(digest_of_file, files))


def present_keys(build):
    """{name of a test: its key}, in the order of their numbers."""
    shown = subprocess.run(["ctest", "--test-dir", str(build), "--show-only=json-v1"],
                           capture_output=True, text=True, check=True).stdout
    return {test["name"]: key_of(test) for test in json.loads(shown)["tests"]}


def read(path):
    return json.loads(path.read_text()) if path.exists() else {}


def list_due(build):
    keys = present_keys(build)
    passed = read(build / "tests-passed.json")
    (build / "tests-looked-at.json").write_text(json.dumps(keys))
    due = [number for number, (name, key) in enumerate(keys.items(), 1)
           if passed.get(name) != key]
    if due:
        print("0,0,0," + ",".join(map(str, due)))


def note_passed(build):
    keys = read(build / "tests-looked-at.json")
    passed = read(build / "tests-passed.json")
    for case in xml.etree.ElementTree.parse(build / "tests.xml").getroot().iter("testcase"):
        name = case.get("name")
        if case.get("status") == "run":
            passed[name] = keys[name]
        else:
            passed.pop(name, None)
    kept = {name: key for name, key in passed.items() if name in keys}
    (build / "tests-passed.json").write_text(json.dumps(kept, indent=0))


if __name__ == "__main__":
    {"list": list_due, "note": note_passed}[sys.argv[2]](Path(sys.argv[1]).resolve())
