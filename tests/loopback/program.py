"""Runs the real program and speaks its JSON lines, for the tests beside this file.

Every wait has a deadline and ends with the first event that matches; nothing sleeps to wait.
The path of the program is in the environment, DROPLINE.
"""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

PROGRAM = os.environ.get("DROPLINE", "")
# Sanitizers and busy machines make everything slower; a test that hangs still ends.
PATIENCE_S = float(os.environ.get("DROPLINE_PATIENCE_S", "20"))


class Program:
    """One process. Events are taken in any order; what nobody took stays in `waiting`."""

    def __init__(self, home, arguments, *, stdin=subprocess.PIPE, before=()):
        """`before`: words in front of the program, such as `ip netns exec NAME`; what they start
        must become the program, so that the id of the process is the program's."""
        environment = dict(
            os.environ,
            HOME=str(home),
            XDG_DATA_HOME=str(home / "data"),
            XDG_CONFIG_HOME=str(home / "config"),
        )
        self.arguments = [str(argument) for argument in arguments]
        self.process = subprocess.Popen(
            [*before, PROGRAM, *self.arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=home,
        )
        self.raw = b""
        self.errors = b""
        self.waiting = []
        self.bad_lines = []
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._read_events, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _read_events(self):
        for line in self.process.stdout:
            with self._changed:
                self.raw += line
                try:
                    self.waiting.append(json.loads(line.decode("utf-8")))
                except ValueError:
                    self.bad_lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _read_errors(self):
        for line in self.process.stderr:
            with self._changed:
                self.errors += line
                self._changed.notify_all()

    def send(self, do, **fields):
        self.send_raw(json.dumps({"do": do, **fields}).encode() + b"\n")

    def send_raw(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def take(self, kind, within=PATIENCE_S, where=None, **fields):
        """The first event of this kind with these fields; it is taken out of `waiting`."""

        def matches(event):
            return (
                event.get("event") == kind
                and all(event.get(name) == value for name, value in fields.items())
                and (where is None or where(event))
            )

        return self.take_any(matches, f"{kind} with {fields}", within)

    def take_any(self, matches, what, within=PATIENCE_S):
        """The first event of any kind for which that is true."""
        event = self.take_if_it_comes(matches, within)
        if event is None:
            raise AssertionError(self.story(f"no {what}"))
        return event

    def take_if_it_comes(self, matches, within):
        """As take_any, but None when it did not come within so many seconds."""
        deadline = time.monotonic() + within
        with self._changed:
            while True:
                for index, event in enumerate(self.waiting):
                    if matches(event):
                        return self.waiting.pop(index)
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._is_reading()):
                    return None
                self._changed.wait(min(left, 0.2))

    def wait_for_error_output(self, text, within=PATIENCE_S):
        deadline = time.monotonic() + within
        with self._changed:
            while text.encode() not in self.errors:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(self.story(f"stderr never said {text!r}"))
                self._changed.wait(min(left, 0.2))

    def pending(self, kind, **fields):
        """The events of this kind that came so far and were not taken."""
        with self._changed:
            return [
                event
                for event in self.waiting
                if event.get("event") == kind
                and all(event.get(name) == value for name, value in fields.items())
            ]

    def answer_barrier(self):
        """Returns when everything sent before has been answered."""
        ref = f"barrier-{time.monotonic_ns()}"
        self.send("peers", ref=ref)
        return self.take("peers", ref=ref)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """As a power cut would: it gets no chance to tidy up."""
        self.process.kill()
        self.process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def status(self, within=PATIENCE_S):
        """The exit status, when the process has ended and its output was read to the end."""
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.story("it did not end")) from None
        for thread in self._threads:
            thread.join(within)
        return status

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass

    def _is_reading(self):
        return any(thread.is_alive() for thread in self._threads)

    def story(self, what):
        return (
            f"{' '.join(self.arguments)}: {what}\n"
            f"  waiting events: {json.dumps(self.waiting[-12:], ensure_ascii=False)[-3000:]}\n"
            f"  lines that are no JSON: {self.bad_lines[:3]}\n"
            f"  stderr: {self.errors.decode(errors='replace')[-2000:]}\n"
            f"  status: {self.process.poll()}"
        )


class RoomTest(unittest.TestCase):
    """Starts hosts and members in folders of their own, and stops whatever is left."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dropline-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, profile, *arguments, name=None, **options):
        home = self.folder / profile
        home.mkdir(exist_ok=True)
        common = ["--profile", home / "profile", "--name", name or profile]
        program = Program(home, [*arguments, *common], **options)
        self.addCleanup(program.stop)
        return program

    def host(self, name="Hanna", *extra, port=0, bind="127.0.0.1", **options):
        at = ["--port", port, "--bind", bind]
        program = self.start(name, "host", "--headless", "--json", *at, *extra, **options)
        program.hosting = program.take("hosting")
        port = program.hosting["port"]
        program.address = f"{bind}:{port}"
        program.again = lambda: self.host(name, *extra, port=port, bind=bind, **options)
        return program

    def join(self, name, host, *extra, **options):
        """`host`: whatever has an `address`, a proxy in front of the host too."""
        program = self.start(name, "join", host.address, "--headless", "--json", *extra, **options)
        program.joined = program.take("joined")
        program.again = lambda: self.join(name, host, *extra, **options)
        return program

    def restart(self, program):
        """The same person on the same address after the process has ended, as a new one."""
        program.stop()
        return program.again()

    def room_of_three(self):
        host = self.host("Hanna")
        ann = self.join("Ann", host)
        bob = self.join("Bob", host)
        for program in (host, ann):
            program.take("peer_joined", where=lambda event: event["peer"]["name"] == "Bob")
        return host, ann, bob

    def write_file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def assert_ends(self, program, status):
        self.assertEqual(program.status(), status, program.errors.decode(errors="replace"))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if not PROGRAM:
        raise SystemExit("set DROPLINE to the path of the program")
    unittest.main(verbosity=2)
