"""Every row of the security plan has a test, or a reason why not: `./dev check rows`.

The table is in tests/README.md. Its first column lists rows, its last one what covers them: files
below tests/ that exist, or "none: " and why. Each row stands in front of the name of a test in one
of those files, and each file has a test named so for one of the rows: a comment covers nothing. The
plan itself is not needed here; how many rows each of its letters has is.
"""

import re
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROWS_OF = {"A": 25, "B": 9, "C": 24, "D": 13, "E": 14, "F": 8, "T": 48}
REASON_CHARACTERS_MIN = 20


def all_rows():
    return [f"{letter}{number}" for letter, count in ROWS_OF.items()
            for number in range(1, count + 1)]


def table_lines(text):
    """(rows, what covers them) of each line of a table whose first cell lists rows."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and re.fullmatch(r"[A-FT]\d+(, [A-FT]\d+)*", cells[0]):
            yield cells[0].split(", "), cells[-1]


# What a test is called, in each kind of file that holds tests.
SENTENCE = r'"((?:[^"\\]|\\.)*)"'
IDS_IN_FRONT = re.compile(r"(?:test_)?((?:[A-FT]\d+[,:]?[ _]+)+)", re.IGNORECASE)


def names_in_cpp(text):
    """Of TEST_CASE and TEST_CASE_METHOD: the first piece of each sentence holds its ids."""
    return re.findall(rf"\bTEST_CASE(?:_METHOD\(\s*\w+,|\()\s*{SENTENCE}", text)


def names_in_python(text):
    """Functions of unittest; sentences of `check(`; rows of gates, each of which proves itself."""
    return (re.findall(r"^    def (test_\w+)", text, re.MULTILINE)
            + re.findall(rf"\bcheck\(\s*{SENTENCE}", text)
            + re.findall(r'^    "[^"\n]+": \(\s*"((?:[A-FT]\d+ ?)+)",', text, re.MULTILINE))


def names_in_shell(text):
    """A script is one test: the comment at its top is the promise."""
    return re.findall(r"\A#!.*\n# (.*)", text)


NAMES_IN = {".cpp": names_in_cpp, ".py": names_in_python, ".sh": names_in_shell}


def rows_named(file):
    """All rows that stand in front of the name of a test there."""
    rows = set()
    for name in NAMES_IN[file.suffix](file.read_text()):
        in_front = IDS_IN_FRONT.match(name + " ")
        rows.update(re.findall(r"[A-FT]\d+", in_front[1].upper()) if in_front else ())
    return rows


def faults_of(rows, covered_by):
    if covered_by.startswith("none: "):
        if len(covered_by) < len("none: ") + REASON_CHARACTERS_MIN:
            yield f"{', '.join(rows)}: the reason says nothing"
        return
    named = re.findall(r"`([\w./-]+\.(?:cpp|py|sh))`", covered_by)
    files = [TESTS / name for name in named]
    for name, file in zip(named, files):
        if not file.is_file():
            yield f"{', '.join(rows)}: there is no tests/{name}"
    named_by = {file: rows_named(file) for file in files if file.is_file()}
    for row in rows:
        if not any(row in found for found in named_by.values()):
            yield f"{row}: no test has it in front of its name: {', '.join(named) or covered_by}"
    for file, found in named_by.items():
        if not found & set(rows):
            yield f"{', '.join(rows)}: no test of {file.relative_to(TESTS)} has it in its name"


def main():
    faults, seen = [], set()
    for rows, covered_by in table_lines((TESTS / "README.md").read_text()):
        faults += faults_of(rows, covered_by)
        seen.update(rows)
    faults += [f"{row}: neither a test nor a reason" for row in all_rows() if row not in seen]
    faults += [f"{row}: the plan has no such row" for row in sorted(seen - set(all_rows()))]
    if faults:
        sys.exit("tests/README.md maps the rows of the security plan to their tests:\n  "
                 + "\n  ".join(faults))


if __name__ == "__main__":
    main()
