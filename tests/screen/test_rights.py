"""What a host does to people in the real window, and what the other windows say then."""

from screen_test import ScreenTest, main


class Rights(ScreenTest):
    def choose(self, person, name, entry):
        """An entry of somebody's menu."""
        self.screen.click(person.row_of(name).center, button=3)
        self.screen.click(self.screen.wait_for(entry, person.box).center)

    def test_a_ban_with_a_reason_is_read_by_who_is_banned_and_undone_in_the_list(self):
        maria = self.window_hosts()
        ann = self.window_joins(maria, "Ann", box=self.beside)
        maria.row_of("Ann")
        self.choose(maria, "Ann", "Ban from the room")
        self.screen.wait_for("Ban Ann from your rooms", maria.box)
        self.screen.type("too loud")
        self.screen.key("Return")
        self.screen.wait_for("banned you from this room until", ann.box)
        self.screen.click(self.screen.wait_for("Rules, bans", maria.left).center)
        undo = self.screen.wait_for("Undo", maria.box)
        self.screen.click(undo.center)
        self.screen.wait_for("Nobody is banned", maria.box)

    def test_the_room_says_what_its_host_sees_and_what_is_allowed(self):
        maria = self.window_hosts()
        ann = self.window_joins(maria, "Ann", box=self.beside)
        bob = self.join("Bob", maria)
        self.screen.click(self.screen.wait_for("Rules, bans", maria.left).center)
        self.screen.click(self.screen.wait_for("To you only", maria.box).center)
        bob.take("rules", files="host")
        self.screen.click(self.screen.wait_for("About this room", ann.left).center)
        self.screen.wait_for("Room chat is visible to the host", ann.box)
        self.screen.wait_for("send files to the host only", ann.box)


if __name__ == "__main__":
    main()
