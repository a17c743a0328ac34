"""The ceilings: the least that moves a file, with TLS and without."""

import subprocess
import time
from contextlib import ExitStack

from contest import Contestant, Run
from processes import Process


class Loop(Contestant):
    def __init__(self, name, *options):
        self.name = name
        self._options = options

    def run(self, ground, sources, into):
        """All at once when there are several; the slowest one counts."""
        with ExitStack() as stack:
            receivers = [
                stack.enter_context(self._receiver(ground, into / source.name))
                for source in sources
            ]
            ports = [receiver.stdout.readline().decode().strip() for receiver in receivers]
            started = time.monotonic()
            senders = [
                stack.enter_context(self._sender(ground, source, port))
                for source, port in zip(sources, ports)
            ]
            sent = [sender.finish() for sender in senders]
            received = [receiver.finish() for receiver in receivers]
            took = time.monotonic() - started
        if len(sources) == 1:
            took = float(received[0].output.split()[1])
        return Run(took, sum(each.cpu_s for each in sent), sum(each.cpu_s for each in received))

    def _receiver(self, ground, destination):
        command = [ground.tls_loop, "receive", destination, *self._options]
        command += ["--certificate", ground.certificate, "--key", ground.key]
        log = ground.log(f"{self.name} receiver")
        return Process(command, log, stdout=subprocess.PIPE, bufsize=0)

    def _sender(self, ground, source, port):
        command = [ground.tls_loop, "send", source, port, *self._options]
        return Process(command, ground.log(f"{self.name} sender"))


def plain_loop():
    return Loop("plain loop", "--plain")


def tls_loop():
    return Loop("TLS loop")


def synced_tls_loop():
    return Loop("TLS loop, fsync", "--sync")
