"""Transfers in the window: a folder dragged onto a person, pause and continue, and one that goes on
after the program was killed."""

import os

from person import side_by_side
from screen import Box, FileManager
from screen_test import ScreenTest, main

# Found only now: screen_test knows where the loopback tests are.
from lasting import look_of  # isort: skip

SLOW_BYTES_PER_S = 400_000
NO_LIMIT = 0
# Slow, it would take minutes: none of this test's clicks comes too late.
FILM_BYTES = 60_000_000


def write_album(folder):
    """42 files in folders, one of them empty, and a folder with nothing in it."""
    for day in range(4):
        at = folder / f"day {day}"
        at.mkdir(parents=True)
        for number in range(10):
            (at / f"photo {number}.jpg").write_bytes(os.urandom(1_000 + 20_000 * number))
    (folder / "日本語.txt").write_text("はじめに\n")
    (folder / "nothing.txt").touch()
    (folder / "for later").mkdir()
    return folder


class Folder(ScreenTest):
    """Two windows beside each other, and a file manager below them."""

    width, height = 2240, 1000

    def test_dragged_onto_a_person_and_accepted_with_a_click_arrives(self):
        left, right = side_by_side(2, self.width, 720)
        maria = self.window_hosts(box=left)
        bob = self.window_joins(maria, "Bob", box=right)
        shown = self.folder / "shown"
        sent = write_album(shown / "Holiday")
        manager = FileManager(self.screen, shown, Box(left.x + 40, 770, 500, 180))

        self.screen.drag_to(manager.place_of("Holiday"), maria.place_for("Bob"))
        self.screen.wait_for("Drop to send to Bob", maria.left)
        self.screen.let_go()
        bob.sees("Maria offers you")
        bob.sees("42 files")
        self.assertFalse((bob.home / "Holiday").exists(), "written before anybody has said yes")
        bob.answer("Accept")

        maria.sees("arrived and checked")
        bob.sees("saved and checked")
        self.assertEqual(look_of(bob.home / "Holiday"), look_of(sent))
        self.assertEqual(list(bob.home.rglob("*.part")), [])


class Film(ScreenTest):
    """A file that Hanna sends slowly until a test has seen enough."""

    def setUp(self):
        super().setUp()
        self.hanna = self.host("Hanna", "--limit", f"up:{SLOW_BYTES_PER_S}")
        self.maria = self.window_joins(self.hanna)
        self.content = os.urandom(FILM_BYTES)
        film = self.write_file("film.mkv", self.content)
        self.hanna.send("send", to="Maria", paths=[str(film)])
        self.maria.answer("Accept")
        self.hanna.take("transfer", where=lambda event: event["bytes_done"] > 0)

    def lift_the_limit(self):
        self.hanna.send("limit", up=NO_LIMIT, down=NO_LIMIT)

    def assert_arrives(self):
        self.hanna.take("transfer", state="done")
        self.maria.sees("saved and checked")
        (arrived,) = self.maria.files("film*")
        self.assertEqual(arrived.name, "film.mkv")
        self.assertEqual(arrived.read_bytes(), self.content)

    def test_is_paused_and_continued_with_the_mouse(self):
        button = self.maria.press("Pause", beside="film.mkv")
        self.maria.sees("paused by you")
        self.hanna.take("transfer", state="paused")
        # Nothing slows it now but the pause, and typing a line takes longer than the rest would.
        self.lift_the_limit()
        self.maria.say_to_everyone("Wait until I have made room for it")
        self.hanna.take("message", text="Wait until I have made room for it")
        self.hanna.send("transfers", ref="later")
        (later,) = self.hanna.take("transfers", ref="later")["transfers"]
        self.assertEqual(later["state"], "paused")
        self.assertLess(later["bytes_done"], FILM_BYTES)

        self.screen.click(button)
        self.assert_arrives()

    def test_goes_on_by_itself_after_the_window_was_killed(self):
        self.maria.kill()
        interrupted = self.hanna.take("transfer", state="interrupted")
        self.assertEqual(len(self.maria.files("film.mkv.part")), 1)
        self.assertEqual(self.maria.files("film.mkv"), [])

        # As she starts it every day: it knows where she was.
        self.maria.open()
        self.maria.wait_for_room()
        self.maria.sees("film.mkv")
        self.hanna.take(
            "transfer", where=lambda event: event["bytes_done"] > interrupted["bytes_done"]
        )
        self.lift_the_limit()
        self.assert_arrives()
        self.assertEqual(self.maria.files("*.part"), [])


if __name__ == "__main__":
    main()
