"""A window in which nothing happens costs nothing."""

import os
import time
from pathlib import Path

from person import Person, side_by_side
from screen_test import PROGRAM, ScreenTest, main

WATCHED_S = 60
# A ping every three seconds keeps a room alive: half of this on a machine with far too much to do.
SHARE_MAX = 0.002


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
    """A host, the member who is with them, and a window in no room: all at once, for a minute."""

    width = 2100

    def watch(self, people):
        """What a minute in which nothing happens costs each of them: ticks, and wakes of the window."""
        shown = {name: self.screen.wait_for_rest(one.box, 2) for name, one in people.items()}

        def spent():
            pids = {name: one.process.pid for name, one in people.items()}
            return {name: (ticks(pid), wakes(pid)) for name, pid in pids.items()}

        before = spent()
        time.sleep(WATCHED_S)
        after = spent()
        hertz = os.sysconf("SC_CLK_TCK")
        for name, one in people.items():
            used, woken = (now - then for now, then in zip(after[name], before[name]))
            share = used / hertz / WATCHED_S
            print(
                f"{name}: {used} ticks of {hertz} a second ({share:.3%} of a processor), "
                f"{woken} wakes to draw in {WATCHED_S} s"
            )
            with self.subTest(window=name):
                self.assertLess(share, SHARE_MAX)
                self.assertEqual(woken, 0)
                self.assertEqual(self.screen.picture(one.box).differing(shown[name]), 0)

    def test_windows_in_which_nothing_happens_sleep(self):
        boxes = side_by_side(3, self.width, self.height)
        hanna = self.window_hosts("Hanna", box=boxes[0])
        maria = self.window_joins(hanna, box=boxes[1])
        idle = Person(self.screen, PROGRAM, "Ida", boxes[2])
        self.people.append(idle)
        idle.open()
        idle.wait_for_window()
        hanna.say_to_everyone("Nothing more to say")
        maria.sees("Nothing more to say")
        # On no window.
        self.screen.move((self.width - 5, self.height - 5))
        self.watch({"the host's window": hanna, "a member's window": maria, "no room": idle})


if __name__ == "__main__":
    main()
