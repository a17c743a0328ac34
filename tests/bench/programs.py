"""The programs that people use today, as Debian packages them; each starts its own server."""

import getpass
import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import machine
from contest import Contestant, Run
from processes import Process, RunFailed, bury_orphans, free_port, run, wait_for_exit

# What dropline and the TLS loop use, so that nobody is judged by his cipher.
TLS_SUITE = "TLS_AES_256_GCM_SHA384"


class Server:
    """A daemon that outlives the runs; what it and its children took is told run by run."""

    def __init__(self, stack, port, command, log):
        self.port = port
        self.process = stack.enter_context(Process(command, log))
        machine.wait_for_listener(port, self.process)
        self._resting = set(machine.descendants(self.process.pid))
        self._orphans_cpu_s = 0

    def cpu_seconds(self):
        """After whatever it started for the last run has ended and was waited for."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            guests = set(machine.descendants(self.process.pid)) - self._resting
            if not guests:
                break
            for pid in guests:
                wait_for_exit(pid, max(0, deadline - time.monotonic()))
            time.sleep(0.002)  # what has ended still waits for its parent to notice
        self._orphans_cpu_s += bury_orphans()
        return machine.cpu_seconds(self.process.pid) + self._orphans_cpu_s


class ServedContestant(Contestant):
    """A client command against a server of ours; the whole command is timed."""

    sends = True  # the client is the sender

    def start(self, ground, stack):
        self.server = self.serve(ground, stack, free_port())

    def serve(self, ground, stack, port):
        raise NotImplementedError

    def command(self, ground, source, into):
        raise NotImplementedError

    def run(self, ground, sources, into):
        (source,) = sources
        before = self.server.cpu_seconds()
        started = time.monotonic()
        client = run(self.command(ground, source, into), ground.log(f"{self.name} client"))
        took = time.monotonic() - started
        server_cpu_s = self.server.cpu_seconds() - before
        if self.sends:
            return Run(took, client.cpu_s, server_cpu_s)
        return Run(took, server_cpu_s, client.cpu_s)


class Scp(ServedContestant):
    def __init__(self, name="scp", *options):
        self.name = name
        self._options = options

    def serve(self, ground, stack, port):
        folder = own_folder(ground)
        for key in ("host", "user"):
            run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder / key],
                ground.log(f"{self.name} keygen"),
            )
        (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
        (folder / "sshd_config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\n"
            f"AuthorizedKeysFile {folder / 'authorized'}\nPidFile none\nStrictModes no\n"
            "UsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
            "Subsystem sftp internal-sftp\n"
        )
        (folder / "ssh_config").write_text(
            f"Port {port}\nUser {getpass.getuser()}\nIdentityFile {folder / 'user'}\n"
            "IdentitiesOnly yes\nIdentityAgent none\nBatchMode yes\nLogLevel ERROR\n"
            "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n"
        )
        if os.geteuid() == 0:
            make_privilege_folder(stack)
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"]
        self._client_settings = folder / "ssh_config"
        return Server(stack, port, command, ground.log(f"{self.name} server"))

    def command(self, ground, source, into):
        return [
            *("scp", "-q", "-F", self._client_settings, *self._options),
            *(["-r"] if source.is_dir() else []),
            *(source, f"127.0.0.1:{into}/"),
        ]


def make_privilege_folder(stack):
    """sshd as root insists on this one; the service makes it, where it runs."""
    folder = Path("/run/sshd")
    if not folder.exists():
        folder.mkdir(mode=0o755)
        stack.callback(folder.rmdir)


class NginxAndCurl(ServedContestant):
    name = "nginx, curl"
    sends = False

    def serve(self, ground, stack, port):
        folder = own_folder(ground)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        settings = folder / "nginx.conf"
        user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
        settings.write_text(
            f"{user}daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\n"
            f"events {{}}\nhttp {{\n    access_log off;\n{temporary}"
            f"    server {{\n        listen 127.0.0.1:{port} ssl;\n        root {ground.sources};\n"
            f"        ssl_certificate {ground.certificate};\n"
            f"        ssl_certificate_key {ground.key};\n        ssl_protocols TLSv1.3;\n"
            f"        ssl_conf_command Ciphersuites {TLS_SUITE};\n    }}\n}}\n"
        )
        command = ["/usr/sbin/nginx", "-e", "stderr", "-p", folder, "-c", settings]
        return Server(stack, port, command, ground.log(f"{self.name} server"))

    def command(self, ground, source, into):
        url = f"https://127.0.0.1:{self.server.port}/{source.name}"
        return [
            *("curl", "-q", "--silent", "--show-error", "--fail", "--noproxy", "*"),
            *("--cacert", ground.certificate, "--output", into / source.name, url),
        ]


class RsyncDaemon(ServedContestant):
    name = "rsync daemon (no encryption)"

    def serve(self, ground, stack, port):
        folder = own_folder(ground)
        modules = "".join(
            f"[{kind}]\npath = {place}\nread only = no\nuse chroot = no\n"
            for kind, place in ground.destinations.items()
        )
        owner = "uid = 0\ngid = 0\n" if os.geteuid() == 0 else ""
        settings = folder / "rsyncd.conf"
        settings.write_text(f"address = 127.0.0.1\nport = {port}\n{owner}{modules}")
        command = ["rsync", "--daemon", "--no-detach", f"--config={settings}"]
        return Server(stack, port, command, ground.log(f"{self.name} server"))

    def command(self, ground, source, into):
        kind = next(kind for kind, place in ground.destinations.items() if place == into.parent)
        url = f"rsync://127.0.0.1:{self.server.port}/{kind}/{into.name}/"
        return ["rsync", "--archive", "--whole-file", source, url]


def own_folder(ground):
    return Path(tempfile.mkdtemp(dir=ground.scratch))


# ---- Without a server that stays -----------------------------------------------------------------

SOCAT = ("socat", "-u", "-b", "65536")


def socat_listener(ground, port):
    return (
        f"OPENSSL-LISTEN:{port},bind=127.0.0.1,reuseaddr,verify=0,"
        f"cert={ground.certificate},key={ground.key},openssl-min-proto-version=TLS1.3"
    )


def socat_dialer(port):
    return f"OPENSSL:127.0.0.1:{port},verify=0,openssl-min-proto-version=TLS1.3"


class Socat(Contestant):
    name = "socat OpenSSL"

    def run(self, ground, sources, into):
        (source,) = sources
        port = free_port()
        store = [*SOCAT, socat_listener(ground, port), f"CREATE:{into / source.name}"]
        fetch = [*SOCAT, f"OPEN:{source},rdonly", socat_dialer(port)]
        with Process(store, ground.log("socat receiver")) as receiver:
            machine.wait_for_listener(port, receiver)
            started = time.monotonic()
            with Process(fetch, ground.log("socat sender")) as sender:
                sent = sender.finish()
                received = receiver.finish()
            return Run(time.monotonic() - started, sent.cpu_s, received.cpu_s)


class TarThroughSocat(Contestant):
    name = "tar, socat OpenSSL"

    def run(self, ground, sources, into):
        (source,) = sources
        port = free_port()
        with ExitStack() as stack:
            receivers = self._pipe(
                ground, stack, "receiver",
                [*SOCAT, socat_listener(ground, port), "STDOUT"],
                ["tar", "-x", "-C", into, "-f", "-"],
            )
            machine.wait_for_listener(port, receivers[0])
            started = time.monotonic()
            senders = self._pipe(
                ground, stack, "sender",
                ["tar", "-c", "-C", source.parent, "-f", "-", source.name],
                [*SOCAT, "STDIN", socat_dialer(port)],
            )
            sent = sum(process.finish().cpu_s for process in senders)
            received = sum(process.finish().cpu_s for process in receivers)
            return Run(time.monotonic() - started, sent, received)

    @staticmethod
    def _pipe(ground, stack, side, first, second):
        log = ground.log(f"tar socat {side}")
        upper = stack.enter_context(Process(first, log, stdout=subprocess.PIPE))
        lower = stack.enter_context(Process(second, f"{log}.2", stdin=upper.stdout))
        upper.stdout.close()
        upper.popen.stdout = None
        return upper, lower


class Cp(Contestant):
    name = "cp (same machine, no network)"

    def run(self, ground, sources, into):
        (source,) = sources
        started = time.monotonic()
        ended = run(["cp", "-r", source, into], ground.log("cp"))
        return Run(time.monotonic() - started, ended.cpu_s)


class DiskAlone(Contestant):
    """What the disk takes when nothing but the copy and its sync is to be done."""

    name = "dd, fsync (same machine, no network)"

    def run(self, ground, sources, into):
        (source,) = sources
        command = ["dd", f"if={source}", f"of={into / source.name}", "bs=1M", "conv=fsync"]
        started = time.monotonic()
        ended = run(command, ground.log("dd"))
        return Run(time.monotonic() - started, ended.cpu_s)


class Wormhole(Contestant):
    """Through a mailbox server of our own; the bytes go straight from one to the other."""

    name = "magic-wormhole"
    CODE = "1-bench-run"

    def start(self, ground, stack):
        port = free_port()
        folder = own_folder(ground)
        serve = ["twist3", "wormhole-mailbox", "--port", f"tcp:{port}:interface=127.0.0.1"]
        serve += ["--channel-db", folder / "channels", "--usage-db", folder / "usage"]
        server = stack.enter_context(Process(serve, ground.log(f"{self.name} server"), cwd=folder))
        machine.wait_for_listener(port, server)
        # Nobody listens at the transit helper's address; without one it would ask the internet.
        self._program = ["wormhole", "--relay-url", f"ws://127.0.0.1:{port}/v1"]
        self._program += ["--transit-helper", "tcp:127.0.0.1:9"]

    def run(self, ground, sources, into):
        (source,) = sources
        send = [*self._program, "send", "--hide-progress", "--code", self.CODE, source]
        receive = [*self._program, "receive", "--hide-progress", "--accept-file"]
        receive += ["--output-file", into / source.name, self.CODE]
        environment = dict(os.environ, PYTHONUNBUFFERED="1", PYTHONWARNINGS="ignore")
        log = ground.log(f"{self.name} sender")
        with Process(send, log, env=environment) as sender:
            wait_for_text(log, "On the other computer", sender)
            started = time.monotonic()
            received = run(receive, ground.log(f"{self.name} receiver"), env=environment)
            took = time.monotonic() - started
            return Run(took, sender.finish().cpu_s, received.cpu_s)


def wait_for_text(log, text, process, within=30):
    deadline = time.monotonic() + within
    while text not in Path(log).read_text(errors="replace"):
        process.must_run()
        if time.monotonic() > deadline:
            raise RunFailed(f"{process.command[0]} never said {text!r}")
        time.sleep(0.01)
