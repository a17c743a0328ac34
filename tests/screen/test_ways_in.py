"""The ways into a room as people go them: copied, pasted, typed, and refused with a sentence."""

import subprocess

from person import Person, side_by_side
from screen_test import PICTURES, PROGRAM, ScreenTest, main

CLIPBOARD_S = 10


class WaysIn(ScreenTest):
    def setUp(self):
        super().setUp()
        self.boxes = side_by_side(2, self.width, self.height)
        self.pictures = PICTURES / "ways in"
        self.pictures.mkdir(parents=True, exist_ok=True)

    def window_in_no_room(self, name="Bob"):
        person = Person(self.screen, PROGRAM, name, self.boxes[1])
        self.people.append(person)
        person.open()
        person.wait_for_window()
        self.screen.click(self.screen.wait_for("Join", person.names).center)
        self.screen.click(self.screen.wait_for("address and code", person.left).center)
        return person

    def clipboard(self, *, put=None):
        command = ["xclip", "-selection", "clipboard", *(["-o"] if put is None else [])]
        environment = self.screen.environment(self.folder)
        done = subprocess.run(command, env=environment, input=None if put is None else put.encode(),
                              stdout=subprocess.PIPE if put is None else None,
                              timeout=CLIPBOARD_S, check=True)
        return done.stdout.decode() if put is None else put

    def paste_and_join(self, person, text, words_of_what_it_is):
        """The window says what it takes a text for before anybody presses a button."""
        self.clipboard(put=text)
        self.screen.key("ctrl+v")
        self.screen.wait_for(words_of_what_it_is, person.left)
        self.screen.key("Return")

    def keep_picture(self, name):
        """To be looked at by people."""
        self.screen.screenshot(self.pictures / f"{name}.png")

    def refused(self, person, words, picture):
        self.screen.wait_for(words, person.box)
        self.keep_picture(picture)

    def test_an_invite_copied_in_one_window_is_pasted_in_another(self):
        anna = self.window_hosts("Anna", "--invite-only", box=self.boxes[0])
        self.screen.click(self.screen.wait_for("Copy invite", anna.left).center)
        self.screen.wait_for("Invite copied", anna.left)
        bob = self.window_in_no_room()
        self.paste_and_join(bob, self.clipboard(), "room")
        bob.wait_for_room()
        bob.row_of("Anna")
        anna.row_of("Bob")
        self.keep_picture("by invite")

    def test_a_wrong_password_says_so_and_the_right_one_can_be_typed_at_once(self):
        secret = self.folder / "secret"
        secret.write_text("correct horse battery")
        host = self.host("Hanna", "--password-file", secret)
        bob = self.window_in_no_room()
        self.paste_and_join(bob, f"{host.address} wrong horse battery", "password")
        self.refused(bob, "password is wrong", "wrong password")
        # The place to type it is where the eyes are, and the cursor stands in it already.
        self.screen.type(secret.read_text())
        self.screen.key("Return")
        bob.wait_for_room()

    def test_an_invite_that_was_withdrawn_says_whom_to_ask(self):
        host = self.host("Hanna", "--invite-only")
        host.send("invite", ref="i")
        invite = host.take("invite", ref="i")
        host.send("revoke", invite=invite["invite"], ref="r")
        host.take("invites", ref="r")
        bob = self.window_in_no_room()
        self.paste_and_join(bob, invite["link"], "room")
        self.refused(bob, "withdrawn", "old invite")

    def test_somebody_banned_reads_why_and_until_when(self):
        host = self.host("Hanna")
        bob = self.window_in_no_room()
        self.paste_and_join(bob, host.address, "address")
        bob.wait_for_room()
        host.send("ban", peer="Bob", minutes=90, reason="too loud", ref="b")
        host.take("bans", ref="b")
        self.refused(bob, "too loud", "banned")


if __name__ == "__main__":
    main()
