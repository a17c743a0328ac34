"""Transfers over links that go down, come back and change, and past programs that stand still
(T14, T15, T16, T22, T23).

    resume_links.py [--seed N] [--stop_s N]

Three people at three places of a network of the test's own. Whoever is stopped stays so until the
others have noticed, or for --stop_s seconds if that is longer.
"""

import shutil
import signal
import threading
import time

import namespaces
from lasting import MIB, TransferTest, chosen, look_of, main, write_random_file

BYTES_PER_S = 8 * MIB
SIZE = 40 * MIB
# limits::transfer_stalled_max, and a little for a busy machine.
NOTICED_WITHIN_S = 20
# Then the next attempt of whoever has to come back, and the way to each other.
BACK_WITHIN_S = 40

ADDRESSES = {"hanna": "10.77.0.1", "ann": "10.77.0.2", "bob": "10.77.0.3"}
network = None


class LinksTest(TransferTest):
    def setUp(self):
        super().setUp()
        self.hanna = self.host("Hanna", bind=ADDRESSES["hanna"], before=self.words("hanna"))
        self.ann = self.join("Ann", self.hanna, before=self.words("ann"))
        self.bob = self.join("Bob", self.hanna, before=self.words("bob"))
        self.ann.take("peer_joined")
        self.ann.send("limit", up=BYTES_PER_S, down=0)

    def words(self, place):
        return ["ip", "netns", "exec", place]

    def begin(self):
        path = self.folder / "big.bin"
        write_random_file(path, SIZE, self.random)
        self.wanted = {path.name: look_of(path)}
        self.transfer = self.hand_over(self.ann, self.bob, path)
        self.reach(self.random.uniform(0.1, 0.5))

    def reach(self, fraction):
        self.take_progress(self.bob, self.transfer, int(SIZE * fraction))
        self.assert_never_wrong(self.wanted)

    def take_done(self, program):
        done = self.take_state(program, self.transfer, "done", within=BACK_WITHIN_S + 30)
        self.assertEqual(done["bytes_done"], SIZE)
        return done

    def assert_ends_well(self):
        done = [self.take_done(program) for program in (self.bob, self.ann)]
        self.assert_arrived(self.wanted)
        return done

    def wait_until_interrupted(self, program):
        self.take_state(program, self.transfer, "interrupted", within=NOTICED_WITHIN_S)


class Links(LinksTest):
    def check_unplugged(self, place, watching):
        self.begin()
        network.unplug(place)
        try:
            self.wait_until_interrupted(watching)
        finally:
            network.plug(place)
        self.assert_ends_well()

    def test_t16_the_receivers_link_goes_down_and_comes_back(self):
        self.check_unplugged("bob", self.ann)

    def test_t16_the_senders_link_goes_down_and_comes_back(self):
        self.check_unplugged("ann", self.bob)

    def test_t16_the_hosts_link_goes_down_and_comes_back(self):
        """The two may go on over their own connection meanwhile; they may also wait."""
        self.begin()
        network.unplug("hanna")
        try:
            self.bob.take("disconnected", within=NOTICED_WITHIN_S)
        finally:
            network.plug("hanna")
        self.assert_ends_well()

    def test_t16_a_link_that_flaps_costs_no_more_than_the_time(self):
        self.begin()
        for _ in range(3):
            network.unplug("bob")
            threading.Event().wait(self.random.uniform(0.05, 0.8))  # how long it is out
            network.plug("bob")
            self.reach(0)
        self.assert_ends_well()

    def check_new_address(self, place, new):
        self.begin()
        old = ADDRESSES[place]
        network.take_address(place, old)
        network.give_address(place, new)
        try:
            self.assert_ends_well()
        finally:
            network.take_address(place, new)
            network.give_address(place, old)

    def test_t22_the_receiver_gets_another_address(self):
        self.check_new_address("bob", "10.77.0.33")

    def test_t22_the_sender_gets_another_address(self):
        self.check_new_address("ann", "10.77.0.22")


class StoodStill(LinksTest):
    def check_stopped(self, stopped, watching):
        self.begin()
        begin = time.monotonic()
        stopped.signal(signal.SIGSTOP)
        try:
            self.wait_until_interrupted(watching)
            threading.Event().wait(max(0, begin + chosen.stop_s - time.monotonic()))
        finally:
            stopped.signal(signal.SIGCONT)
        self.assert_ends_well()

    def test_t14_a_receiver_that_stood_still_goes_on(self):
        self.check_stopped(self.bob, self.ann)

    def test_t14_a_sender_that_stood_still_goes_on(self):
        self.check_stopped(self.ann, self.bob)

    def test_t15_t23_all_of_them_stood_still_as_when_the_machine_slept(self):
        self.begin()
        for program in (self.ann, self.bob, self.hanna):
            program.signal(signal.SIGSTOP)
        threading.Event().wait(max(2, chosen.stop_s))
        for program in (self.hanna, self.bob, self.ann):
            program.signal(signal.SIGCONT)
        self.assert_ends_well()


class LostPath(LinksTest):
    def test_a_direct_path_that_is_lost_is_replaced_by_the_relay_and_used_again_later(self):
        self.begin()
        network.keep_apart("ann", "bob")
        try:
            self.take_state(
                *(self.bob, self.transfer, "active", "verifying", "done"),
                within=90,
                where=lambda event: event["path"] == "relayed",
            )
            self.assert_ends_well()
        finally:
            network.keep_apart("ann", "bob", is_apart=False)
        shutil.rmtree(self.inbox)
        self.inbox.mkdir()
        self.begin()
        self.assertEqual(self.assert_ends_well()[0]["path"], "direct")


if __name__ == "__main__":
    namespaces.enter("mount", "net")
    network = namespaces.Network()
    for place, address in ADDRESSES.items():
        network.add_place(place, address)
    main(stop_s=0)
