"""Folders, choices, pauses and queues: what a transfer is beyond one file that simply arrives.

What breaks transfers off is in kill_transfers.py and resume_links.py.
"""

import os
from pathlib import Path

from program import RoomTest, main

SLOW = 2_000_000  # bytes a second: slow enough to act on a transfer on a busy machine, too


def described(folder):
    """Everything below a folder: kind, content, time and the right to run it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else None
        runs = path.is_file() and bool(status.st_mode & 0o100)
        found[str(path.relative_to(folder))] = (content, int(status.st_mtime), runs)
    return found


class Lasting(RoomTest):
    def setUp(self):
        super().setUp()
        self.host_program = self.host("Hanna")
        self.ann = self.join("Ann", self.host_program)
        self.bob = self.join("Bob", self.host_program)
        self.ann.take("peer_joined", where=lambda event: event["peer"]["name"] == "Bob")
        self.into = self.folder / "received"
        self.into.mkdir()

    def tree(self, name="tree"):
        tree = self.folder / "sent" / name
        for number in range(120):
            below = tree / f"part {number % 7}" / f"样本 {number % 3}"
            below.mkdir(parents=True, exist_ok=True)
            (below / f"file {number}.txt").write_bytes(os.urandom(number * 37 % 5000))
        (tree / "empty" / "emptier").mkdir(parents=True)
        (tree / "no bytes").write_bytes(b"")
        script = tree / "run.sh"
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        for path in [*tree.rglob("*"), tree]:
            os.utime(path, (1_000_000_000, 1_000_000_000 + len(path.name)))
        return tree

    def big(self, mebibytes, name="big.bin"):
        return self.write_file(name, os.urandom(1 << 20) * mebibytes)

    def offer(self, *paths, to="Bob"):
        self.ann.send("send", to=to, paths=[str(path) for path in paths])
        return self.bob.take("offer")

    def accept(self, offer, **choice):
        self.bob.send("accept", transfer=offer["transfer"], into=str(self.into), **choice)

    def done(self, offer):
        self.ann.take("transfer", transfer=offer["transfer"], state="done")
        return self.bob.take("transfer", transfer=offer["transfer"], state="done")

    def test_a_folder_arrives_with_its_tree_times_rights_and_empty_folders(self):
        tree = self.tree()
        expected = described(tree)
        (tree / "link").symlink_to("/etc/hostname")
        os.mkfifo(tree / "pipe")
        os.utime(tree, (1_000_000_000, 1_000_000_077))
        offer = self.offer(tree)
        self.assertEqual(offer["name"], "tree")
        self.assertEqual(offer["left_out"], 2)
        self.assertEqual(sorted(offer["left_out_preview"]), ["tree/link", "tree/pipe"])
        self.accept(offer)
        done = self.done(offer)
        self.assertEqual(done["saved_as"], [str(self.into / "tree")])
        self.assertEqual(described(self.into / "tree"), expected)
        self.assertEqual(int((self.into / "tree").stat().st_mtime), 1_000_000_077)
        self.assertEqual(os.listdir(self.into), ["tree"])

    def test_what_is_there_already_is_not_sent_again_and_never_replaced(self):
        tree = self.tree()
        first = self.offer(tree)
        self.accept(first)
        self.done(first)
        again = self.offer(tree)
        self.accept(again)
        same = self.done(again)
        self.assertEqual(same["files_skipped"], same["files_total"])
        self.assertEqual(same["saved_as"], [str(self.into / "tree")])
        before = described(self.into / "tree")
        (tree / "run.sh").write_text("#!/bin/no\n")
        os.utime(tree / "run.sh", (1_000_000_000, 1_000_000_099))
        changed = self.offer(tree)
        self.accept(changed)
        other = self.done(changed)
        self.assertEqual(other["saved_as"], [str(self.into / "tree (2)")])
        self.assertEqual(described(self.into / "tree"), before)
        self.assertEqual(described(self.into / "tree (2)"), described(tree))
        self.assertEqual(sorted(os.listdir(self.into)), ["tree", "tree (2)"])

    def test_some_of_the_files_can_be_taken_and_others_not(self):
        tree = self.tree()
        offer = self.offer(tree)
        self.bob.send("offer", transfer=offer["transfer"], first=0, count=1000)
        listed = self.bob.take("offer_entries")
        self.assertEqual(listed["total"], offer["files"] + offer["folders"])
        self.accept(offer, only=["tree/part 1", "tree/run.sh"], **{"except": ["tree/part 1/样本 0"]})
        done = self.done(offer)
        arrived = described(self.into / "tree")
        wanted = {
            path: what
            for path, what in described(tree).items()
            if path == "run.sh" or path.startswith("part 1") and not path.startswith("part 1/样本 0")
        }
        self.assertEqual(arrived, wanted)
        self.assertEqual(done["files_done"], sum(what[0] is not None for what in wanted.values()))

    def test_each_side_can_pause_and_only_who_paused_goes_on(self):
        source = self.big(24)
        self.ann.send("limit", up=SLOW, down=0)
        offer = self.offer(source)
        self.accept(offer)
        for pauser, other in ((self.ann, self.bob), (self.bob, self.ann)):
            self.bob.take("transfer", state="active", where=lambda event: event["bytes_done"] > 0)
            pauser.send("pause", transfer=offer["transfer"])
            pauser.take("transfer", state="paused", paused_by="us")
            other.take("transfer", state="paused", paused_by="peer")
            self.assertTrue((self.into / "big.bin.part").exists())
            self.assertFalse((self.into / "big.bin").exists())
            self.bob.waiting.clear()
            pauser.send("resume", transfer=offer["transfer"])
            other.take("transfer", state="active")
        self.ann.send("limit", up=0, down=0)
        self.done(offer)
        self.assertEqual((self.into / "big.bin").read_bytes(), source.read_bytes())

    def test_four_run_at_once_the_others_wait_in_an_order_that_can_be_changed(self):
        self.ann.send("limit", up=SLOW, down=0)
        offers = []
        for number in range(6):
            offers.append(self.offer(self.big(3, f"{number}.bin")))
            self.accept(offers[-1])
            self.bob.take("transfer", transfer=offers[-1]["transfer"],
                          where=lambda event: event["state"] == "active" or event["queue_place"])
        ids = [offer["transfer"] for offer in offers]
        self.bob.send("transfers", ref="before")
        listed = self.bob.take("transfers", ref="before")["transfers"]
        places = {one["transfer"]: one["queue_place"] for one in listed}
        self.assertEqual([places[one] for one in ids], [0, 0, 0, 0, 1, 2])
        self.bob.send("move", transfer=ids[5], before=ids[4])
        self.bob.take("transfer", transfer=ids[5], queue_place=1)
        self.bob.send("start_now", transfer=ids[4])
        self.bob.take("transfer", transfer=ids[4], state="active")
        self.ann.send("limit", up=0, down=0)
        for offer in offers:
            self.done(offer)

    def test_an_unanswered_offer_stands_in_nobodys_way(self):
        waiting = self.offer(self.big(1, "first.bin"))
        second = self.offer(self.big(1, "second.bin"))
        self.accept(second)
        self.done(second)
        self.bob.send("decline", transfer=waiting["transfer"])
        self.ann.take("transfer", transfer=waiting["transfer"], state="declined")

    def test_who_said_no_can_be_asked_again_without_asking_the_others(self):
        source = self.big(1)
        self.ann.send("send", to="everyone", paths=[str(source)])
        for member, answer in ((self.bob, "accept"), (self.host_program, "decline")):
            offer = member.take("offer")
            member.send(answer, transfer=offer["transfer"], **(
                {"into": str(self.into)} if answer == "accept" else {}))
        declined = self.ann.take("transfer", state="declined")
        self.ann.take("transfer", state="done")
        self.ann.send("retry", transfer=declined["transfer"], batch=True)
        offer = self.host_program.take("offer")
        again = self.folder / "again"
        again.mkdir()
        self.host_program.send("accept", transfer=offer["transfer"], into=str(again))
        done = self.ann.take("transfer", transfer=offer["transfer"], state="done")
        self.assertEqual(done["batch"], declined["batch"])
        self.assertEqual((again / "big.bin").read_bytes(), source.read_bytes())

    def test_e14_an_interrupted_one_is_listed_at_the_next_start_and_can_be_cleaned_up(self):
        self.ann.send("limit", up=SLOW, down=0)
        offer = self.offer(self.big(24))
        self.accept(offer)
        self.bob.take("transfer", where=lambda event: event["bytes_done"] > 1_000_000)
        self.ann.process.kill()
        self.ann.process.wait()
        self.bob.take("transfer", state="interrupted")
        self.bob.send("quit")
        self.assert_ends(self.bob, 0)
        bob = self.join("Bob", self.host_program)
        listed = bob.take("transfer", transfer=offer["transfer"], state="interrupted")
        self.assertEqual(listed["peer_name"], "Ann")
        self.assertTrue((self.into / "big.bin.part").exists())
        bob.send("cancel", transfer=offer["transfer"])
        bob.take("transfer", transfer=offer["transfer"], state="cancelled")
        self.assertEqual(os.listdir(self.into), [])
        ann = self.join("Ann", self.host_program)
        ann.take("transfer", transfer=offer["transfer"], state="cancelled")

    def accepted_before_a_byte_and_killed(self, source):
        """Bob has said yes and paused at once; then the machine lost its power."""
        offer = self.offer(source)
        self.accept(offer)
        self.bob.send("pause", transfer=offer["transfer"])
        self.bob.take("transfer", transfer=offer["transfer"], state="paused")
        # A pause holds while the folder is still looked at; Ann hears of it with the yes.
        self.ann.take("transfer", transfer=offer["transfer"], state="paused")
        # The store answers in order: before this it has written down that the files are wanted.
        self.bob.send("history", conversation="everyone", before=None, limit=1, ref="written")
        self.bob.take("history", ref="written")
        self.bob.kill()
        return offer

    def own_part(self, name):
        """A private file that another program of Bob's is filling."""
        path = self.into / name
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(handle, b"half of something else")
        os.close(handle)
        return path

    def test_a9_a_file_of_another_program_is_not_removed_for_its_name(self):
        self.ann.send("limit", up=1, down=0)
        offer = self.accepted_before_a_byte_and_killed(self.big(1))
        for path in self.into.iterdir():
            path.unlink()
        own = self.own_part("big.bin.part")
        self.bob = self.restart(self.bob)
        self.bob.take("transfer", transfer=offer["transfer"])
        self.bob.send("cancel", transfer=offer["transfer"])
        self.bob.take("transfer", transfer=offer["transfer"], state="cancelled")
        self.assertEqual(own.read_bytes(), b"half of something else")
        self.assertEqual(os.listdir(self.into), [own.name])

    def test_a9_a_file_of_another_program_is_not_written_into_for_its_name(self):
        self.ann.send("limit", up=1, down=0)
        source = self.big(1)
        offer = self.accepted_before_a_byte_and_killed(source)
        for path in self.into.iterdir():
            path.unlink()
        own = self.own_part("big.bin.part")
        self.ann.send("limit", up=0, down=0)
        self.bob = self.restart(self.bob)
        self.bob.take("transfer", transfer=offer["transfer"])
        self.bob.send("resume", transfer=offer["transfer"])
        self.done(offer)
        self.assertEqual(own.read_bytes(), b"half of something else")
        self.assertEqual((self.into / "big.bin").read_bytes(), source.read_bytes())
        self.assertEqual(sorted(os.listdir(self.into)), ["big.bin", own.name])

    def test_a_receive_folder_that_is_away_after_a_restart_is_waited_for(self):
        self.ann.send("limit", up=SLOW, down=0)
        source = self.big(16)
        offer = self.offer(source)
        self.accept(offer)
        self.bob.take("transfer", where=lambda event: event["bytes_done"] > 1_000_000)
        self.bob.kill()
        away = self.into.rename(self.folder / "unplugged")
        self.ann.send("limit", up=0, down=0)
        for is_another in (False, True):
            if is_another:
                self.into.mkdir()
            self.bob = self.restart(self.bob)
            told = self.bob.take("transfer", transfer=offer["transfer"], state="interrupted",
                                 where=lambda event: event["error"]
                                 and event["error"]["code"] == "file_error")
            self.assertIn(str(self.into), told["error"]["message"])
            self.bob.kill()
        self.assertEqual(os.listdir(self.into), [])
        self.into.rmdir()
        away.rename(self.into)
        self.bob = self.restart(self.bob)
        self.bob.take("transfer", transfer=offer["transfer"])
        self.bob.send("resume", transfer=offer["transfer"])
        self.done(offer)
        self.assertEqual((self.into / "big.bin").read_bytes(), source.read_bytes())
        self.assertEqual(os.listdir(self.into), ["big.bin"])

    def test_a_source_that_changes_on_the_way_starts_over_and_is_never_a_mixture(self):
        self.ann.send("limit", up=SLOW, down=0)
        source = self.big(16)
        offer = self.offer(source)
        self.accept(offer)
        self.bob.take("transfer", where=lambda event: event["bytes_done"] > 2_000_000)
        content = bytearray(source.read_bytes())
        content[0:5] = b"newer"
        source.write_bytes(bytes(content) + b"and longer")
        self.ann.send("limit", up=0, down=0)
        self.ann.take("transfer", state="interrupted",
                      where=lambda event: event["error"]["code"] == "source_changed")
        done = self.done(offer)
        self.assertEqual(done["bytes_total"], len(content) + len(b"and longer"))
        self.assertEqual(Path(done["saved_as"][0]).read_bytes(), source.read_bytes())
        self.assertEqual(os.listdir(self.into), ["big.bin"])


if __name__ == "__main__":
    main()
