"""Somebody in front of one dropline window: reads it, clicks in it, types into it.

Places are found by the words that stand there: a changed layout needs no change here.
"""

import socket

from screen import PATIENCE_S, Box, NotSeen, simplified

# From a window's left edge: who I am, the role, the people. The rest is talk and files.
LEFT = 0.35
# The circles with a letter, in pixels: names and what is said of them stand behind.
FACES_WIDTH = 66
# From where a name begins: behind the words of its row and still in it.
BESIDE_WORDS = 140
# Narrower than any button, so that a hand that moves on by this much misses none.
BUTTON_STEP = 24
# Longer than an offer takes no answer after it has come or moved.
ANSWER_REST_S = 0.7
# A tip shows when the pointer has rested for a moment.
TIP_S = 1
# A tip is never farther than this from the pointer that rests, in pixels.
TIP_WIDTH, TIP_HEIGHT = 220, 90


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


class Person:
    """A window with a profile and a home of its own."""

    def __init__(self, screen, program, name, geometry, settings=""):
        self.screen = screen
        self.program = program
        self.name = name
        self.geometry = geometry
        self.home = screen.folder / name
        self.profile = self.home / "profile"
        self.window = None
        self.process = None
        self.home.mkdir()
        if settings:
            self.profile.mkdir(mode=0o700)
            (self.profile / "settings.toml").write_text(settings)

    def open(self, *arguments):
        """Starts the program; the window is there when this returns, the room perhaps not."""
        box = self.geometry
        command = [self.program, *arguments, "--name", self.name, "--profile", self.profile]
        command += ["--geometry", f"{box.width}x{box.height}+{box.x}+{box.y}"]
        self.process = self.screen.start(command, self.home, f"{self.name}.log")
        self.screen.watch(self.process)

    def kill(self):
        """As a power cut would: the program gets no chance to tidy up. `open` starts it again."""
        self.screen.unwatch(self.process)
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def wait_for_window(self, within=PATIENCE_S):
        self.window = self.screen.window_of(self.process, within)
        self._wait_for_place(within)

    def _wait_for_place(self, within):
        """The window manager puts every window somewhere first, and then where it asks to be."""
        wanted, near = self.geometry, 40

        def is_there():
            box = self.box
            is_at = abs(box.x - wanted.x) < near and abs(box.y - wanted.y) < near
            return is_at and (box.width, box.height) == (wanted.width, wanted.height)

        self.screen.wait_until(is_there, lambda: f"{wanted}; it is at {self.box}", within)

    def wait_for_room(self, within=PATIENCE_S):
        """In a room: the title says which, before the program's name."""
        self.wait_for_window(within)
        self.window.wait_for_title(" – ", within)

    @property
    def box(self):
        return self.window.box()

    @property
    def left(self):
        return self.box.part(right=LEFT)

    @property
    def names(self):
        """The letter in a coloured circle before a name is read as part of it, and then neither."""
        left = self.left
        return Box(left.x + FACES_WIDTH, left.y, left.width - FACES_WIDTH, left.height)

    @property
    def right(self):
        return self.box.part(left=LEFT)

    # ---- Talk ------------------------------------------------------------------------------------

    def composer(self, to="everyone"):
        """Where to write. The caret stands in the hint's first letter, so the rest is looked for."""
        return self.screen.wait_for(f"to {to}", self.right.part(top=0.3))

    def say(self, text):
        """Types a line and sends it, where the cursor is."""
        self.screen.type(text)
        self.screen.key("Return")

    def say_to_everyone(self, text):
        self.screen.click(self.composer().center)
        self.say(text)

    def sees(self, words, within=PATIENCE_S):
        """Where `words` stand to the right of the people."""
        return self.screen.wait_for(words, self.right, within)

    def answer(self, words, within=PATIENCE_S):
        """Clicks this answer to an offer once it has stood still: what has just come takes none."""
        place = self.sees(words, within)
        self.screen.wait_for_rest(place, ANSWER_REST_S)
        self.screen.click(place.center)

    def press(self, tip, beside, within=PATIENCE_S):
        """Clicks the button without words to the right of `beside` that shows this tip, and says
        where that is: what it does may change with every click."""
        words = self.sees(beside, within)
        y, right = words.center[1], self.box.right
        for x in range(words.right + BUTTON_STEP, right, BUTTON_STEP):
            self.screen.move((x, y))
            # Only of the window: at its edge the letters of a tip are no longer read.
            left = max(words.x, x - TIP_WIDTH)
            around = Box(left, y, min(right, x + TIP_WIDTH) - left, TIP_HEIGHT)
            try:
                self.screen.wait_for(tip, around, TIP_S)
            except NotSeen:
                continue
            self.screen.click((x, y))
            return x, y
        raise NotSeen(f"{self.name} finds no button {tip!r} beside {beside!r}")

    # ---- People and files ------------------------------------------------------------------------

    def row_of(self, name, within=PATIENCE_S):
        """Where the name stands in the list of people: below one's own, and below the room's."""

        def lowest():
            places = [line.box_of(name) for line in self.screen.read(self.names)]
            return max((place for place in places if place), key=lambda at: at.y, default=None)

        return self.screen.wait_until(lowest, f"{name!r} among the people of {self.name}", within)

    def place_for(self, name, within=PATIENCE_S):
        """Where to drop a file for somebody: in their row, beside the words, which stay readable."""
        row = self.row_of(name, within)
        return row.x + BESIDE_WORDS, row.center[1]

    def files(self, name):
        """Files of this name that have arrived under this person's home."""
        return [path for path in self.home.rglob(name) if path.is_file()]

    def story(self):
        """What this person sees and what the program has said, for a report of what went wrong."""
        log = self.screen.folder / f"{self.name}.log"
        said = log.read_text(errors="replace")[-2000:] if log.exists() else "it was not started"
        status = self.process.poll() if self.process else None
        lines = [f"{self.name}'s program (status {status}) said: {said}"]
        if self.window and status is None:
            seen = [line.text for line in self.screen.read(self.box) if simplified(line.text)]
            lines.insert(0, f"{self.name} sees: {' | '.join(seen)}")
        return "\n".join(lines)


def side_by_side(count, width, height, margin=4, title=24, foot=8):
    """Boxes for the insides of `count` windows that fill a screen, frames left around them."""
    each = width // count
    return [
        Box(i * each + margin, title + margin, each - 2 * margin, height - title - foot - margin)
        for i in range(count)
    ]
