"""Crashes between any two system calls of receiving, and system calls that fail (T27, T28, F1-F3).

    finish_crash.py [--seed N] [--points N] [--all]

First a hand-over is recorded; each of its calls is a point at which a later one is killed. Without
--all so many points are drawn, most of them from what finishing a file consists of.
"""

import collections
import errno
import os
import shutil
import time

from lasting import KIB, MIB, OVER, TransferTest, chosen, look_of, main, write_random_file
from program import PATIENCE_S
from watched import DISK_CALLS, Watched, paths_in, skip_without_strace

FINISHING = (
    "fsync,fdatasync,syncfs,sync_file_range,rename,renameat,renameat2,link,linkat,unlink,unlinkat,"
    "fchmod,fchmodat,utimensat,mkdir,mkdirat,rmdir"
).split(",")
CAUSES = {
    "ENOSPC": ("No space left on device", "disk_full"),
    "EDQUOT": ("Disk quota exceeded", "disk_full"),
    "EIO": ("Input/output error", "file_error"),
    "EACCES": ("Permission denied", "file_error"),
}


class FinishTest(TransferTest):
    def setUp(self):
        super().setUp()
        self.ann = self.host("Ann")
        self.bob = self.join("Bob", self.ann)
        self.ann.take("peer_joined")

    def make_file(self):
        return write_random_file(self.folder / "one 一.bin", 600 * KIB + 7, self.random)

    def make_large_file(self):
        """So large that its bytes are sent to the disk while others still come."""
        return write_random_file(self.folder / "large.bin", 40 * MIB, self.random)

    def make_folder(self):
        folder = self.folder / "tree"
        (folder / "sub" / "empty").mkdir(parents=True)
        write_random_file(folder / "a.bin", 5000, self.random)
        write_random_file(folder / "sub" / "b.sh", 300 * KIB, self.random).chmod(0o755)
        (folder / "sub" / "nothing").touch()
        return folder

    def restart_bob(self):
        self.bob = self.restart(self.bob)
        self.ann.take("peer_joined")

    def begin(self, source):
        self.wanted = {source.name: look_of(source)}
        shutil.rmtree(self.inbox)
        self.inbox.mkdir()
        return self.offer(self.ann, self.bob, source)

    def take_done(self, transfer):
        for program in (self.bob, self.ann):
            self.take_state(program, transfer, "done")
        self.assert_arrived(self.wanted)


