"""2,000 strangers and a few bad members against a host, while two members chat.

Rows E1, E2, E7, E10, E11, T10, T11, T13 and T14 of the security plan. Every flood is counted, and
over at the latest with the test. What is counted fails a test: places, descriptors, memory, and each
message, once and in order. How long messages took is printed; only hanging fails a test, for the
machine may be busy with other things. Loopback is exempt from the limits per address: here one
stranger is as good as two thousand.
"""

import collections
import os
import re
import resource
import secrets
import selectors
import signal
import socket
import ssl
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "protocol"))

import room_client  # noqa: E402
import tls  # noqa: E402
import wire  # noqa: E402
from program import PATIENCE_S, RoomTest, main  # noqa: E402

STRANGERS = 2000
FLOODERS = 50
PLACES = 64  # for those whom nobody has admitted yet: limits::unadmitted_connections_max
BURST = 100  # messages at once, and as many that are refused before one is shown out
PASSWORD = "Pferd Batterie Klammer"
MIB = 1024  # in KiB, as the kernel counts memory
IS_SANITIZED = bool(os.environ.get("DROPLINE_SANITIZE"))


class Crowd:
    """Connections that mean no good, opened and watched by one thread."""

    def __init__(self, port, identity):
        self.address = ("127.0.0.1", port)
        self.selector = selectors.DefaultSelector()
        self.opened = self.ended = 0
        self.greeting = self._greeting(identity)

    @staticmethod
    def _greeting(identity):
        """A whole ClientHello, behind which nothing comes."""
        outgoing = ssl.MemoryBIO()
        talk = tls.context(identity).wrap_bio(ssl.MemoryBIO(), outgoing)
        try:
            talk.do_handshake()
        except ssl.SSLWantReadError:
            return outgoing.read()

    def open(self, kind):
        """`kind`: silent, slow (a byte now and then), half (the greeting, then nothing),
        noise, brief (gone at once)."""
        stranger = socket.create_connection(self.address, PATIENCE_S)
        stranger.setblocking(False)
        self.opened += 1
        try:
            if kind in ("half", "noise"):
                stranger.send(self.greeting if kind == "half" else os.urandom(600))
        except OSError:
            pass
        if kind == "brief":
            stranger.close()
            self.ended += 1
            return
        self.selector.register(stranger, selectors.EVENT_READ, kind)

    def watch(self, seconds):
        """Notices who was sent away; the slow ones say their next byte."""
        for key, _ in self.selector.select(seconds):
            try:
                if key.fileobj.recv(65536):
                    continue  # the host's half of a handshake
            except BlockingIOError:
                continue
            except OSError:
                pass
            self._forget(key.fileobj)
        for key in list(self.selector.get_map().values()):
            if key.data != "slow":
                continue
            try:
                key.fileobj.send(self.greeting[:1])
            except OSError:
                self._forget(key.fileobj)

    def _forget(self, stranger):
        self.selector.unregister(stranger)
        stranger.close()
        self.ended += 1

    def close(self):
        for key in list(self.selector.get_map().values()):
            self._forget(key.fileobj)
        self.selector.close()


class Chat:
    """Two members who talk all the while; remembers how long each message took."""

    def __init__(self, speaker, listener):
        self.speaker, self.listener = speaker, listener
        self.seconds = []
        self.numbers = []  # the host's, in the order in which they came
        self.failure = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._talk)

    def __enter__(self):
        self._thread.start()
        return self

    def _talk(self):
        try:
            while not self._is_over.is_set():
                text = f"message {len(self.seconds)}"
                begun = time.monotonic()
                self.speaker.send("say", text=text)
                self.numbers.append(self.listener.take("message", text=text)["seq"])
                self.seconds.append(time.monotonic() - begun)
                self._is_over.wait(0.06)  # below what one person may say
        except AssertionError as failure:
            self.failure = failure

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()
        if self.failure:
            raise self.failure
        # Each was waited for, so none is lost; what is left now came twice.
        self.listener.answer_barrier()
        again = [event["text"] for event in self.listener.pending("message")
                 if event["text"].startswith("message ") and event["seq"] in self.numbers]
        assert not again, f"heard twice: {again}"
        assert self.numbers == sorted(set(self.numbers)), "heard in another order"

    def story(self, when):
        ordered = sorted(self.seconds)
        p99 = ordered[int(len(ordered) * 0.99)]
        return (f"{when}: {len(ordered)} messages, median {statistics.median(ordered) * 1000:.0f} "
                f"ms, p99 {p99 * 1000:.0f} ms, longest {ordered[-1] * 1000:.0f} ms")


