"""Every row of the security plan has a test, or a reason why not: `./dev check rows`.

The table is in tests/README.md. Its first column lists rows, its last one what covers them: files
below tests/ that exist, of which at least one names the row, or "none: " and why. The plan itself
is not needed here; how many rows each of its letters has is.
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


def names_row(file, row):
    """In words, in the name of a test, or in the name of a Python function."""
    return re.search(rf"(?<![A-Za-z0-9]){row}(?![0-9A-Za-z])", file.read_text(errors="replace"),
                     re.IGNORECASE)


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
    files = [file for file in files if file.is_file()]
    for row in rows:
        if not any(names_row(file, row) for file in files):
            yield f"{row}: none of what covers it names it: {', '.join(named) or covered_by}"


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
