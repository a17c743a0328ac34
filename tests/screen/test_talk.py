"""Talk between a real window and a member without one."""

from screen_test import ScreenTest, main

CHINESE = "你好，大家早上好"


class Talk(ScreenTest):
    def test_both_ways_is_on_the_screen(self):
        self.screen.add_keys(CHINESE)
        maria = self.window_hosts()
        bob = self.join("Bob", maria)
        self.screen.wait_for("2 people", maria.left)

        bob.send("say", text="Is the printer free now?")
        maria.sees("Is the printer free now")

        maria.say_to_everyone("It prints my lecture")
        said = bob.take("message", text="It prints my lecture")
        self.assertEqual(said["from_name"], "Maria")
        maria.sees("It prints my lecture")

        before = self.screen.picture(maria.right)
        maria.say(CHINESE)
        bob.take("message", text=CHINESE)
        self.screen.wait_for_change(before, pixels_min=200)

    def test_shift_enter_begins_a_line_and_enter_sends(self):
        maria = self.window_hosts()
        bob = self.join("Bob", maria)
        self.screen.click(maria.composer().center)
        self.screen.type("Two things")
        self.screen.key("shift+Return")
        self.screen.type("in one message")
        # Not to the end: the caret stands behind it.
        maria.sees("in one mess")
        self.assertEqual(bob.pending("message"), [], "shift and Enter has sent")

        self.screen.key("Return")
        bob.take("message", text="Two things\nin one message")
        # Sent: the place to write is empty again and says what it is for.
        maria.composer()

    def test_a_private_message_is_not_in_the_hosts_window(self):
        host_box, member_box = self.window_box, self.beside
        maria = self.window_hosts(box=host_box)
        ann = self.window_joins(maria, "Ann", box=member_box)
        bob = self.join("Bob", maria)
        self.screen.click(ann.row_of("Bob").center)
        ann.composer("Bob")
        before = self.screen.wait_for_rest(maria.right)
        self.screen.click(ann.composer("Bob").center)
        ann.say("The surprise is at noon")
        said = bob.take("message", text="The surprise is at noon")
        self.assertIsNotNone(said["to"])
        ann.sees("The surprise is at noon")
        self.assertEqual(self.screen.picture(maria.right).differing(before), 0)


if __name__ == "__main__":
    main()
