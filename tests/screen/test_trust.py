"""Whom the window trusts, and what it says when somebody is not who he was."""

from difflib import SequenceMatcher

from screen_test import PICTURES, ScreenTest, main


class Trust(ScreenTest):
    def setUp(self):
        super().setUp()
        self.pictures = PICTURES / "trust"
        self.pictures.mkdir(parents=True, exist_ok=True)

    def menu_of(self, person, name, entry):
        """Opens somebody's menu in the list of people, and chooses an entry of it."""
        self.screen.click(person.row_of(name).center, button=3)
        self.screen.click(self.screen.wait_for(entry, person.box).center)

    def sees_beside(self, person, words):
        return self.screen.wait_for(words, person.names)

    def sees_key(self, person, fingerprint):
        """The eyes take some letters of a key for others; two keys have hardly any in common."""
        read_right_at_least = 0.8

        def look():
            return any(
                SequenceMatcher(None, fingerprint, line.text).ratio() >= read_right_at_least
                for line in self.screen.read(person.box)
            )

        self.screen.wait_until(look, f"the key {fingerprint}")

    def test_a_compared_number_is_the_same_on_both_sides_and_remembered(self):
        maria = self.window_hosts()
        bob = self.join("Bob", maria)
        self.sees_beside(maria, "not verified")
        bob.send("safety", peer="Maria", ref="s")
        safety = bob.take("safety", ref="s")
        self.menu_of(maria, "Bob", "Compare safety number")
        groups = [safety["digits"][at : at + 5] for at in range(0, 60, 5)]
        for group in (groups[0], groups[5], groups[11]):
            self.screen.wait_for(group, maria.box)
        for word in (safety["words"][0], safety["words"][7]):
            self.screen.wait_for(word, maria.box)
        self.keep_picture("safety")
        self.screen.click(self.screen.wait_for("digits match", maria.box).center)
        self.screen.wait_until(
            lambda: not self.screen.find("not verified", maria.names), "no longer marked"
        )
        self.keep_picture("verified")
        # Only somebody verified has these entries.
        self.screen.click(maria.row_of("Bob").center, button=3)
        self.screen.wait_for("No longer verified", maria.box)
        self.screen.wait_for("Accept files unasked", maria.box)

    def test_a_host_with_another_key_is_a_full_stop_that_shows_both(self):
        hanna = self.host()
        port = hanna.address.rpartition(":")[2]
        maria = self.window_joins(hanna)
        hanna.send("quit")
        self.assert_ends(hanna, 0)
        other = self.start(
            *("Mallory", "host", "--headless", "--json"),
            *("--port", port, "--bind", "127.0.0.1"),
            name="Hanna",
        )
        shown = other.take("hosting")["fingerprint"]
        self.screen.wait_for("not the host you know", maria.box)
        for fingerprint in (hanna.hosting["fingerprint"], shown):
            self.sees_key(maria, fingerprint)
        self.keep_picture("key changed")
        self.assertEqual(other.pending("peer_joined"), [])

    def keep_picture(self, name):
        """To be looked at by people."""
        self.screen.screenshot(self.pictures / f"{name}.png")


if __name__ == "__main__":
    main()
