"""A window in which nothing happens costs nothing."""

import os
import time
from pathlib import Path

from screen_test import ScreenTest, main

WATCHED_S = 20
TICKS_MAX = 1


def ticks(pid):
    """CPU time used so far by all its threads, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def wakes(pid):
    """How often the thread that draws has gone to sleep so far: a frame is at least one more."""
    for line in Path(f"/proc/{pid}/task/{pid}/status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    raise AssertionError("this kernel does not count context switches")


class Idle(ScreenTest):
    def watch(self, person):
        pid = person.process.pid
        shown = self.screen.wait_for_rest(person.box, still_s=2)
        ticks_before, wakes_before = ticks(pid), wakes(pid)
        time.sleep(WATCHED_S)
        used, woken = ticks(pid) - ticks_before, wakes(pid) - wakes_before
        print(
            f"{used} ticks of {os.sysconf('SC_CLK_TCK')} a second, {woken} wakes in {WATCHED_S} s"
        )
        self.assertLessEqual(used, TICKS_MAX)
        self.assertEqual(woken, 0)
        self.assertEqual(self.screen.picture(person.box).differing(shown), 0)

    def test_a_window_in_a_room_sleeps(self):
        hanna = self.host()
        maria = self.window_joins(hanna)
        hanna.send("say", text="Nothing more to say")
        maria.sees("Nothing more to say")
        self.screen.move((self.beside.right - 5, self.height - 5))
        self.watch(maria)


if __name__ == "__main__":
    main()
