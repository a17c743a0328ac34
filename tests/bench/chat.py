"""How long a message takes, in a quiet room and beside a transfer flat out."""

import shutil
import subprocess
import sys
import threading
import time

import contest
import machine
from dropline import moment, open_room
from processes import RunFailed
from table import Table, number, quantile
from transfers import size_text, sources_of

MESSAGES_PER_S = 20
QUIET_S = 5
# Sleeps as long as the time between two messages, and prints how late it woke, until its input ends.
SLEEPER = """
import select, sys, time
pause_s = float(sys.argv[1])
while True:
    wake_at = time.monotonic() + pause_s
    if select.select([0], [], [], pause_s)[0]:
        break
    print(max(0, time.monotonic() - wake_at), flush=True)
"""


def chat_beside_transfer(ground, plan):
    """Messages at the rate a member may send them, for as long as a transfer lasts."""
    with sources_of(ground, 1, plan.file_bytes) as sources:
        for kind in ("tmpfs", "disk"):
            yield f"chat-{kind}", chat_table(ground, plan, sources[0], kind)


def chat_table(ground, plan, source, kind):
    table = Table(
        f"Delivery of a message, {MESSAGES_PER_S} a second, ms, file to {kind}",
        ["", "messages", "median", "p99", "longest", "as read by a script: p99",
         "a sleeper woke late by: p99"],
    )
    for path_policy in ("direct", "relayed"):
        for to in (None, "Bob"):
            add_rows(ground, plan, table, source, kind, path_policy, to)
    table.note(
        f"Beside: one file of {size_text(plan.file_bytes)} to {kind}, {plan.rounds} times over. "
        "Its author hears that the host's disk has it after that. Target: p99 below 20 ms."
    )
    return table


def add_rows(ground, plan, table, source, kind, path_policy, to):
    where = "to one person" if to else "to everyone"
    quiet, beside = [], []
    try:
        for round_number in range(1, plan.rounds + 1):
            contest.say(f"chat {where}, {path_policy}, round {round_number} of {plan.rounds}")
            with open_room(ground, path_policy) as room:
                quiet += talk_quietly(room, to)
                beside += talk_beside_transfer(ground, room, source, kind, to)
    except (RunFailed, OSError, AssertionError) as problem:
        table.note(f"{where}, {path_policy}: {' '.join(str(problem).split())[:400]}")
    for name, delays in (("quiet", quiet), ("beside a transfer", beside)):
        if delays:
            table.add(f"{where}, {path_policy}, {name}", *delay_cells(delays))


def delay_cells(delays):
    told, read, late = ([1000 * delay for delay in kind] for kind in zip(*delays))
    return [
        len(told), number(quantile(told, 0.5)), number(quantile(told, 0.99)), number(max(told)),
        number(quantile(read, 0.99)), number(quantile(late, 0.99)),
    ]


class Conversation:
    """Ann speaks at an even pace on a thread of her own until she is told to stop."""

    def __init__(self, room, to):
        self._room = room
        self._address = {"to": to} if to else {}
        self._stop = threading.Event()
        self._said = {}
        self._sleeper = subprocess.Popen([sys.executable, "-c", SLEEPER, str(1 / MESSAGES_PER_S)],
                                         stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        self._thread = threading.Thread(target=self._speak, daemon=True)
        self._thread.start()

    def _speak(self):
        next_at = time.monotonic()
        while not self._stop.wait(max(0, next_at - time.monotonic())):
            text = f"line {len(self._said)}"
            self._said[text] = time.time()
            self._room.sender.send("say", text=text, **self._address)
            next_at += 1 / MESSAGES_PER_S

    def end(self):
        """Three delays in seconds for each message: until the receiver's program had it, until a
        script had read that, and how late somebody woke who did nothing but sleep meanwhile."""
        self._stop.set()
        self._thread.join()
        lateness = self._lateness()
        delays = []
        for text, said_at in self._said.items():
            event = self._room.receiver.take("message", text=text)
            late = lateness.pop() if lateness else 0
            delays.append((moment(event) - said_at, event["read_at"] - said_at, late))
            # Only so that nothing of this talk is met again in the next one.
            self._room.sender.take("message", text=text)
        return delays

    def _lateness(self):
        printed, _ = self._sleeper.communicate()
        return [float(line) for line in printed.split()]


def talk_quietly(room, to):
    warm_up(room, to)
    conversation = Conversation(room, to)
    time.sleep(QUIET_S)
    return conversation.end()


def warm_up(room, to):
    """The first private message opens a connection."""
    room.sender.send("say", text="first", **({"to": to} if to else {}))
    room.receiver.take("message", text="first")


def talk_beside_transfer(ground, room, source, kind, to):
    into = ground.destinations[kind] / "into"
    into.mkdir()
    try:
        machine.read_into_cache(source)
        machine.warm_page_pool(source.stat().st_size)
        transfer = room.offer(source)
        room.accept(transfer, into)
        room.receiver.take(
            "transfer", transfer=transfer, where=lambda event: event["state"] == "active"
        )
        conversation = Conversation(room, to)
        room.wait_until_done(transfer)
        return conversation.end()
    finally:
        shutil.rmtree(into)
