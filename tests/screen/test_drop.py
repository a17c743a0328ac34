"""Real files dragged out of a real file manager onto the window."""

import os

from screen import Box, FileManager
from screen_test import ScreenTest, main

NAME = "lecture.pdf"


class Drop(ScreenTest):
    def setUp(self):
        super().setUp()
        self.maria = self.window_hosts()
        self.bob = self.join("Bob", self.maria)
        self.content = os.urandom(3 * 1024 * 1024 + 17)
        shown = self.folder / "shown"
        shown.mkdir()
        (shown / NAME).write_bytes(self.content)
        area = self.beside
        self.manager = FileManager(
            self.screen, shown, Box(area.x + 60, area.y + 60, area.width - 120, 300)
        )
        self.file_place = self.manager.place_of(NAME)

    def receive(self):
        """Bob takes what he is offered."""
        self.take_file(self.bob, NAME, self.content)

    def test_onto_a_person_lights_their_row_and_hands_the_file_over(self):
        x, y = self.maria.place_for("Bob")
        row = Box(self.maria.left.x + 20, y - 10, x - self.maria.left.x - 20, 34)
        dark = self.screen.wait_for_rest(row)
        self.screen.drag_to(self.file_place, (x, y))
        lit = self.screen.wait_for_change(dark, pixels_min=row.width * row.height // 2)
        self.assertNotEqual(lit.common_color(), dark.common_color())
        self.screen.wait_for("Drop to send to Bob", self.maria.left)
        self.screen.let_go()
        self.receive()
        self.maria.sees("arrived and checked")
        after = self.screen.wait_for_rest(row)
        self.assertNotEqual(after.common_color(), lit.common_color(), "the row is still lit")

    def test_that_leaves_again_darkens_the_row_and_sends_nothing(self):
        x, y = self.maria.place_for("Bob")
        row = Box(self.maria.left.x + 20, y - 10, x - self.maria.left.x - 20, 34)
        dark = self.screen.wait_for_rest(row)
        self.screen.drag_to(self.file_place, (x, y))
        lit = self.screen.wait_for_change(dark, pixels_min=row.width * row.height // 2)
        self.screen.move(self.file_place)
        self.screen.wait_until(
            lambda: self.screen.picture(row).common_color() != lit.common_color(),
            "the row to darken again",
        )
        self.screen.let_go()
        self.bob.answer_barrier()
        self.assertEqual(self.bob.pending("offer"), [])

    def test_onto_nobody_asks_to_whom(self):
        middle = self.maria.right.part(top=0.4, bottom=0.6).center
        self.screen.drag_to(self.file_place, middle)
        self.screen.let_go()
        asked = self.screen.wait_for("To whom", self.maria.box)
        # What the question covers is still readable around it.
        below = Box(asked.x - 10, asked.y + 60, 300, 250)
        self.screen.click(self.screen.wait_for("Bob", below).center)
        self.receive()


if __name__ == "__main__":
    main()
