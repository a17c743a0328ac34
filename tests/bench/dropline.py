"""dropline itself, through its command line: a host and two members, driven by JSON lines."""

import json
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import machine
from contest import Contestant, Run
from processes import RUN_TIMEOUT_S, Process, RunFailed
from program import Program

ENDED = ("done", "failed", "cancelled", "declined", "interrupted")


class Talker(Program):
    """A program whose events know when they were read, and whose answers are found by their ref."""

    def _read_events(self):
        for line in self.process.stdout:
            event = {**json.loads(line), "read_at": time.time()}
            with self._changed:
                self.waiting.append(event)
                self._changed.notify_all()

    def answer(self, ref, kinds, within=60):
        """The first event of these kinds that carries this ref; an error event fails the run."""
        deadline = time.monotonic() + within
        with self._changed:
            while True:
                for index, event in enumerate(self.waiting):
                    if event.get("ref") == ref and event["event"] in (*kinds, "error"):
                        break
                else:
                    if time.monotonic() > deadline or self.process.poll() is not None:
                        raise RunFailed(self._story("no answer"))
                    self._changed.wait(0.2)
                    continue
                self.waiting.pop(index)
                if event["event"] == "error":
                    raise RunFailed(f"dropline says: {event.get('message')}")
                return event

    @property
    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        return machine.cpu_seconds(self.pid)


class Room:
    """Three processes: Hanna hosts, Ann sends, Bob receives."""

    def __init__(self, host, sender, receiver):
        self.host = host
        self.sender = sender
        self.receiver = receiver
        self._refs = 0

    def offer(self, path):
        """Ann offers the path to Bob; returns the transfer's id."""
        self._refs += 1
        ref = f"offer-{self._refs}"
        self.sender.send("send", to="Bob", paths=[str(path)], ref=ref)
        offered = self.sender.answer(ref, ["transfer"], within=RUN_TIMEOUT_S)
        if offered["state"] in ENDED:
            raise RunFailed(f"dropline says: {explained(offered)}")
        self.receiver.take("offer", within=RUN_TIMEOUT_S, transfer=offered["transfer"])
        return offered["transfer"]

    def accept(self, transfer, into):
        self.receiver.send("accept", transfer=transfer, into=str(into))

    def wait_until_done(self, transfer):
        """Returns the moment, in seconds since 1970, at which the later of the two said so."""
        moments = []
        for program in (self.receiver, self.sender):
            event = program.take(
                "transfer", within=RUN_TIMEOUT_S, transfer=transfer,
                where=lambda event: event["state"] in ENDED,
            )
            if event["state"] != "done":
                raise RunFailed(f"dropline says: {event['state']}, {explained(event)}")
            moments.append(moment(event))
        return max(moments)


def explained(event):
    return (event.get("error") or {}).get("message", "no reason")


def moment(event):
    return datetime.fromisoformat(event["at"]).timestamp()


@contextmanager
def open_room(ground, path_policy):
    with ExitStack() as stack:
        host, target = begin_host(ground, stack)
        members = [
            begin(ground, stack, name, "join", target, "--path", path_policy)
            for name in ("Ann", "Bob")
        ]
        for member in members:
            member.take("joined")
        for member, other in zip(members, ("Bob", "Ann")):
            wait_for_person(member, other)
        yield Room(host, *members)


def begin_host(ground, stack):
    host = begin(ground, stack, "Hanna", "host", "--port", "0", "--bind", "127.0.0.1")
    return host, f"127.0.0.1:{host.take('hosting')['port']}"


def begin(ground, stack, name, *arguments):
    home = new_home(ground, stack)
    options = ["--headless", "--json", *common_options(home, name)]
    program = Talker(home, [*arguments, *options])
    stack.callback(program.stop)
    return program


def new_home(ground, stack):
    return Path(stack.enter_context(tempfile.TemporaryDirectory(dir=ground.scratch)))


def common_options(home, name):
    return ["--profile", home / "profile", "--name", name, "--log-level", "warn"]


def wait_for_person(program, name):
    """He may have been there before us, or come after."""
    while True:
        program.send("peers", ref="who")
        people = program.answer("who", ["peers"])["peers"]
        if any(person["name"] == name for person in people):
            return
        program.take("peer_joined")


class Dropline(Contestant):
    """From the receiver's yes to the end on both sides, where the file is verified and durable."""

    def __init__(self, path_policy):
        self.name = f"dropline, {path_policy}"
        self._path_policy = path_policy

    def run(self, ground, sources, into):
        with open_room(ground, self._path_policy) as room:
            transfers = [room.offer(source) for source in sources]
            everyone = (room.sender, room.receiver, room.host)
            idle = [machine.resident_bytes(program.pid) for program in everyone]
            for program in everyone:
                machine.forget_peak(program.pid)
            before = [program.cpu_seconds() for program in everyone]

            started = time.time()
            for transfer in transfers:
                room.accept(transfer, into)
            ended = max(room.wait_until_done(transfer) for transfer in transfers)

            cpu = [program.cpu_seconds() - was for program, was in zip(everyone, before)]
            peaks = [machine.peak_resident_bytes(program.pid) for program in everyone]
            return Run(
                ended - started, *cpu,
                memory=tuple(peak - was for peak, was in zip(peaks, idle)),
                progress=progress_of(room.receiver, transfers[0], started),
            )


def progress_of(receiver, transfer, started):
    """From the moment bytes may flow."""
    events = receiver.pending("transfer", transfer=transfer)
    return [
        (moment(event) - started, event["files_done"])
        for event in events
        if event["state"] in ("active", "verifying")
    ]


class DroplineSend(Contestant):
    """`dropline send` as somebody types it, from its start to its end, to a host who says yes."""

    name = "dropline send, whole command"

    def run(self, ground, sources, into):
        (source,) = sources
        with ExitStack() as stack:
            host, target = begin_host(ground, stack)
            home = new_home(ground, stack)
            command = [ground.dropline, "send", target, "--to", "Hanna", source]
            command += common_options(home, "Ann")
            before = host.cpu_seconds()
            started = time.monotonic()
            sender = stack.enter_context(Process(command, ground.log(self.name), cwd=home))
            offer = host.take("offer", within=30)
            host.send("accept", transfer=offer["transfer"], into=str(into))
            ended = sender.finish()
            return Run(time.monotonic() - started, ended.cpu_s, host.cpu_seconds() - before)