class CrowdTest(RoomTest):
    def setUp(self):
        super().setUp()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.room = self.host("Hanna", "--room", "Lab")
        self.identity = tls.make_identity(self.folder / "stranger")

    def tell(self, text):
        print(f"\n    {text}", file=sys.stderr, flush=True)

    def of_host(self, what):
        """VmRSS, VmHWM: KiB."""
        status = Path(f"/proc/{self.room.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+)", status)[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.room.process.pid}/fd"))

    def wait_for(self, is_true, what, within=PATIENCE_S):
        deadline = time.monotonic() + within
        while not is_true():
            self.assertLess(time.monotonic(), deadline, what)
            threading.Event().wait(0.02)

    def soon(self):
        return time.monotonic() + PATIENCE_S

    def assert_each_once_in_order(self, heard, texts):
        """`heard`: events of messages, of which those with these texts count."""
        counted = [event for event in heard if event["text"] in texts]
        often = collections.Counter(event["text"] for event in counted)
        self.assertEqual({text: often[text] for text in texts if often[text] != 1}, {})
        numbers = [event["seq"] for event in counted]
        self.assertEqual(numbers, sorted(numbers), "in another order than the host's")

    def visitor(self, name, receive_bytes=None):
        """A member by hand; `receive_bytes`: of the kernel's buffer for what it does not read."""
        visitor = room_client.Room(tls.Connection(
            "127.0.0.1", self.room.hosting["port"],
            tls.context(tls.make_identity(self.folder / name)), PATIENCE_S))
        if receive_bytes:
            visitor.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.addCleanup(visitor.connection.socket.close)
        visitor.greet(self.soon())
        visitor.join(name, self.soon())
        return visitor


