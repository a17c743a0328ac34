"""Files handed over through JSON lines, compared byte for byte."""

import hashlib
import random
import unittest

from program import RoomTest, main

MIB = 1 << 20


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(MIB):
            digest.update(block)
    return digest.hexdigest()


def everything_in(folder):
    return sorted(path.name for path in folder.rglob("*"))


class Files(RoomTest):
    def setUp(self):
        super().setUp()
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()

    def random_file(self, name, size):
        # Not compressible and not repeating, so that a misplaced block cannot go unnoticed.
        return self.write_file(name, random.Random(size).randbytes(size))

    def hand_over(self, sender, receiver, receiver_name, path):
        sender.send("send", to=receiver_name, paths=[str(path)], ref="f")
        offered = sender.take("transfer", ref="f", state="offered")
        offer = receiver.take("offer", transfer=offered["transfer"])
        self.assertEqual(offer["name"], path.name)
        self.assertEqual((offer["files"], offer["bytes"]), (1, path.stat().st_size))
        self.assertEqual(offer["paths_preview"], [path.name])
        self.assertEqual(everything_in(self.inbox), [])
        receiver.send("accept", transfer=offer["transfer"], into=str(self.inbox), ref="a")
        return offer["transfer"]

    def assert_arrived(self, sender, receiver, transfer, path):
        size = path.stat().st_size
        got = receiver.take("transfer", within=60, transfer=transfer, state="done")
        sent = sender.take("transfer", within=60, transfer=transfer, state="done")
        for event, direction in ((got, "in"), (sent, "out")):
            self.assertEqual(event["direction"], direction)
            self.assertEqual((event["bytes_done"], event["bytes_total"]), (size, size))
            self.assertEqual((event["files_done"], event["files_total"]), (1, 1))
            self.assertIsNone(event["error"])
        self.assertEqual(got["saved_as"], [str(self.inbox / path.name)])
        self.assertEqual(sha256(self.inbox / path.name), sha256(path))
        self.assertEqual(everything_in(self.inbox), [path.name])
        return got

    def check_arrives(self, size):
        host, ann, bob = self.room_of_three()
        path = self.random_file(f"{size} 字节.bin", size)
        transfer = self.hand_over(ann, bob, "Bob", path)
        self.assert_arrived(ann, bob, transfer, path)
        host.answer_barrier()
        self.assertEqual(host.pending("transfer"), [])
        self.assertEqual(host.pending("offer"), [])

    def test_an_empty_file_arrives(self):
        self.check_arrives(0)

    def test_one_mebibyte_arrives(self):
        self.check_arrives(MIB)

    def test_fifty_mebibytes_arrive_and_progress_only_grows(self):
        _, ann, bob = self.room_of_three()
        path = self.random_file("large.bin", 50 * MIB)
        transfer = self.hand_over(ann, bob, "Bob", path)
        self.assert_arrived(ann, bob, transfer, path)
        for program in (ann, bob):
            done = [event["bytes_done"] for event in program.pending("transfer", transfer=transfer)]
            self.assertEqual(done, sorted(done))

    def test_the_host_sends_and_receives_as_well(self):
        host = self.host()
        ann = self.join("Ann", host)
        path = self.random_file("from host.bin", 3 * MIB + 1)
        self.assert_arrived(host, ann, self.hand_over(host, ann, "Ann", path), path)
        (self.inbox / path.name).unlink()
        path = self.random_file("to host.bin", 5)
        self.assert_arrived(ann, host, self.hand_over(ann, host, "Hanna", path), path)

    def test_each_path_can_be_forced_and_is_told(self):
        for policy in ("direct", "relayed"):
            with self.subTest(path=policy):
                host = self.host(f"Host {policy}")
                ann = self.join(f"Ann {policy}", host, "--path", policy)
                bob = self.join(f"Bob {policy}", host, "--path", policy)
                ann.take("peer_joined")
                path = self.random_file(f"{policy}.bin", 2 * MIB)
                transfer = self.hand_over(ann, bob, f"Bob {policy}", path)
                got = self.assert_arrived(ann, bob, transfer, path)
                self.assertEqual(got["path"], policy)
                (self.inbox / path.name).unlink()

    def test_everyone_gets_an_own_offer(self):
        host, ann, bob = self.room_of_three()
        path = self.random_file("for all.bin", MIB)
        ann.send("send", to="everyone", paths=[str(path)])
        for number, program in enumerate((host, bob)):
            folder = self.folder / f"inbox {number}"
            folder.mkdir()
            offer = program.take("offer")
            program.send("accept", transfer=offer["transfer"], into=str(folder))
            program.take("transfer", within=60, transfer=offer["transfer"], state="done")
            self.assertEqual(sha256(folder / path.name), sha256(path))
            ann.take("transfer", within=60, transfer=offer["transfer"], state="done")

    def test_a_declined_offer_writes_nothing_and_both_say_so(self):
        _, ann, bob = self.room_of_three()
        path = self.random_file("unwanted.bin", MIB)
        ann.send("send", to="Bob", paths=[str(path)])
        offer = bob.take("offer")
        bob.send("decline", transfer=offer["transfer"])
        ann.take("transfer", transfer=offer["transfer"], state="declined")
        bob.take("transfer", transfer=offer["transfer"], state="declined")
        self.assertEqual(everything_in(self.inbox), [])

    def test_an_offer_can_be_taken_back(self):
        _, ann, bob = self.room_of_three()
        path = self.random_file("regretted.bin", MIB)
        ann.send("send", to="Bob", paths=[str(path)])
        offer = bob.take("offer")
        ann.send("cancel", transfer=offer["transfer"])
        ann.take("transfer", transfer=offer["transfer"], state="cancelled")
        bob.take("transfer", transfer=offer["transfer"], state="cancelled")
        bob.send("accept", transfer=offer["transfer"], into=str(self.inbox), ref="late")
        self.assertEqual(bob.take("error", ref="late")["code"], "unknown_transfer")

    def check_cancel(self, canceller):
        _, ann, bob = self.room_of_three()
        path = self.folder / "endless.bin"
        with open(path, "wb") as file:
            file.truncate(8 << 30)  # sparse: longer than any test may take
        transfer = self.hand_over(ann, bob, "Bob", path)
        bob.take("transfer", transfer=transfer, where=lambda event: event["bytes_done"] > 0)
        (ann if canceller == "sender" else bob).send("cancel", transfer=transfer)
        for program in (ann, bob):
            program.take("transfer", within=2, transfer=transfer, state="cancelled")
        bob.send("quit")  # when it has ended, the thread that wrote the file has ended too
        self.assert_ends(bob, 0)
        self.assertEqual(everything_in(self.inbox), [])

    def test_the_sender_cancels_and_nothing_is_left(self):
        self.check_cancel("sender")

    def test_the_receiver_cancels_and_nothing_is_left(self):
        self.check_cancel("receiver")

    def test_transfers_lists_what_goes_on(self):
        _, ann, bob = self.room_of_three()
        path = self.random_file("listed.bin", 10)
        ann.send("send", to="Bob", paths=[str(path)])
        offer = bob.take("offer")
        for program, direction in ((ann, "out"), (bob, "in")):
            program.send("transfers", ref="t")
            listed = program.take("transfers", ref="t")["transfers"]
            self.assertEqual([entry["transfer"] for entry in listed], [offer["transfer"]])
            self.assertEqual((listed[0]["direction"], listed[0]["state"]), (direction, "offered"))

    def test_a_name_that_is_taken_gets_a_number_unless_the_content_is_equal(self):
        _, ann, bob = self.room_of_three()
        path = self.write_file("note.txt", b"new")
        (self.inbox / "note.txt").write_bytes(b"old")
        ann.send("send", to="Bob", paths=[str(path)])
        offer = bob.take("offer")
        bob.send("accept", transfer=offer["transfer"], into=str(self.inbox))
        done = bob.take("transfer", transfer=offer["transfer"], state="done")
        self.assertEqual(done["saved_as"], [str(self.inbox / "note (2).txt")])
        self.assertEqual((self.inbox / "note.txt").read_bytes(), b"old")
        self.assertEqual((self.inbox / "note (2).txt").read_bytes(), b"new")

    def test_a_missing_file_and_a_missing_folder_are_explained(self):
        _, ann, bob = self.room_of_three()
        ann.send("send", to="Bob", paths=[str(self.folder / "no such file")], ref="1")
        self.assertEqual(ann.take("error", ref="1")["code"], "file_error")
        path = self.random_file("real.bin", 10)
        ann.send("send", to="Bob", paths=[str(path)])
        offer = bob.take("offer")
        bob.send("accept", transfer=offer["transfer"], into=str(self.folder / "nowhere"), ref="2")
        failed = bob.take("error", ref="2")
        self.assertEqual(failed["code"], "file_error")


if __name__ == "__main__":
    main()
