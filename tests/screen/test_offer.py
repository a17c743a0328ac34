"""An offer that comes to the window."""

import os

from screen_test import ScreenTest, main

NAME = "minutes.txt"


class Offer(ScreenTest):
    def setUp(self):
        super().setUp()
        self.hanna = self.host()
        self.maria = self.window_joins(self.hanna)
        self.content = os.urandom(1_234_567)
        self.hanna.send("send", to="Maria", paths=[str(self.write_file(NAME, self.content))])
        self.maria.sees("Accept")

    def test_shows_who_offers_what(self):
        self.maria.sees("Hanna offers you")
        self.maria.sees(NAME)
        self.maria.sees("1.2 MB")
        self.assertEqual(self.maria.files(NAME), [], "written before anybody has said yes")

    def test_that_is_accepted_with_a_click_arrives(self):
        self.maria.answer("Accept")
        self.hanna.take("transfer", state="done")
        self.maria.sees("saved and checked")
        (arrived,) = self.maria.files(NAME)
        self.assertEqual(arrived.read_bytes(), self.content)

    def test_that_is_declined_with_a_click_leaves_nothing(self):
        self.maria.answer("Decline")
        self.hanna.take("transfer", state="declined")
        self.maria.sees("declined")
        self.assertEqual(self.maria.files("minutes*"), [])


if __name__ == "__main__":
    main()
