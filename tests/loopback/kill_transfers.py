"""kill -9 of receiver, sender and host at random moments of transfers, over both paths (T25, T26,
E14).

    kill_transfers.py [--seed N] [--kills N]

Each transfer is killed several times, then left to end. After every kill: what stands under its
final name is whole. At the end: equal bytes, nothing else, and what travelled twice is within the
bound.
"""

import shutil
import sys
import threading
import time
import unittest

from fault_proxy import TO_MEMBER, FaultProxy
from lasting import (
    CHUNK_BYTES,
    KIB,
    MIB,
    OVER,
    UNDER_WAY,
    TransferTest,
    bytes_in,
    chosen,
    look_of,
    main,
    write_random_file,
    write_random_tree,
)
from program import PATIENCE_S

BYTES_PER_S = 24 * MIB
KILLS_PER_TRANSFER = (2, 6)
# What TLS, frames and the room add to the bytes of a file, generously.
OVERHEAD = 1.03
# What a relay and the buffers of the kernel hold when a process is gone.
UNDER_WAY_BYTES = 4 * MIB


class KillTransfers(TransferTest):
    def setUp(self):
        super().setUp()
        self.kills = {"Hanna": 0, "Ann": 0, "Bob": 0}
        self.sent_again = 0
        self.sources = [
            write_random_file(self.folder / "big 大.bin", 48 * MIB + 4321, self.random),
            write_random_tree(self.folder / "many small", self.random, 500, 150 * KIB),
        ]
        self.looks = {path.name: look_of(path) for path in self.sources}
        self.sizes = {path.name: bytes_in(path) for path in self.sources}

    def open_room(self, path):
        host = self.host()
        self.proxy = FaultProxy(host.hosting["port"], seed=self.random.random())
        self.addCleanup(self.proxy.stop)
        self.people = {
            "Hanna": host,
            "Ann": self.join("Ann", host, "--path", path),
            # The proxy counts what reaches the receiver; it does nothing to it.
            "Bob": self.join("Bob", self.proxy, "--path", path),
        }
        self.people["Ann"].take("peer_joined")
        self.people["Ann"].send("limit", up=BYTES_PER_S, down=0)

    def kill_and_restart(self, *names):
        print(f"kills {', '.join(names)}", file=sys.stderr, flush=True)
        for name in names:
            self.people[name].kill()
            self.kills[name] += 1
            self.assert_never_wrong(self.wanted)
        for name in sorted(names, key=["Hanna", "Ann", "Bob"].index):
            self.people[name] = self.restart(self.people[name])
        if "Ann" in names:
            self.people["Ann"].send("limit", up=BYTES_PER_S, down=0)

    def reach_a_random_moment(self, transfer, size, reached):
        """Answers how many bytes there were; None when it is over."""
        kind = self.random.choice(["bytes", "bytes", "bytes", "soon", "end"])
        if kind == "bytes":
            reached = self.reach(transfer, reached + self.random.random() * (size - reached) / 2)
        elif kind == "end":
            reached = self.reach(transfer, size - MIB)
        # The moment itself is drawn, not waited for.
        threading.Event().wait(self.random.random() * (0.03 if kind == "end" else 0.4))
        return reached

    def reach(self, transfer, goal):
        """Answers how many bytes are stored then; None when it was over before."""
        deadline = time.monotonic() + 3 * PATIENCE_S
        while time.monotonic() < deadline:
            event = self.take_state_if_it_comes(
                *(self.people["Bob"], transfer, (*UNDER_WAY, "done"), 1),
                where=lambda one: one["state"] == "done" or one["bytes_done"] >= goal,
            )
            if event and event["state"] != "done":
                return event["bytes_done"]
            if event:
                self.people["Bob"].waiting.append(event)  # for those who ask whether it is over
            if event or self.is_over("Bob", transfer):
                return None
        raise AssertionError(self.people["Bob"].story(f"{transfer} does not get on"))

    def is_over(self, name, transfer):
        """It said so, or it has nothing unfinished of that id any more: it may have been killed
        between the end and its event."""
        program = self.people[name]
        if program.pending("transfer", transfer=transfer, state="done"):
            return True
        entry = self.listed(program, transfer)
        if entry and entry["state"] in OVER:
            self.assertEqual(entry["state"], "done", entry)
        return entry is None or entry["state"] == "done"

    def wait_until_over(self, transfer):
        deadline = time.monotonic() + 3 * PATIENCE_S
        for name in ("Bob", "Ann"):
            program = self.people[name]
            while not self.is_over(name, transfer):
                if time.monotonic() > deadline:
                    raise AssertionError(program.story(f"{transfer} did not end"))
                if self.take_state_if_it_comes(program, transfer, ("done",), 1):
                    break

    def remember_sent_again(self, transfer):
        for event in self.people["Bob"].pending("transfer", transfer=transfer):
            self.sent_again = max(self.sent_again, event["bytes_sent_again"])

    def check_one(self, source, kills_left):
        self.wanted = {source.name: self.looks[source.name]}
        size = self.sizes[source.name]
        shutil.rmtree(self.inbox)
        self.inbox.mkdir()
        self.sent_again = 0
        carried_before = self.proxy.carried[TO_MEMBER]
        # Whoever was killed last may still be on his way back.
        self.wait_until_sees(self.people["Ann"], self.people["Bob"])
        transfer = self.hand_over(self.people["Ann"], self.people["Bob"], source)
        # From the yes on nothing may stop it.
        self.take_state(self.people["Bob"], transfer, "waiting", *UNDER_WAY)
        kills, reached = 0, 0
        for _ in range(min(kills_left, self.random.randint(*KILLS_PER_TRANSFER))):
            reached = self.reach_a_random_moment(transfer, size, reached)
            if reached is None:
                break
            self.remember_sent_again(transfer)
            victims = self.random.choice([["Bob"], ["Bob"], ["Ann"], ["Hanna"], ["Ann", "Bob"]])
            self.kill_and_restart(*victims)
            kills += len(victims)
        self.wait_until_over(transfer)
        self.remember_sent_again(transfer)
        self.assert_arrived(self.wanted)
        self.assertLessEqual(self.sent_again, kills * CHUNK_BYTES)
        if self.path == "relayed":
            carried = self.proxy.carried[TO_MEMBER] - carried_before
            self.assertGreaterEqual(carried, size)
            bound = size * OVERHEAD + kills * (CHUNK_BYTES + UNDER_WAY_BYTES) + 4 * MIB
            self.assertLessEqual(carried, bound)
        return kills

    def check_path(self, path):
        self.path = path
        self.open_room(path)
        kills, transfers, begin = 0, 0, time.monotonic()
        while kills < chosen.kills / 2:
            source = self.sources[transfers % len(self.sources)]
            kills += self.check_one(source, chosen.kills // 2 - kills + 1)
            transfers += 1
        seconds = time.monotonic() - begin
        print(f"{path}: {kills} kills {self.kills}, {transfers} transfers, {seconds:.0f} s")

    def test_e14_t25_t26_every_transfer_survives_over_the_direct_path(self):
        self.check_path("direct")

    def test_e14_t25_t26_every_transfer_survives_over_the_relayed_path(self):
        self.check_path("relayed")


if __name__ == "__main__":
    main(kills=60)
