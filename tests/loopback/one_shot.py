"""`dropline send` and `dropline receive`: exit statuses, what is printed, what is on the disk."""

import os
import signal
import subprocess
import unittest

from program import RoomTest, main

DONE, USAGE, NO_CONNECTION, DECLINED, INCOMPLETE, INTERRUPTED = 0, 2, 3, 5, 6, 130


class OneShot(RoomTest):
    def setUp(self):
        super().setUp()
        self.inbox = self.folder / "inbox"
        self.path = self.write_file("gift.bin", os.urandom(300_000))

    def receive(self, host, *extra, **options):
        program = self.start(
            "Rita", "receive", host.address, "--into", self.inbox, *extra, **options
        )
        host.take("peer_joined", where=lambda event: event["peer"]["name"] == "Rita")
        program.wait_for_error_output("Waiting for files")
        return program

    def send(self, host, to, *paths):
        return self.start("Sven", "send", host.address, "--to", to, *(paths or [self.path]))

    def write_album(self):
        """A folder of which the first file takes a while."""
        album = self.folder / "album"
        album.mkdir()
        with open(album / "a.bin", "wb") as file:
            file.truncate(6 << 20)
        (album / "b.txt").write_text("old")
        return album

    def test_a_file_goes_from_send_to_receive_and_both_end_with_0(self):
        host = self.host()
        receiver = self.receive(host, "--count", "1", "--yes")
        sender = self.send(host, "Rita")
        self.assert_ends(sender, DONE)
        self.assert_ends(receiver, DONE)
        self.assertEqual(receiver.raw.decode(), f"{self.inbox / 'gift.bin'}\n")
        self.assertEqual((self.inbox / "gift.bin").read_bytes(), self.path.read_bytes())
        self.assertEqual(sender.raw, b"")
        self.assertIn("done", sender.errors.decode())
        self.assertNotIn(b"\x1b", sender.errors + receiver.errors)

    def test_send_waits_for_somebody_who_comes_later(self):
        host = self.host()
        sender = self.send(host, "Rita")
        sender.wait_for_error_output("Waiting for 'Rita'. Here now: Hanna.")
        receiver = self.start(
            *("Rita", "receive", host.address, "--into", self.inbox, "--count", "1", "--yes")
        )
        self.assert_ends(sender, DONE)
        self.assert_ends(receiver, DONE)

    def test_several_files_count_as_one_hand_over(self):
        host = self.host()
        receiver = self.receive(host, "--count", "1", "--yes")
        other = self.write_file("空.txt", b"")
        self.assert_ends(self.send(host, "Rita", self.path, other), DONE)
        self.assert_ends(receiver, DONE)
        self.assertEqual(sorted(os.listdir(self.inbox)), ["gift.bin", "空.txt"])
        self.assertEqual(len(receiver.raw.splitlines()), 2)

    def test_send_to_everyone_ends_with_0_when_all_have_it(self):
        host = self.host()
        receiver = self.receive(host, "--count", "1", "--yes")
        sender = self.send(host, "everyone")
        offer = host.take("offer")
        other = self.folder / "host inbox"
        other.mkdir()
        host.send("accept", transfer=offer["transfer"], into=str(other))
        self.assert_ends(sender, DONE)
        self.assert_ends(receiver, DONE)
        self.assertEqual((other / "gift.bin").read_bytes(), self.path.read_bytes())

    def test_a_declined_offer_ends_send_with_5(self):
        host = self.host()
        sender = self.send(host, "Hanna")
        host.send("decline", transfer=host.take("offer")["transfer"])
        self.assert_ends(sender, DECLINED)

    def test_a_question_answered_no_declines_and_answered_yes_accepts(self):
        host = self.host()
        receiver = self.receive(host, "--count", "1")
        sender = self.send(host, "Rita")
        receiver.wait_for_error_output("gift.bin")
        receiver.send_raw(b"n\n")
        self.assert_ends(sender, DECLINED)
        sender = self.send(host, "Rita")
        receiver.send_raw(b"y\n")
        self.assert_ends(sender, DONE)
        self.assert_ends(receiver, DONE)

    def test_without_anybody_to_ask_nothing_is_taken(self):
        host = self.host()
        receiver = self.receive(host, stdin=subprocess.DEVNULL)
        self.assert_ends(self.send(host, "Rita"), DECLINED)
        self.assertEqual(os.listdir(self.inbox), [])
        receiver.wait_for_error_output("--yes")

    def begin_and_kill(self, host, *arguments):
        """A large file and its transfer, of which Rita has some when her program is killed."""
        large = self.write_file("large.bin", os.urandom(1 << 20) * 24)
        receiver = self.receive(host, *arguments)
        host.send("limit", up=8_000_000, down=0)
        host.send("send", to="Rita", paths=[str(large)])
        begun = host.take("transfer", where=lambda event: event["bytes_done"] > 1 << 20)
        receiver.kill()
        host.take("peer_left")
        return large, begun

    def test_a_killed_receive_that_is_started_again_ends_with_what_it_had_begun(self):
        host = self.host()
        large, _ = self.begin_and_kill(host, "--count", "1", "--yes")
        receiver = self.receive(host, "--count", "1", "--yes")
        host.send("limit", up=0, down=0)
        self.assert_ends(receiver, DONE)
        self.assertEqual(receiver.raw.decode(), f"{self.inbox / 'large.bin'}\n")
        self.assertEqual((self.inbox / "large.bin").read_bytes(), large.read_bytes())

    def test_what_was_begun_for_another_folder_does_not_count(self):
        host = self.host()
        self.begin_and_kill(host, "--yes")
        earlier, self.inbox = self.inbox, self.folder / "another"
        receiver = self.receive(host, "--count", "1", "--yes")
        host.send("limit", up=0, down=0)
        host.take("transfer", state="done")
        self.assertTrue((earlier / "large.bin").exists())
        host.send("send", to="Rita", paths=[str(self.path)])
        self.assert_ends(receiver, DONE)
        self.assertEqual(receiver.raw.decode(), f"{self.inbox / 'gift.bin'}\n")

    def test_what_was_accepted_beside_what_was_left_behind_is_not_cut_by_its_end(self):
        host = self.host()
        _, begun = self.begin_and_kill(host, "--count", "1", "--yes")
        receiver = self.receive(host, "--count", "1", "--yes")
        second = self.write_file("second.bin", os.urandom(1 << 20) * 24)
        host.send("send", to="Rita", paths=[str(second)], ref="second")
        also = host.take("transfer", ref="second")["transfer"]
        host.take("transfer", transfer=also, where=lambda event: event["bytes_done"] > 0)
        host.send("pause", transfer=also)
        host.take("transfer", transfer=also, state="paused")
        host.send("limit", up=0, down=0)
        host.take("transfer", transfer=begun["transfer"], state="done")
        host.send("resume", transfer=also)
        self.assert_ends(receiver, DONE)
        self.assertEqual((self.inbox / "second.bin").read_bytes(), second.read_bytes())

    def test_a_standing_yes_to_somebody_else_does_not_count(self):
        host = self.host()
        carol = self.join("Carol", host)
        rule = self.folder / "from carol"
        rule.mkdir()
        rita = self.join("Rita", host)
        host.take("peer_joined", where=lambda event: event["peer"]["name"] == "Rita")
        rita.send("trust", peer="Carol", verified=True, auto_accept=True, into=str(rule), ref="t")
        rita.take("peer_changed", ref="t")
        rita.send("quit")
        self.assert_ends(rita, DONE)
        host.take("peer_left", where=lambda event: event["peer"]["name"] == "Rita")
        receiver = self.receive(host, "--count", "1", "--yes", "--from", "Hanna")
        photo = self.write_file("photo.jpg", os.urandom(300_000))
        carol.send("send", to="Rita", paths=[str(photo)])
        carol.take("transfer", state="done")
        self.assertEqual(os.listdir(rule), ["photo.jpg"])
        host.send("send", to="Rita", paths=[str(self.path)])
        self.assert_ends(receiver, DONE)
        self.assertEqual(receiver.raw.decode(), f"{self.inbox / 'gift.bin'}\n")

    def test_receive_from_one_person_declines_the_others(self):
        host = self.host()
        receiver = self.receive(host, "--count", "1", "--yes", "--from", "Hanna")
        self.assert_ends(self.send(host, "Rita"), DECLINED)
        host.send("send", to="Rita", paths=[str(self.path)])
        self.assert_ends(receiver, DONE)

    def test_a6_hidden_names_are_not_taken_unasked(self):
        host = self.host()
        self.receive(host, "--yes")
        hidden = self.write_file(".bashrc", b"echo owned")
        self.assert_ends(self.send(host, "Rita", hidden), DECLINED)
        self.assertEqual(os.listdir(self.inbox), [])

    def test_a_receiver_who_leaves_ends_send_with_6(self):
        host = self.host()
        ann = self.join("Ann", host)
        sender = self.send(host, "Ann")
        ann.take("offer")
        ann.send("quit")
        self.assert_ends(sender, INCOMPLETE)

    def begin_album(self):
        """Slowly, until bytes of it are stored; answers the folder, the host who receives it, the
        sending program and the id."""
        album = self.write_album()
        host = self.host()
        host.send("limit", up=0, down=2 << 20)
        sender = self.send(host, "Hanna", album)
        self.inbox.mkdir()
        transfer = host.take("offer")["transfer"]
        host.send("accept", transfer=transfer, into=str(self.inbox))
        host.take("transfer", where=lambda event: event["bytes_done"] > 0)
        return album, host, sender, transfer

    def test_a_folder_in_which_a_file_has_gone_goes_on_without_it_and_without_a_question(self):
        album, host, sender, transfer = self.begin_album()
        (album / "b.txt").unlink()
        host.send("limit", up=0, down=0)
        done = host.take("transfer", transfer=transfer, state="done")
        self.assertEqual((done["files_total"], done["left_out"]), (1, 1))
        self.assert_ends(sender, DONE)
        self.assertEqual(os.listdir(self.inbox / "album"), ["a.bin"])

    def test_a_folder_into_which_a_file_came_is_offered_anew_and_send_stays_for_it(self):
        album, host, sender, _ = self.begin_album()
        (album / "b.txt").unlink()
        (album / "c.txt").write_text("new")
        host.send("limit", up=0, down=0)
        anew = host.take("offer")
        self.assertEqual(anew["files"], 2)
        host.send("accept", transfer=anew["transfer"], into=str(self.inbox))
        self.assert_ends(sender, DONE)
        self.assertEqual(sorted(os.listdir(self.inbox / "album")), ["a.bin", "c.txt"])

    def test_a_folder_that_is_offered_anew_counts_once_for_receive(self):
        host = self.host()
        album = self.write_album()
        receiver = self.receive(host, "--count", "1", "--yes", "--limit", f"down:{2 << 20}")
        sender = self.send(host, "Rita", album)
        receiver.wait_for_error_output("album")
        (album / "b.txt").unlink()
        (album / "c.txt").write_text("new")
        self.assert_ends(sender, DONE)
        self.assert_ends(receiver, DONE)
        self.assertEqual(sorted(os.listdir(self.inbox / "album")), ["a.bin", "c.txt"])

    def test_a_cancelled_transfer_ends_both_with_6(self):
        host = self.host()
        endless = self.folder / "endless.bin"
        with open(endless, "wb") as file:
            file.truncate(8 << 30)
        sender = self.send(host, "Hanna", endless)
        offer = host.take("offer")
        self.inbox.mkdir()
        host.send("accept", transfer=offer["transfer"], into=str(self.inbox))
        host.take("transfer", where=lambda event: event["bytes_done"] > 0)
        host.send("cancel", transfer=offer["transfer"])
        self.assert_ends(sender, INCOMPLETE)
        host.send("quit")
        self.assert_ends(host, 0)
        self.assertEqual(os.listdir(self.inbox), [])

    def test_ctrl_c_leaves_cleanly_with_130_and_no_debris(self):
        host = self.host()
        endless = self.folder / "endless.bin"
        with open(endless, "wb") as file:
            file.truncate(8 << 30)
        sender = self.send(host, "Hanna", endless)
        offer = host.take("offer")
        self.inbox.mkdir()
        host.send("accept", transfer=offer["transfer"], into=str(self.inbox))
        host.take("transfer", where=lambda event: event["bytes_done"] > 0)
        sender.signal(signal.SIGINT)
        self.assert_ends(sender, INTERRUPTED)
        host.take("peer_left", within=2)
        host.take("transfer", state="cancelled")
        host.send("quit")
        self.assert_ends(host, 0)
        self.assertEqual(os.listdir(self.inbox), [])

    def test_ctrl_c_ends_a_receive_without_count(self):
        host = self.host()
        receiver = self.receive(host, "--yes")
        receiver.signal(signal.SIGINT)
        self.assert_ends(receiver, INTERRUPTED)
        host.take("peer_left", within=2)

    def test_nobody_at_the_address_ends_with_3(self):
        host = self.host()
        host.send("quit")
        self.assert_ends(host, 0)
        self.assert_ends(self.send(host, "Rita"), NO_CONNECTION)

    def test_two_people_of_that_name_are_told_apart_and_nothing_is_sent(self):
        host = self.host()
        one = self.join("Ann", host)
        twin = self.start("Twin", "join", host.address, "--headless", "--json", name="Ann")
        twin.take("joined")
        sender = self.send(host, "Ann")
        self.assert_ends(sender, USAGE)
        self.assertIn(one.joined["self"]["id"][:7], sender.errors.decode())

    def test_b6_somebody_named_like_a_verified_person_gets_nothing_unless_one_is_sure(self):
        host = self.host()
        ann = self.join("Ann", host)
        # Who sends has verified Ann on another day.
        bob = self.join("Bob", host)
        bob.send("trust", peer="Ann", verified=True, ref="v")
        bob.take("peer_changed", where=lambda event: event["peer"]["verified"])
        bob.stop()
        ann.stop()
        twin = self.start("Twin", "join", host.address, "--headless", "--json", name="Ann")
        twin.take("joined")
        sending = ("Bob", "send", host.address, "--to", "Ann", self.path)
        sender = self.start(*sending)
        self.assert_ends(sender, INCOMPLETE)
        self.assertIn("--sure", sender.errors.decode())
        self.assertEqual(twin.pending("offer"), [])
        sender = self.start(*sending, "--sure")
        offer = twin.take("offer")
        twin.send("accept", transfer=offer["transfer"])
        self.assert_ends(sender, 0)


if __name__ == "__main__":
    main()
