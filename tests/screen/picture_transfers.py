"""Takes the picture of transfers in the README: under way, paused and waiting for their turn.

    DROPLINE=EXECUTABLE python3 picture_transfers.py PICTURE
"""

import sys

from screen import Box
from screen_test import ScreenTest

import program  # isort: skip

MB = 1_000_000
PACE = "up:6M"
PAUSED = "group photos.zip"
# At that pace none is over before the picture is taken. Four go at once, a paused one is none of
# them, and the last waits for its turn.
OFFERED = {
    "lecture 3.mp4": 640 * MB,
    PAUSED: 150 * MB,
    "simulation.mkv": 210 * MB,
    "measurements.csv": 124 * MB,
    "sources.pdf": 88 * MB,
    "lecture 4.mp4": 480 * MB,
}
CHAT = (
    ("Bob", "Hello everyone 👋 can you send me the slides?"),
    ("小陈", "大家好！今天的实验数据在我这里。"),
    ("Bob", "The recordings of the last two weeks are on their way."),
    ("小陈", "谢谢，我也要一份。"),
)


class Picture(ScreenTest):
    width, height = 1200, 900

    def setUp(self):
        super().setUp()
        self.window_box = Box(10, 30, 1180, 850)

    def offer_slowly(self, sender, name, size):
        path = self.folder / name
        with open(path, "wb") as file:
            file.truncate(size)
        sender.send("send", to="Anna", paths=[str(path)])
        self.anna.answer("Accept")
        return sender.take("transfer", state="waiting", name=name)

    def runTest(self):
        self.anna = self.window_hosts("Anna", "--room", "Physics 101")
        bob = self.join("Bob", self.anna, "--limit", PACE)
        chen = self.join("小陈", self.anna)
        self.screen.wait_for("3 people", self.anna.left)
        people = {"Bob": bob, "小陈": chen}
        for name, text in CHAT:
            people[name].send("say", text=text)
            bob.take("message", text=text)
        for name, size in OFFERED.items():
            self.offer_slowly(bob, name, size)
        self.anna.press("Pause", beside=PAUSED)
        self.anna.sees("paused by you")
        self.anna.sees("waits for its turn")
        self.screen.picture(Box(9, 7, 1182, 874)).save(PICTURE)


if __name__ == "__main__":
    PICTURE = sys.argv.pop()
    program.main()
