"""What the tests that failed have printed last, each of them.

    failed_tests.py TESTS_XML    as ctest wrote it with --output-junit
"""

import sys
import xml.etree.ElementTree
from pathlib import Path

LINES_OF_EACH = 80


def failed(report):
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None:
            yield case.get("name"), case.findtext("system-out") or ""


def main():
    report = Path(sys.argv[1])
    if not report.is_file():
        return
    for name, output in failed(report):
        print(f"\n---- {name}: the last it printed\n")
        print("\n".join(output.rstrip().splitlines()[-LINES_OF_EACH:]))


if __name__ == "__main__":
    main()
