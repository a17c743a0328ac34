"""Disks that are small, full, out of inodes, read-only, gone, or replaced by a link (T29, T30)."""

import errno
import os
import re
import shutil

import namespaces
from lasting import KIB, MIB, TransferTest, look_of, main, write_random_file

BYTES_PER_S = 8 * MIB


def fill(folder):
    """What another program does that takes all the room there is; answers what to delete."""
    path = folder / ".another program"
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * KIB))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    return path


def take_all_inodes(folder):
    taken = folder / ".another program"
    taken.mkdir()
    try:
        for number in range(1_000_000):
            (taken / str(number)).touch()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    return taken


class DiskRoom(TransferTest):
    def setUp(self):
        super().setUp()
        self.ann = self.host("Ann")
        self.bob = self.join("Bob", self.ann)
        self.ann.take("peer_joined")
        self.ann.send("limit", up=BYTES_PER_S, down=0)
        self.outside = self.folder / "outside"
        self.outside.mkdir()
        (self.outside / "canary").write_text("untouched")

    def make_file(self, size):
        path = write_random_file(self.folder / "big.bin", size, self.random)
        self.wanted = {path.name: look_of(path)}
        return path

    def make_folder(self, files, size):
        folder = self.folder / "many"
        folder.mkdir()
        for number in range(files):
            write_random_file(folder / f"{number}.bin", size, self.random)
        self.wanted = {folder.name: look_of(folder)}
        return folder

    def tearDown(self):
        canary = ("file", len("untouched"))
        self.assertEqual(list(look_of(self.outside)), ["canary"])
        self.assertEqual(look_of(self.outside / "canary")[:2], canary)
        for program in (self.ann, self.bob):
            self.assertIsNone(program.process.poll(), program.errors.decode(errors="replace"))
        self.ann.send("say", text="the room goes on")
        self.bob.take("message", text="the room goes on")
        super().tearDown()

    def accept_is_refused(self, transfer, into):
        self.accept(self.bob, transfer, into, ref="refused")
        return self.bob.take("error", ref="refused")

    def assert_done(self, transfer, inbox=None):
        for program in (self.bob, self.ann):
            self.take_state(program, transfer, "done", within=60)
        self.assert_arrived(self.wanted, inbox)

    def assert_trouble(self, transfer):
        """The receiver tells what is wrong, and nobody says done."""
        event = self.take_state(
            *(self.bob, transfer, "failed", "paused", "interrupted"),
            within=60,
            where=lambda one: one["error"] is not None,
        )
        self.assertEqual(self.bob.pending("transfer", transfer=transfer, state="done"), [])
        self.assertNotEqual(event["error"]["message"], "")
        return event

    def test_f2_t29_what_cannot_fit_is_refused_with_both_numbers_and_fits_elsewhere(self):
        namespaces.mount_small_disk(self, self.inbox, size="20m")
        transfer = self.offer(self.ann, self.bob, self.make_file(30 * MIB))
        error = self.accept_is_refused(transfer, self.inbox)
        self.assertEqual(error["code"], "disk_full")
        self.assertGreaterEqual(len(re.findall(r"\d[\d.,]*", error["message"])), 2, error)
        self.assertEqual(os.listdir(self.inbox), [])
        other = self.folder / "roomy"
        other.mkdir()
        self.accept(self.bob, transfer, other)
        self.assert_done(transfer, other)

    def test_f2_t29_full_on_the_way_pauses_both_and_goes_on_when_there_is_room(self):
        namespaces.mount_small_disk(self, self.inbox, size="96m")
        transfer = self.hand_over(self.ann, self.bob, self.make_file(48 * MIB))
        self.take_progress(self.bob, transfer, 4 * MIB)
        filler = fill(self.inbox)
        for program in (self.bob, self.ann):
            paused = self.take_state(program, transfer, "paused", within=60)
            self.assertEqual(paused["paused_by"], "disk")
            self.assertEqual(paused["error"]["code"], "disk_full", paused)
        self.assertEqual(sorted(os.listdir(self.inbox)), [filler.name, "big.bin.part"])
        filler.unlink()
        self.assert_done(transfer)

    def test_t29_killed_while_paused_by_a_full_disk_it_still_ends(self):
        namespaces.mount_small_disk(self, self.inbox, size="96m")
        transfer = self.hand_over(self.ann, self.bob, self.make_file(48 * MIB))
        self.take_progress(self.bob, transfer, 4 * MIB)
        filler = fill(self.inbox)
        self.take_state(self.bob, transfer, "paused", within=60)
        self.bob.kill()
        self.bob = self.restart(self.bob)
        filler.unlink()
        self.assert_done(transfer)

    def test_t29_a_disk_that_stays_full_lets_the_transfer_be_cancelled(self):
        namespaces.mount_small_disk(self, self.inbox, size="96m")
        transfer = self.hand_over(self.ann, self.bob, self.make_file(48 * MIB))
        self.take_progress(self.bob, transfer, 4 * MIB)
        filler = fill(self.inbox)
        self.take_state(self.bob, transfer, "paused", within=60)
        self.bob.send("cancel", transfer=transfer)
        for program in (self.bob, self.ann):
            self.take_state(program, transfer, "cancelled")
        self.assertEqual(os.listdir(self.inbox), [filler.name])

    def test_a25_t30_more_files_than_inodes_are_refused(self):
        namespaces.mount_small_disk(self, self.inbox, size="64m", nr_inodes=50)
        transfer = self.offer(self.ann, self.bob, self.make_folder(100, 10))
        error = self.accept_is_refused(transfer, self.inbox)
        self.assertEqual(error["code"], "disk_full")
        self.assertEqual(os.listdir(self.inbox), [])

    def test_a25_t30_inodes_used_up_on_the_way_are_told_and_it_goes_on_later(self):
        # Enough for the reserve of limits.hpp, so that it begins.
        namespaces.mount_small_disk(self, self.inbox, size="200m", nr_inodes=20_000)
        transfer = self.hand_over(self.ann, self.bob, self.make_folder(60, 512 * KIB))
        self.take_progress(self.bob, transfer, 2 * MIB)
        taken = take_all_inodes(self.inbox)
        paused = self.take_state(self.bob, transfer, "paused", within=60)
        self.assertEqual(paused["paused_by"], "disk")
        shutil.rmtree(taken)
        self.assert_done(transfer)

    def test_t30_a_read_only_folder_is_told_and_another_one_works(self):
        namespaces.make_read_only(self, self.inbox)
        transfer = self.offer(self.ann, self.bob, self.make_file(MIB))
        self.accept(self.bob, transfer, ref="read only")
        told = self.bob.take_any(
            lambda event: event.get("ref") == "read only" and event["event"] == "error"
            or event["event"] == "transfer" and event["error"] is not None,
            "error about a read-only folder",
        )
        message = told["message"] if told["event"] == "error" else told["error"]["message"]
        self.assertIn("read-only", message.lower())
        if (self.listed(self.bob, transfer) or {}).get("state") != "offered":
            self.take_state(self.ann, transfer, "failed")
            self.ann.send("retry", transfer=transfer, batch=False)
            transfer = self.bob.take("offer")["transfer"]
        other = self.folder / "writable"
        other.mkdir()
        self.accept(self.bob, transfer, other)
        self.assert_done(transfer, other)

    def test_t30_a_folder_that_vanishes_on_the_way_is_told(self):
        transfer = self.hand_over(self.ann, self.bob, self.make_file(24 * MIB))
        self.take_progress(self.bob, transfer, 4 * MIB)
        shutil.rmtree(self.inbox)
        self.assert_trouble(transfer)
        self.assertFalse(self.inbox.exists())

    def replace_by_link(self):
        moved = self.inbox.rename(self.folder / "moved away")
        self.inbox.symlink_to(self.outside, target_is_directory=True)
        return moved

    def test_t30_a_folder_replaced_by_a_link_on_the_way_is_told_and_nothing_is_outside(self):
        for source in (self.make_file(24 * MIB), self.make_folder(48, 512 * KIB)):
            with self.subTest(source=source.name):
                transfer = self.hand_over(self.ann, self.bob, source)
                self.take_progress(self.bob, transfer, 4 * MIB)
                moved = self.replace_by_link()
                try:
                    self.assert_trouble(transfer)
                    self.assertEqual(os.listdir(self.outside), ["canary"])
                finally:
                    # It waits for its folder, and is cleaned where that is now.
                    self.bob.send("cancel", transfer=transfer)
                    self.take_state(self.bob, transfer, "cancelled")
                    self.assertEqual(os.listdir(moved), [])
                    self.inbox.unlink()
                    moved.rmdir()
                    self.inbox.mkdir()

    def test_t30_a_folder_replaced_by_a_link_while_nobody_ran_is_told(self):
        transfer = self.hand_over(self.ann, self.bob, self.make_file(24 * MIB))
        self.take_progress(self.bob, transfer, 4 * MIB)
        self.bob.kill()
        self.replace_by_link()
        self.bob = self.restart(self.bob)
        self.assert_trouble(transfer)
        self.assertEqual(os.listdir(self.outside), ["canary"])

    def test_a_file_of_that_name_that_comes_meanwhile_is_not_replaced(self):
        path = self.make_file(16 * MIB)
        transfer = self.hand_over(self.ann, self.bob, path)
        self.take_progress(self.bob, transfer, 4 * MIB)
        (self.inbox / path.name).write_text("somebody was faster")
        done = self.take_state(self.bob, transfer, "done")
        self.assertEqual(done["saved_as"], [str(self.inbox / "big (2).bin")])
        self.assertEqual((self.inbox / path.name).read_text(), "somebody was faster")
        self.assertEqual(look_of(self.inbox / "big (2).bin"), self.wanted[path.name])


if __name__ == "__main__":
    namespaces.enter("mount")
    main()
