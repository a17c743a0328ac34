"""A sender that puts another list in the place of the one its receiver is looking at.

Rows A6 and A11 of the security plan: a yes is a yes to the list that a person or a script has seen.
One test for each way to receive; the window's is in tests/ui.
"""

import os

from hostile_sender import HostileSender, entry
from program import PATIENCE_S, RoomTest, main

import wire  # of tests/protocol; hostile_sender has made it importable

HARMLESS = [entry(b"photo.jpg")]
HARMFUL = [entry(b".bashrc"), entry(b"run.desktop")]
# So many that can run that the preview says nothing about the rest: `receive --yes` reads them all.
LONG = [entry(b"%02d.sh" % number) for number in range(20)]
LONG_AND_HIDDEN = [*LONG, entry(b"zz/.bashrc")]


class ChangedOffers(RoomTest):
    def setUp(self):
        super().setUp()
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()
        self.hanna = self.host()

    def mallory(self):
        forged = HostileSender(self.hanna.address, self.folder / "keys of Mallory", "Mallory")
        self.addCleanup(forged.close)
        self.hanna.take("peer_joined", where=lambda event: event["peer"]["name"] == "Mallory")
        forged.reach("Bob")
        return forged

    def renew(self, forged, transfer, entries, version=1):
        forged.peer.send(
            *("Offer",),
            transfer=bytes.fromhex(transfer),
            files=len(entries),
            bytes=0,
            pages=1,
            entries=[wire.encode("OfferedEntry", one) for one in entries],
            version=version,
        )

    def receive(self, *extra):
        arguments = ("receive", self.hanna.address, "--into", self.inbox, *extra)
        program = self.start("Bob", *arguments)
        program.wait_for_error_output("Waiting for files")
        return program

    def assert_nothing_came(self):
        self.assertEqual(os.listdir(self.inbox), [])

    # ---- A script --------------------------------------------------------------------------------

    def offer_twice(self, bob, forged):
        """A harmless list that Bob is told, and then a harmful one that he is told as well."""
        transfer = forged.offer(HARMLESS)
        first = bob.take("offer")
        self.assertEqual((first["paths_preview"], first["version"]), (["photo.jpg"], 0))
        self.renew(forged, transfer, HARMFUL)
        second = bob.take("offer", transfer=transfer)
        self.assertEqual((second["paths_preview"], second["version"]), ([".bashrc", "run.desktop"], 1))
        return transfer

    def test_a6_a_yes_that_crosses_a_renewal_is_refused_and_takes_nothing(self):
        bob = self.join("Bob", self.hanna)
        forged = self.mallory()
        transfer = self.offer_twice(bob, forged)
        # As sent before the second list was told: with the first version, and with none.
        for seen in ({"version": 0}, {}, {"version": None}, {"version": 2}):
            bob.send("accept", transfer=transfer, into=str(self.inbox), ref="a", **seen)
            error = bob.take("error", ref="a")
            self.assertEqual(error["code"], "offer_changed")
            self.assertIn("Look at", error["message"])
        self.assertIsNone(forged.take_answer(transfer, 0.2))
        self.assert_nothing_came()

    def test_a_yes_that_names_the_new_list_takes_that_one(self):
        bob = self.join("Bob", self.hanna)
        forged = self.mallory()
        transfer = self.offer_twice(bob, forged)
        bob.send("accept", transfer=transfer, into=str(self.inbox), version=1)
        forged.serve_empty_files(transfer, HARMFUL)
        bob.take("transfer", transfer=transfer, state="done")
        self.assertEqual(sorted(os.listdir(self.inbox)), [".bashrc", "run.desktop"])

    def test_an_offer_that_was_told_once_needs_no_version(self):
        bob = self.join("Bob", self.hanna)
        forged = self.mallory()
        transfer = forged.offer(HARMLESS)
        bob.take("offer")
        bob.send("accept", transfer=transfer, into=str(self.inbox))
        forged.serve_empty_files(transfer, HARMLESS)
        bob.take("transfer", transfer=transfer, state="done")
        self.assertEqual(os.listdir(self.inbox), ["photo.jpg"])

    def test_a6_a_list_of_what_is_not_there_asks_nobody(self):
        bob = self.join("Bob", self.hanna)
        forged = self.mallory()
        gone = {**entry(b"gone.jpg"), "is_gone": True}
        transfer = forged.offer(HARMLESS)
        bob.take("offer", transfer=transfer)
        self.renew(forged, transfer, [*HARMLESS, gone])
        first = forged.offer([*HARMLESS, gone])
        for refused in (transfer, first):
            answer = forged.take_answer(refused, PATIENCE_S)
            self.assertEqual(answer["is_accepted"], 0)
            self.assertIn("not there", answer["reason"])
        bob.take("transfer", transfer=transfer, state="failed")
        self.assert_nothing_came()

    def test_an_accepted_list_goes_on_without_what_has_gone(self):
        bob = self.join("Bob", self.hanna)
        forged = self.mallory()
        listed = [entry(b"a.jpg"), entry(b"b.jpg")]
        transfer = forged.offer(listed)
        bob.take("offer")
        bob.send("accept", transfer=transfer, into=str(self.inbox))
        self.assertEqual(forged.take_answer(transfer, PATIENCE_S)["files"], 2)
        forged.stop_for_another_list(transfer)
        self.renew(forged, transfer, [{**listed[0], "is_gone": True}, listed[1]])
        self.assertEqual(forged.take_answer(transfer, PATIENCE_S)["files"], 1)
        forged.serve_empty_files(transfer, listed)
        done = bob.take("transfer", transfer=transfer, state="done")
        self.assertEqual(done["files_total"], 1)
        self.assertEqual(os.listdir(self.inbox), ["b.jpg"])

    # ---- `dropline receive` ----------------------------------------------------------------------

    def test_a6_a_y_typed_for_the_list_on_the_screen_does_not_take_its_successor(self):
        bob = self.receive()
        forged = self.mallory()
        transfer = forged.offer(HARMLESS)
        bob.wait_for_error_output("photo.jpg")
        self.renew(forged, transfer, HARMFUL)
        bob.wait_for_error_output("has changed")
        bob.wait_for_error_output(".bashrc")
        bob.send_raw(b"y\n")
        answer = forged.take_answer(transfer, PATIENCE_S)
        self.assertEqual(answer["is_accepted"], 0)
        self.assert_nothing_came()

    def test_a_changed_list_is_asked_about_anew_and_taken_by_a_word_of_its_own(self):
        bob = self.receive("--count", "1")
        forged = self.mallory()
        transfer = forged.offer(HARMLESS)
        bob.wait_for_error_output("photo.jpg")
        self.renew(forged, transfer, [entry(b"other.jpg")])
        bob.wait_for_error_output("other.jpg")
        bob.send_raw(b"take it\n")
        forged.serve_empty_files(transfer, [entry(b"other.jpg")])
        self.assert_ends(bob, 0)
        self.assertEqual(os.listdir(self.inbox), ["other.jpg"])

    def test_a6_a_y_typed_for_an_offer_that_is_taken_back_does_not_take_the_next_one(self):
        bob = self.receive()
        forged = self.mallory()
        bait = forged.offer(HARMLESS)
        bob.wait_for_error_output("photo.jpg")
        forged.cancel(bait)
        transfer = forged.offer(HARMFUL)
        bob.wait_for_error_output(".bashrc")
        bob.send_raw(b"y\n")
        self.assertEqual(forged.take_answer(transfer, PATIENCE_S)["is_accepted"], 0)
        self.assert_nothing_came()

    def test_a_question_that_waits_its_turn_is_asked_about_the_newest_list(self):
        bob = self.receive("--count", "1")
        forged = self.mallory()
        first = forged.offer(HARMLESS)
        bob.wait_for_error_output("photo.jpg")
        second = forged.offer([entry(b"before.jpg")])
        self.renew(forged, second, [entry(b"after.jpg")])
        third = forged.offer([entry(b".hidden")], files=2)  # refused: all before it has been read
        self.assertEqual(forged.take_answer(third, PATIENCE_S)["is_accepted"], 0)
        bob.send_raw(b"n\n")
        self.assertEqual(forged.take_answer(first, PATIENCE_S)["is_accepted"], 0)
        bob.wait_for_error_output("after.jpg")
        asked = bob.errors.decode()
        # Of a list that is read the disk is still to be looked at: the old one may be asked about,
        # and then the word about it is taken back.
        if "before.jpg" in asked:
            self.assertIn("has changed", asked[asked.index("before.jpg") : asked.index("after.jpg")])

    def test_a6_yes_to_all_takes_no_hidden_name_that_was_put_into_a_list_it_has_read(self):
        bob = self.receive("--yes")
        forged = self.mallory()
        transfer = forged.offer(LONG)
        self.renew(forged, transfer, LONG_AND_HIDDEN)
        bob.wait_for_error_output("hidden files")
        answer = forged.take_answer(transfer, PATIENCE_S)
        self.assertEqual(answer["is_accepted"], 0)
        self.assert_nothing_came()


if __name__ == "__main__":
    main()
