"""The benchmark's own arithmetic, and that it notices a wrong copy."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "loopback"))

from contest import check_copies, write_random_file, write_tree
from processes import RunFailed
from table import Table, paired_ratio, quantile
from transfers import tenths_ratio


class Numbers(unittest.TestCase):
    def test_a_quantile_is_a_value_that_occurred(self):
        hundred = list(range(1, 101))
        self.assertEqual(quantile(hundred, 0.5), 50)
        self.assertEqual(quantile(hundred, 0.99), 99)
        self.assertEqual(quantile([3, 9, 1], 0.99), 9)
        self.assertEqual(quantile([7], 0.5), 7)

    def test_a_ratio_pairs_the_runs_of_one_round(self):
        # Medians taken apart would say 6 / 4.
        self.assertEqual(paired_ratio([10.0, 4.0, 6.0], [5.0, 4.0, 2.0]), 2.0)
        self.assertEqual(paired_ratio([10.0, None, 6.0], [5.0, 1.0, None]), 2.0)
        self.assertIsNone(paired_ratio([None], [1.0]))

    def test_an_even_pace_has_equal_tenths(self):
        progress = [(second, 10 * second) for second in range(11)]
        self.assertAlmostEqual(tenths_ratio(progress, 100), 1.0)

    def test_a_tiring_end_shows(self):
        # The last ten files take three seconds, the first ten took one.
        progress = [(second, 10 * second) for second in range(10)] + [(12, 100)]
        self.assertAlmostEqual(tenths_ratio(progress, 100), 1 / 3)

    def test_repeated_reports_change_nothing(self):
        progress = [(s / 2, 10 * (s // 2)) for s in range(21)] + [(11, 100), (12, 100)]
        self.assertAlmostEqual(tenths_ratio(progress, 100), 1.0)

    def test_too_few_reports_tell_nothing(self):
        self.assertIsNone(tenths_ratio([(0, 0), (5, 100)], 100))

    def test_markdown_keeps_a_name_with_a_bar_in_one_cell(self):
        table = Table("T", ["", "n"])
        table.add("tar | nc", 1)
        self.assertIn("| tar \\| nc | 1 |", table.as_markdown())


class Copies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = Path(folder.name) / "tree"
        self.into = Path(folder.name) / "into"
        write_tree(self.source, 5, 100, files_per_folder=2)
        write_tree(self.into / "tree", 5, 100, files_per_folder=2)

    def check(self, problem, compares=True):
        with self.assertRaisesRegex(RunFailed, problem):
            check_copies([self.source], self.into, compares)

    def make_equal(self):
        for path in self.source.rglob("*.bin"):
            (self.into / path.relative_to(self.source.parent)).write_bytes(path.read_bytes())

    def test_an_equal_tree_passes(self):
        self.make_equal()
        check_copies([self.source], self.into, compares=True)

    def test_other_bytes_are_noticed(self):
        self.check("other bytes")

    def test_a_missing_file_is_noticed(self):
        self.make_equal()
        (self.into / "tree" / "0000" / "000001.bin").unlink()
        self.check("7 entries arrived of 8", compares=False)

    def test_debris_is_noticed(self):
        self.make_equal()
        write_random_file(self.into / ".part", 1)
        self.check("left .part behind", compares=False)

    def test_a_copy_that_never_came_is_noticed(self):
        (self.into / "tree").rename(self.source.parent / "elsewhere")
        self.check("tree did not arrive")


if __name__ == "__main__":
    unittest.main(verbosity=2)
