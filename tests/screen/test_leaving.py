"""What the window says when the room is gone."""

import signal

from screen_test import ScreenTest, listening_at, main

LOOPBACK = "0100007F"  # as /proc writes 127.0.0.1


class Leaving(ScreenTest):
    def test_a_member_who_is_removed_reads_by_whom_and_why(self):
        hanna = self.host()
        maria = self.window_joins(hanna)
        hanna.send("kick", peer="Maria", reason="The lesson is over")
        self.screen.wait_for("Hanna removed you from the room: The lesson is over", maria.box)

    def test_the_host_removes_a_member_with_the_mouse(self):
        maria = self.window_hosts()
        bob = self.join("Bob", maria)
        self.screen.click(maria.row_of("Bob").center, button=3)
        self.screen.click(self.screen.wait_for("Remove from the room", maria.box).center)
        self.screen.wait_for("Remove Bob from the room", maria.box)
        self.screen.type("Too loud")
        self.screen.key("Return")
        kicked = bob.take("kicked")
        self.assertEqual((kicked["by"], kicked["reason"]), (bob.joined["host"]["id"], "Too loud"))

    def test_a_host_that_is_killed_is_missed_within_ten_seconds(self):
        hanna = self.host()
        maria = self.window_joins(hanna)
        hanna.signal(signal.SIGKILL)
        self.screen.wait_for("host is out of reach", maria.box, within=10)

    def test_a_room_for_one_address_alone_is_not_opened_wider_by_the_next_start(self):
        maria = self.window_hosts()
        self.assertEqual({address for address, _ in listening_at(maria.process.pid)}, {LOOPBACK})
        maria.kill()
        maria.open()
        maria.wait_for_room()
        self.assertEqual({address for address, _ in listening_at(maria.process.pid)}, {LOOPBACK})


if __name__ == "__main__":
    main()