class Crashes(FinishTest):
    def record(self, source):
        """Each call of a hand-over as (name, how often one thread had made it by then)."""
        transfer = self.begin(source)
        with Watched(self.bob) as watched:
            self.accept(self.bob, transfer)
            self.take_done(transfer)
        counts = collections.Counter()
        points = set()
        for thread, name, _ in watched.calls():
            counts[thread, name] += 1
            points.add((name, counts[thread, name]))
        self.assertTrue(any(name in FINISHING for name, _ in points), "nothing was recorded")
        return sorted(points)

    def choose(self, points):
        if chosen.all or len(points) <= chosen.points:
            return points
        finishing = [point for point in points if point[0] in FINISHING]
        others = [point for point in points if point[0] not in FINISHING]
        many = min(len(finishing), chosen.points * 3 // 4)
        drawn = self.random.sample(finishing, many)
        return drawn + self.random.sample(others, min(len(others), chosen.points - many))

    def crash_at(self, source, name, nth):
        """True if it was killed there: calls of other threads fall differently each time."""
        transfer = self.begin(source)
        inject = f"{name}:signal=KILL:when={nth}"
        with Watched(self.bob, calls=name, inject=inject):
            self.accept(self.bob, transfer)
            is_killed = self.wait_for_crash_or_end(transfer)
        self.assert_never_wrong(self.wanted)
        if not is_killed:
            self.bob.kill()
        self.restart_bob()
        if is_killed:
            self.end_after_crash(transfer, source)
        self.assert_arrived(self.wanted)
        return is_killed

    def wait_for_crash_or_end(self, transfer):
        """True when it was killed; False when both have said done and it lives on."""
        for program in (self.bob, self.ann):
            if self.wait_for_either(program, transfer):
                return True
        return self.bob.process.poll() is not None

    def wait_for_either(self, program, transfer):
        deadline = time.monotonic() + PATIENCE_S
        while not self.take_state_if_it_comes(program, transfer, ("done",), 0.1):
            if self.bob.process.poll() is not None:
                return True
            self.assertLess(time.monotonic(), deadline, program.story("neither done nor killed"))
        return False

    def end_after_crash(self, transfer, source):
        """It goes on by itself. Only where its yes had never reached the sender, both give it up,
        and it is offered again."""
        if self.listed(self.bob, transfer) or (self.inbox / source.name).exists():
            if self.end_of(self.ann, transfer) == "done":
                return
            if self.listed(self.bob, transfer):
                self.assertIn(self.end_of(self.bob, transfer), ("failed", "cancelled"))
        self.assertEqual(os.listdir(self.inbox), [], "left behind by what was forgotten")
        self.ann.send("cancel", transfer=transfer)
        transfer = self.offer(self.ann, self.bob, source)
        self.accept(self.bob, transfer)
        self.take_done(transfer)

    def end_of(self, program, transfer):
        entry = self.listed(program, transfer)
        if entry and entry["state"] in OVER:
            return entry["state"]
        return self.take_state(program, transfer, *OVER)["state"]

    def check_crashes(self, source):
        points = self.record(source)
        self.restart_bob()
        crashes = 0
        points_chosen = self.choose(points)
        for name, nth in points_chosen:
            with self.subTest(call=name, nth=nth):
                crashes += self.crash_at(source, name, nth)
        print(f"{len(points)} points, {len(points_chosen)} tried, {crashes} crashes")
        self.assertGreater(crashes, len(points_chosen) // 3, "hardly anything was killed")

    def test_e14_f1_t27_a_file_is_whole_or_absent_wherever_the_receiver_is_killed(self):
        self.check_crashes(self.make_file())

    def test_e14_f1_t27_a_folder_is_whole_or_absent_wherever_the_receiver_is_killed(self):
        self.check_crashes(self.make_folder())


class FailingCalls(FinishTest):
    """What fails is only what happens in the receive folder: the profile has its own tests."""

    def paths_of(self, calls):
        """Where calls of a recorded hand-over went, inside of the receive folder."""
        paths = {self.inbox}
        for _, _, rest in calls:
            for path in paths_in(rest):
                if path.startswith(f"{self.inbox}/"):
                    paths.add(path)
        return paths

    def record(self, source):
        transfer = self.begin(source)
        with Watched(self.bob) as watched:
            self.accept(self.bob, transfer)
            self.take_done(transfer)
        calls = watched.calls()
        inside = [call for call in calls if str(self.inbox) in call[2]]
        return self.paths_of(calls), {name for _, name, _ in inside}

    def check_failing(self, source, calls, causes):
        paths, used = self.record(source)
        for call in sorted(used.intersection(calls)):
            for cause in causes:
                with self.subTest(call=call, cause=cause):
                    self.fail_once(source, call, cause, paths)
        self.assertTrue(used.intersection(calls), f"none of {calls} is used, only {used}")

    def fail_once(self, source, call, cause, paths):
        transfer = self.begin(source)
        with Watched(self.bob, call, f"{call}:error={cause}:when=1+", paths):
            self.accept(self.bob, transfer, ref="a")
            told = self.take_trouble(transfer)
            self.assertIsNone(self.bob.process.poll(), "it crashed")
            self.assertNotIn(source.name, os.listdir(self.inbox))
            self.assert_never_wrong(self.wanted)
        sentence, code = CAUSES[cause]
        self.assertTrue(
            told["code"] == code or sentence.lower() in told["message"].lower(),
            f"{told} does not tell the cause {cause}",
        )
        self.go_on(transfer, source)

    def take_trouble(self, transfer):
        """The fault that the receiver tells, be it of the command or of the transfer."""

        def is_trouble(event):
            if event["event"] == "error":
                return event["ref"] == "a"
            return event.get("transfer") == transfer and event.get("error") is not None

        event = self.bob.take_any(
            lambda one: is_trouble(one)
            or one.get("transfer") == transfer and one.get("state") == "done",
            "error of the transfer, nor its end",
        )
        self.assertNotEqual(event.get("state"), "done", "it says done although a call failed")
        if event["event"] == "error":
            return event
        if event["state"] == "paused":
            self.assertEqual(event["paused_by"], "disk")
            self.take_state(self.ann, transfer, "paused")
        return event["error"]

    def go_on(self, transfer, source):
        """Once nothing fails any more: by itself, or with the button that the state offers."""
        entry = self.listed(self.bob, transfer)
        if entry and entry["state"] == "offered":  # the yes itself had failed
            self.accept(self.bob, transfer)
        elif entry and entry["state"] not in OVER:
            self.bob.send("resume", transfer=transfer)
        else:
            self.assertEqual(os.listdir(self.inbox), [], "left behind by what has failed")
            failed = self.take_state(self.ann, transfer, "failed")
            self.assertNotIn(str(self.inbox), failed["error"]["message"])
            self.ann.send("retry", transfer=transfer, batch=False)
            transfer = self.bob.take("offer")["transfer"]
            self.accept(self.bob, transfer)
        self.take_done(transfer)

    def test_f2_f3_t28_failing_calls_of_a_file_are_told_and_a_later_try_works(self):
        source = self.make_file()
        writes = {"write", "writev", "pwrite64", "pwritev", "pwritev2"}
        for calls in writes, {"fsync", "fdatasync", "syncfs"}, {"renameat2"}, {"openat2"}:
            self.check_failing(source, calls, CAUSES)

    def test_f3_t28_bytes_that_never_reach_the_disk_are_told_and_a_later_try_works(self):
        source = self.make_large_file()
        self.check_failing(source, {"sync_file_range"}, ("EIO", "ENOSPC"))
        self.check_failing(source, {"fsync"}, ("EIO",))

    def test_f2_f3_t28_failing_calls_of_a_folder_are_told_and_a_later_try_works(self):
        source = self.make_folder()
        self.check_failing(source, {"mkdirat"}, CAUSES)
        self.check_failing(source, {"syncfs"}, ("ENOSPC", "EIO"))
        self.check_failing(source, {"renameat2"}, ("EIO",))
        self.check_failing(source, {"openat2"}, ("EDQUOT",))


class PoorDisks(FinishTest):
    """Disks that cannot rename without replacing (NTFS, NFS, sshfs), with and without hard links,
    and those that keep no rights."""

    def check_arrives(self, source, calls):
        for name in (source.name, f"{source.stem} (2){source.suffix}"):
            with self.subTest(calls=calls, name=name):
                transfer = self.offer(self.ann, self.bob, source)
                with Watched(self.bob, calls, f"{calls}:error=ENOSYS"):
                    self.accept(self.bob, transfer)
                    done = self.take_state(self.bob, transfer, "done")
                self.take_state(self.ann, transfer, "done")
                self.assertEqual(done["saved_as"], [str(self.inbox / name)])
                self.assertEqual(look_of(self.inbox / name), look_of(source))
            self.change(source)

    def change(self, source):
        changed = source / "a.bin" if source.is_dir() else source
        write_random_file(changed, 5000, self.random)

    def check_on_poor_disks(self, source):
        for calls in ("renameat2", "renameat2,linkat"):
            shutil.rmtree(self.inbox)
            self.inbox.mkdir()
            self.check_arrives(source, calls)

    def test_a_file_gets_its_name_on_disks_that_cannot_rename_without_replacing(self):
        self.check_on_poor_disks(self.make_file())

    def test_a_folder_gets_its_name_on_disks_that_cannot_rename_without_replacing(self):
        self.check_on_poor_disks(self.make_folder())

    def test_what_a_disk_refuses_to_know_of_rights_holds_nothing_up(self):
        folder = self.make_folder()
        (folder / "sub" / "b.sh").chmod(0o644)
        self.check_arrives(self.make_file(), "fchmod")
        self.check_arrives(folder, "fchmod")


if __name__ == "__main__":
    assert set(FINISHING) <= set(DISK_CALLS.split(","))
    assert all(hasattr(errno, name) for name in CAUSES)
    skip_without_strace()
    main(points=40, all=False)
