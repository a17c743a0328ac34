"""Processes that end in time, are counted, and leave nothing behind."""

import ctypes
import os
import select
import signal
import socket
import subprocess
from dataclasses import dataclass

import machine

RUN_TIMEOUT_S = 900
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


class RunFailed(Exception):
    """One contestant could not do one run; the sentence says why. The others go on."""


@dataclass
class Ended:
    cpu_s: float
    output: str


class Process:
    """A child in a process group of its own; closing it ends the whole group."""

    running = set()  # the ids of all that were started and not yet reaped

    def __init__(self, command, log, **options):
        self.command = [str(word) for word in command]
        self._log = log
        self._is_reaped = False
        with open(log, "wb") as errors:
            options.setdefault("stdin", subprocess.DEVNULL)
            options.setdefault("stdout", errors)
            self.popen = subprocess.Popen(
                self.command, stderr=errors, start_new_session=True, **options
            )
        self.running.add(self.pid)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def stdout(self):
        return self.popen.stdout

    def must_run(self):
        if wait_for_exit(self.pid, 0):
            raise RunFailed(f"{self.command[0]} ended early: {self._story()}")

    def finish(self, within=RUN_TIMEOUT_S):
        """Waits for a good end; says how much processor it and its children took."""
        if not wait_for_exit(self.pid, within):
            raise RunFailed(f"{self.command[0]} took more than {within} s")
        _, status, usage = os.wait4(self.pid, 0)
        self._forget()
        self.popen.returncode = os.waitstatus_to_exitcode(status)
        if self.popen.returncode != 0:
            raise RunFailed(
                f"{self.command[0]} ended with {self.popen.returncode}: {self._story()}"
            )
        output = self.stdout.read() if self.stdout else b""
        return Ended(usage.ru_utime + usage.ru_stime, output.decode(errors="replace"))

    def close(self):
        if not self._is_reaped:
            signal_group(self.pid, signal.SIGTERM)
            if not wait_for_exit(self.pid, 2):
                signal_group(self.pid, signal.SIGKILL)
            self.popen.wait()
            self._forget()
        # What it started may have outlived it.
        signal_group(self.pid, signal.SIGKILL)
        for stream in (self.popen.stdin, self.popen.stdout):
            if stream:
                stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _forget(self):
        self._is_reaped = True
        self.running.discard(self.pid)

    def _story(self):
        with open(self._log, errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        return " / ".join(lines[-3:]) or "it said nothing"


def wait_for_exit(pid, within):
    """True when the process has ended; it is not reaped."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(within * 1000))
    finally:
        os.close(descriptor)


def adopt_orphans():
    """From now on, whose parent has ended without waiting for him becomes our child. sshd does that
    to the process that decrypts, whose processor seconds would be lost."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def bury_orphans():
    """Waits for those adopted; returns their processor seconds. Only while every child of ours is a
    Process."""
    total = 0
    for pid in set(machine.children(os.getpid())) - Process.running:
        if wait_for_exit(pid, 5):
            _, _, usage = os.wait4(pid, 0)
            total += usage.ru_utime + usage.ru_stime
    return total


def signal_group(leader, number):
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        pass


def run(command, log, within=RUN_TIMEOUT_S, **options):
    with Process(command, log, **options) as process:
        return process.finish(within)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