class Strangers(CrowdTest):
    def test_e1_e2_t10_t11_two_thousand_strangers_cost_members_nothing(self):
        ann, bob = self.join("Ann", self.room), self.join("Bob", self.room)
        with Chat(ann, bob) as quiet:
            self.wait_for(lambda: len(quiet.seconds) >= 30 or quiet.failure, "nobody talks")
        self.tell(quiet.story("without strangers"))
        memory, descriptors = self.of_host("VmRSS"), self.descriptors()
        crowd = Crowd(self.room.hosting["port"], self.identity)
        self.addCleanup(crowd.close)
        open_at_most = 0
        kinds = ("silent", "slow", "half", "noise", "brief")
        with Chat(ann, bob) as busy:
            for number in range(STRANGERS):
                crowd.open(kinds[number % len(kinds)])
                if number % 50 == 0:
                    crowd.watch(0)
                    open_at_most = max(open_at_most, self.descriptors())
            # The last of them are sent away when their time for a handshake is over.
            deadline = time.monotonic() + 2 * PATIENCE_S
            while crowd.ended < crowd.opened and not busy.failure:
                self.assertLess(time.monotonic(), deadline, "some strangers were let wait for ever")
                crowd.watch(0.2)
        self.tell(busy.story(f"with {crowd.opened} strangers"))
        self.assertEqual(crowd.ended, STRANGERS, "all of them were sent away or went")
        # One that is being taken, or turned away at once, stands beside those who have a place.
        self.assertLessEqual(open_at_most, descriptors + PLACES + 2)
        self.wait_for(lambda: self.descriptors() <= descriptors + 2, "descriptors remain open")
        peak, after = self.of_host("VmHWM"), self.of_host("VmRSS")
        self.tell(f"memory: {memory / MIB:.1f} MiB before, {peak / MIB:.1f} MiB at most, "
                  f"{after / MIB:.1f} MiB after; descriptors {descriptors}, {self.descriptors()}")
        if not IS_SANITIZED:
            self.assertLess(peak - memory, 64 * MIB)
            self.assertLess(after - memory, 16 * MIB)

    def test_e1_e7_newcomers_come_in_while_a_crowd_that_never_ends_takes_every_place(self):
        """The crowd is on loopback, where nobody's connections are counted: the hardest place."""
        ann, bob = self.join("Ann", self.room), self.join("Bob", self.room)
        crowd = Crowd(self.room.hosting["port"], self.identity)
        self.addCleanup(crowd.close)
        tries = []
        newcomers = threading.Thread(target=self.come_in_five_times, args=(tries,))
        kinds = ("silent", "slow", "half")
        with Chat(ann, bob) as busy:
            # Counted, but not so that a slow machine runs out of them.
            while crowd.opened < 10 * STRANGERS and (newcomers.is_alive() or crowd.opened <= 100):
                crowd.open(kinds[crowd.opened % len(kinds)])
                crowd.watch(0)
                if crowd.opened == 100:
                    newcomers.start()  # every place has been taken once
            was_during_the_flood = not newcomers.is_alive()
            newcomers.join()
        self.tell(busy.story(f"with {crowd.opened} strangers; newcomers needed {tries} tries"))
        self.assertTrue(was_during_the_flood, f"{len(tries)} of 5 came in before the crowd ended")
        self.assertEqual(len(tries), 5)

    def come_in_five_times(self, tries):
        """Each as a new person, who tries again when the connection is cut."""
        for number in range(5):
            for tried in range(1, 100):
                try:
                    self.visitor(f"Newcomer {number}")
                except (tls.Gone, OSError, ssl.SSLError, TimeoutError):
                    continue
                tries.append(tried)
                break

    def test_e1_e7_silent_connections_in_every_place_keep_no_newcomer_out(self):
        crowd = Crowd(self.room.hosting["port"], self.identity)
        self.addCleanup(crowd.close)
        for _ in range(100):
            crowd.open("silent")
        self.visitor("Ann")  # at the first try: whoever finds no place is cut off at once

    def test_e1_strangers_in_every_free_place_leave_when_their_time_is_up(self):
        """64 of them finish the handshake and then say nothing; a member gets in all the same."""
        waiting = []
        for _ in range(64):
            try:
                waiting.append(tls.Connection("127.0.0.1", self.room.hosting["port"],
                                              tls.context(self.identity), PATIENCE_S))
            except (tls.Gone, OSError, ssl.SSLError):
                pass
        self.assertGreater(len(waiting), 32, "they are in")
        for connection in waiting:
            try:
                while True:  # a last word, then the end, within the time for admission
                    connection.receive(time.monotonic() + 2 * PATIENCE_S)
            except tls.Gone:
                connection.socket.close()
        self.join("Ann", self.room)

    def knock(self, port, how):
        """How far somebody gets who then says nothing more; nothing: there was no place."""
        try:
            connection = tls.Connection("127.0.0.1", port, tls.context(self.identity), PATIENCE_S)
            if how == "silent":
                return connection
            room = room_client.Room(connection)
            room.greet(self.soon())
            if how == "proving":
                connection.send("ProofFirst", message="p=tls-exporter,,n=r,r=" + "x" * 24)
                room.expect("ProofChallenge", self.soon())
            return connection
        except (tls.Gone, OSError, ssl.SSLError):
            return None

    def test_e1_t10_a_hundred_strangers_stop_halfway_through_the_door_and_no_member_notices(self):
        """After the handshake, after the greeting, in the middle of a proof; the first give way."""
        secret = self.write_file("secret", PASSWORD.encode() + b"\n")
        door = self.host("Doris", "--room", "Door", "--password-file", secret)
        ann = self.join("Ann", door, "--password-file", secret)
        bob = self.join("Bob", door, "--password-file", secret)
        waiting = collections.defaultdict(list)
        with Chat(ann, bob) as chat:
            for number in range(100):
                how = ("silent", "greeted", "proving")[number % 3]
                connection = self.knock(door.hosting["port"], how)
                if connection:
                    self.addCleanup(connection.socket.close)
                    waiting[how].append(connection)
            stood = sum(map(len, waiting.values()))
            self.assertEqual(set(waiting), {"silent", "greeted", "proving"})
            self.assertGreater(stood, PLACES // 2, "they were in")
            for connection in sum(waiting.values(), []):
                with self.assertRaises(tls.Gone):
                    while True:  # a last word, then the end, when the time for admission is over
                        connection.receive(time.monotonic() + 2 * PATIENCE_S)
        self.tell(chat.story(f"with {stood} of 100 strangers in the door, "
                             + ", ".join(f"{len(those)} {how}" for how, those in waiting.items())))
        self.join("Cem", door, "--password-file", secret)


class Members(CrowdTest):
    def test_e7_t13_a_member_who_floods_is_held_back_and_dropped_and_nobody_else_is(self):
        ann, bob = self.join("Ann", self.room), self.join("Bob", self.room)
        flood = self.visitor("Flood")
        with Chat(ann, bob) as chat:
            self.wait_for(lambda: len(chat.seconds) >= 5 or chat.failure, "nobody talks")
            frame = b"".join(wire.frame("Say", id=secrets.token_bytes(16), text="flood " * 20)
                             for _ in range(600))
            refused = 0
            try:
                flood.connection.send_bytes(frame)
                while True:
                    message, _ = flood.connection.receive(self.soon())
                    refused += message == "SayRefused"
            except (tls.Gone, OSError):
                pass
            self.wait_for(lambda: len(chat.seconds) >= 30 or chat.failure, "nobody talks any more")
        self.tell(chat.story(f"beside a flood of 600, of which {refused} were refused"))
        self.assertGreaterEqual(refused, 50)
        bob.take("peer_left", where=lambda event: event["peer"]["name"] == "Flood")
        taken = len(bob.pending("message", text="flood " * 20))
        # The burst, and what the seconds of the flood allow; never most of it.
        self.assertLess(taken, 400)

    def test_e7_t13_fifty_members_who_flood_are_shown_out_and_nobody_else_loses_a_message(self):
        ann, bob = self.join("Ann", self.room), self.join("Bob", self.room)
        floods = []
        for number in range(FLOODERS):
            floods.append(self.visitor(f"Flood {number}"))
            for flood in floods:  # whoever came early must not be given up before the last is here
                flood.connection.send("Ping", nonce=1)
        with Chat(ann, bob) as chat:
            for flood in floods:
                # The burst, what one may say meanwhile, and what has one shown out.
                frames = b"".join(wire.frame("Say", id=secrets.token_bytes(16), text="flood")
                                  for _ in range(4 * BURST))
                try:
                    flood.connection.send_bytes(frames)
                except (tls.Gone, OSError):
                    pass  # it was shown out before the end
            spoken = len(chat.seconds)
            self.wait_for(lambda: len(chat.seconds) > spoken + 5 or chat.failure, "nobody talks")
            for number in range(FLOODERS):
                left = bob.take("peer_left", where=lambda event:
                                event["peer"]["name"] == f"Flood {number}")
                self.assertEqual(left["reason"], "flooded the room")
        self.tell(chat.story(f"beside {FLOODERS} floods of {4 * BURST}"))
        heard = [[event["seq"] for event in member.pending("message", text="flood")]
                 for member in (ann, bob)]
        # What the host took, it gave to all: to both the same, in one order, nothing twice.
        self.assertEqual(heard[0], heard[1])
        self.assertEqual(heard[0], sorted(set(heard[0])))
        self.assertGreaterEqual(len(heard[0]), BURST)
        self.assertLess(len(heard[0]), FLOODERS * 2 * BURST, "they were not held back")

    def test_t14_a_member_that_stood_still_comes_back_and_has_each_message_once(self):
        speakers = [self.join(name, self.room) for name in ("Ann", "Bob", "Cleo")]
        still = self.join("Still", self.room)
        for speaker in speakers:
            speaker.send("say", text=f"before {speaker.joined['self']['name']}")
        texts = [f"before {name}" for name in ("Ann", "Bob", "Cleo")]
        self.wait_for(lambda: len(still.pending("message")) == len(texts), "it hears nothing")
        still.signal(signal.SIGSTOP)
        try:
            deadline = time.monotonic() + 3 * PATIENCE_S
            while not [event for event in self.room.pending("peer_left")
                       if event["peer"]["name"] == "Still"]:
                self.assertLess(time.monotonic(), deadline, "it is still there")
                for speaker in speakers:
                    texts.append(f"meanwhile {len(texts)}")
                    speaker.send("say", text=texts[-1])
                threading.Event().wait(0.06)  # what each of them may say in a second, a little less
            texts.append("while it was away")
            speakers[0].send("say", text=texts[-1])
            self.room.take("message", text=texts[-1])
        finally:
            still.signal(signal.SIGCONT)
        texts.append("when it was back")
        still.take("joined")
        speakers[1].send("say", text=texts[-1])
        self.wait_for(lambda: len(still.pending("message")) >= len(texts),
                      "it has not heard everything", 2 * PATIENCE_S)
        still.answer_barrier()
        self.assert_each_once_in_order(still.pending("message"), texts)
        self.tell(f"{len(texts)} messages, of which all but 4 were said while it stood still")

    def test_e10_e11_t14_a_member_who_never_reads_is_dropped_and_costs_nothing(self):
        speakers = [self.join(name, self.room) for name in ("Ann", "Bob", "Cleo")]
        deaf = self.visitor("Deaf", receive_bytes=4096)
        before = self.of_host("VmRSS")
        text = "w" * 8000
        said = 0
        is_gone = threading.Event()

        def stay_alive():  # it says that it lives, and reads nothing
            while not is_gone.wait(1):
                try:
                    deaf.connection.send("Ping", nonce=1)
                except (tls.Gone, OSError):
                    return

        alive = threading.Thread(target=stay_alive)
        alive.start()
        try:
            deadline = time.monotonic() + 6 * PATIENCE_S
            left = []
            while not left:
                self.assertLess(time.monotonic(), deadline, "it is still there")
                for speaker in speakers:
                    speaker.send("say", text=text)
                    said += 1
                left = [event for event in self.room.pending("peer_left")
                        if event["peer"]["name"] == "Deaf"]
                threading.Event().wait(0.05)  # what each of them may say in a second, a little less
        finally:
            is_gone.set()
            alive.join()
        peak = self.of_host("VmHWM")
        for speaker in speakers:
            self.wait_for(lambda: len(speaker.pending("message", text=text)) == said,
                          "the others have not heard everything")
        after = self.of_host("VmRSS")
        self.tell(f"dropped after {said} messages ({left[0]['reason']}); memory: "
                  f"{before / MIB:.1f} MiB before, {peak / MIB:.1f} MiB at most, "
                  f"{after / MIB:.1f} MiB after")
        if not IS_SANITIZED:
            self.assertLess(peak - before, 32 * MIB)


if __name__ == "__main__":
    main()
