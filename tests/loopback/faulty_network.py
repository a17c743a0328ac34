"""Transfers through a network that delays, stalls, cuts, spoils and squeezes (T18, T19,
T20).

All bytes of files go through the proxy of each member, as the path is forced to be relayed.
"""

import socket
import threading
import time
import unittest

from fault_proxy import TO_HOST, TO_MEMBER, FaultProxy
from lasting import CHUNK_BYTES, MIB, TransferTest, look_of, main, write_random_file

# What TLS, frames and the room add to the bytes of a file, generously.
OVERHEAD = 1.02
# What a relay and the buffers of the kernel hold when a connection breaks.
UNDER_WAY_BYTES = 4 * MIB


class TheProxy(unittest.TestCase):
    """Without the program: what a fault is called is what happens."""

    def setUp(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        self.proxy = FaultProxy(server.getsockname()[1], seed=1)
        self.addCleanup(self.proxy.stop)
        host, port = self.proxy.address.split(":")
        self.member = socket.create_connection((host, int(port)), 10)
        self.addCleanup(self.member.close)
        self.host, _ = server.accept()
        self.host.settimeout(10)
        self.addCleanup(self.host.close)

    def test_bytes_go_through_both_ways_and_are_counted(self):
        self.member.sendall(b"question")
        self.assertEqual(self.host.recv(100), b"question")
        self.host.sendall(b"answer")
        self.assertEqual(self.member.recv(100), b"answer")
        self.proxy.wait_until(lambda one: one.carried == {TO_HOST: 8, TO_MEMBER: 6}, "14 bytes")

    def test_a_delay_is_at_least_what_was_asked_and_keeps_the_order(self):
        self.proxy.delay(50, jitter=30)
        begin = time.monotonic()
        sent = bytes(range(256))
        for byte in sent:
            self.member.sendall(bytes([byte]))
        got = b""
        while len(got) < len(sent):
            got += self.host.recv(1000)
        self.assertEqual(got, sent)
        self.assertGreaterEqual(time.monotonic() - begin, 0.05)

    def test_a_throttle_holds(self):
        self.proxy.throttle(1_000_000)
        begin = time.monotonic()
        threading.Thread(target=self.member.sendall, args=(bytes(400_000),)).start()
        got = 0
        while got < 400_000:
            got += len(self.host.recv(65536))
        self.assertGreaterEqual(time.monotonic() - begin, 0.38)

    def test_a_stall_holds_everything_and_loses_nothing(self):
        self.proxy.stall()
        self.member.sendall(b"held")
        self.host.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            self.host.recv(100)
        self.host.settimeout(10)
        self.proxy.flow()
        self.assertEqual(self.host.recv(100), b"held")

    def test_a_cut_resets_or_ends(self):
        self.assertEqual(self.proxy.cut(is_reset=True), 1)
        for end in (self.member, self.host):
            with self.assertRaises(ConnectionResetError):
                end.recv(1)

    def test_a_cut_with_fin_is_an_orderly_end(self):
        self.assertEqual(self.proxy.cut(is_reset=False), 1)
        self.assertEqual((self.member.recv(1), self.host.recv(1)), (b"", b""))

    def test_a_half_close_leaves_the_other_direction(self):
        self.proxy.half_close(TO_HOST)
        self.assertEqual(self.host.recv(1), b"")
        self.host.sendall(b"still")
        self.assertEqual(self.member.recv(100), b"still")

    def test_corruption_flips_one_bit_of_the_byte_asked_for(self):
        self.proxy.corrupt(TO_MEMBER, after_bytes=5)
        self.host.sendall(bytes(10))
        got = self.member.recv(100)
        self.assertEqual([bin(byte).count("1") for byte in got], [0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
        self.assertEqual(self.proxy.corrupted, 1)

    def test_new_connections_can_be_refused(self):
        self.proxy.refuse()
        host, port = self.proxy.address.split(":")
        with socket.create_connection((host, int(port)), 10) as late:
            with self.assertRaises(ConnectionResetError):
                late.recv(1)


class FaultyNetwork(TransferTest):
    def setUp(self):
        super().setUp()
        self.host_program = self.host()
        port = self.host_program.hosting["port"]
        self.proxies = [FaultProxy(port, seed=self.random.random()) for _ in range(2)]
        for proxy in self.proxies:
            self.addCleanup(proxy.stop)
        self.before_ann, self.before_bob = self.proxies
        self.ann = self.join("Ann", self.before_ann, "--path", "relayed")
        self.bob = self.join("Bob", self.before_bob, "--path", "relayed")
        self.ann.take("peer_joined")

    def begin(self, size, bytes_per_s):
        path = write_random_file(self.folder / "big.bin", size, self.random)
        self.wanted = {path.name: look_of(path)}
        self.size = size
        self.ann.send("limit", up=bytes_per_s, down=0)
        self.transfer = self.hand_over(self.ann, self.bob, path)
        return self.transfer

    def assert_ends_well(self, interruptions, within=90):
        for program in (self.ann, self.bob):
            done = self.take_state(program, self.transfer, "done", within=within)
            self.assertEqual(done["bytes_done"], self.size)
        self.assert_arrived(self.wanted)
        told = [*self.bob.pending("transfer", transfer=self.transfer), done]
        again = max(event["bytes_sent_again"] for event in told)
        self.assertLessEqual(again, interruptions * CHUNK_BYTES)
        bound = self.size * OVERHEAD + interruptions * (CHUNK_BYTES + UNDER_WAY_BYTES) + MIB
        self.assertLessEqual(self.before_bob.carried[TO_MEMBER], bound)
        # What went past the proxies would make all of this worthless.
        self.assertGreaterEqual(self.before_ann.carried[TO_HOST], self.size)
        self.assertGreaterEqual(self.before_bob.carried[TO_MEMBER], self.size)

    def at(self, fraction):
        self.take_progress(self.bob, self.transfer, int(self.size * fraction))
        self.assert_never_wrong(self.wanted)

    def test_t20_delay_and_jitter_slow_it_down_and_no_more(self):
        for proxy in self.proxies:
            proxy.delay(20, jitter=30)
        self.begin(16 * MIB, 0)
        self.assert_ends_well(interruptions=0)

    def test_t19_a_narrow_link_is_used_and_the_room_stays_alive(self):
        for proxy in self.proxies:
            proxy.throttle(4 * MIB)
        self.begin(12 * MIB, 0)
        self.at(0.1)
        begin = time.monotonic()
        self.ann.send("say", text="still quick?")
        self.bob.take("message", text="still quick?")
        self.assertLess(time.monotonic() - begin, 5)
        self.assert_ends_well(interruptions=0)

    def test_t18_cuts_of_either_side_by_rst_and_fin_are_gone_over(self):
        self.begin(48 * MIB, 16 * MIB)
        cuts = [(proxy, reset) for proxy in self.proxies for reset in (True, False)]
        self.random.shuffle(cuts)
        for number, (proxy, is_reset) in enumerate(cuts):
            self.at((number + self.random.random()) / len(cuts))
            proxy.cut(is_reset=is_reset)
        self.assert_ends_well(interruptions=len(cuts))

    def test_t20_a_half_close_of_each_direction_is_gone_over(self):
        self.begin(48 * MIB, 16 * MIB)
        for number, direction in enumerate((TO_HOST, TO_MEMBER)):
            self.at((number + 0.5) / 2)
            self.random.choice(self.proxies).half_close(direction)
        self.assert_ends_well(interruptions=2)

    def test_t20_a_stall_is_noticed_and_gone_over(self):
        self.begin(32 * MIB, 16 * MIB)
        self.at(0.3)
        self.before_bob.stall()
        # Either side may notice first; whoever waits for a silent line says so.
        self.take_state(self.ann, self.transfer, "interrupted", within=40)
        self.before_bob.flow()
        self.assert_ends_well(interruptions=2)

    def test_t20_a_short_stall_is_sat_out(self):
        self.begin(32 * MIB, 16 * MIB)
        self.at(0.3)
        self.before_ann.stall()
        threading.Event().wait(1.5)  # shorter than any silence that counts as death
        self.before_ann.flow()
        self.assert_ends_well(interruptions=0)

    def test_t20_corrupt_bytes_never_reach_the_final_name(self):
        self.begin(48 * MIB, 16 * MIB)
        spoiled = 4
        for number in range(spoiled):
            self.at((number + 0.3) / spoiled)
            proxy = self.random.choice(self.proxies)
            direction = TO_HOST if proxy is self.before_ann else TO_MEMBER
            before = proxy.corrupted
            proxy.corrupt(direction, after_bytes=self.random.randrange(2 * MIB))
            proxy.wait_until(lambda one, n=before: one.corrupted > n, "the byte to be spoiled")
            self.assert_never_wrong(self.wanted)
        self.assert_ends_well(interruptions=spoiled)

    def test_bytes_spoiled_while_both_sides_agree_are_gone_over(self):
        self.begin(24 * MIB, 16 * MIB)
        for proxy in self.proxies:
            self.at(0.3)
            proxy.cut()
            proxy.corrupt(TO_MEMBER, after_bytes=self.random.randrange(1, 3000))
        self.assert_ends_well(interruptions=4)


if __name__ == "__main__":
    main()
