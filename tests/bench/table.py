"""Aligned text for a terminal, and the same rows as Markdown for the README."""

import math
import statistics


class Table:
    def __init__(self, title, columns):
        self.title = title
        self.columns = columns
        self.rows = []
        self.notes = []

    def add(self, *cells):
        assert len(cells) == len(self.columns)
        self.rows.append([str(cell) for cell in cells])

    def note(self, text):
        self.notes.append(text)

    def as_text(self):
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows)]
        lines = [self.title, "", aligned(self.columns, widths), "  ".join("-" * w for w in widths)]
        lines += [aligned(row, widths) for row in self.rows]
        lines += [""] * bool(self.notes) + self.notes
        return "\n".join(lines) + "\n"

    def as_markdown(self):
        marks = ["---"] + ["---:"] * (len(self.columns) - 1)
        lines = [f"**{self.title}**", "", piped(self.columns), piped(marks)]
        lines += [piped(row) for row in self.rows]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"


def aligned(cells, widths):
    """The first column is words, the others are numbers."""
    first = cells[0].ljust(widths[0])
    rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
    return "  ".join([first, *rest]).rstrip()


def piped(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def spread(values, digits=0):
    """Lowest to highest."""
    return f"{number(min(values), digits)}–{number(max(values), digits)}"


def quantile(values, share):
    """The value that at least this share of them do not exceed."""
    return sorted(values)[math.ceil(len(values) * share) - 1]


def paired_ratio(ours, theirs):
    """The median over rounds of ours against theirs in the same round; None without a pair."""
    pairs = [(a, b) for a, b in zip(ours, theirs) if a is not None and b is not None]
    return statistics.median(a / b for a, b in pairs) if pairs else None
