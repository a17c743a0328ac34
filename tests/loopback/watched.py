"""A running program under strace: its system calls are recorded, and some made to fail or to kill.

strace is attached when the program already runs, so that it counts from the moment a test is
interested in, and is detached without the program ending.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from program import PATIENCE_S

# Whatever changes a disk or makes it durable; of the sockets only what `write` does.
DISK_CALLS = (
    "openat,openat2,write,writev,pwrite64,pwritev,pwritev2,copy_file_range,ftruncate,fallocate,"
    "fsync,fdatasync,syncfs,sync_file_range,rename,renameat,renameat2,link,linkat,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,fchmod,fchmodat,utimensat"
)
_PATH = re.compile(r"<([^<>]*)>")
_ESCAPED = re.compile(rb"\\([0-7]{1,3})")
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")


def skip_without_strace():
    """Exit 77, with the reason, where nothing could be watched."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    if not shutil.which("strace"):
        print("skipped: there is no strace")
    elif os.geteuid() != 0 and scope.exists() and scope.read_text().strip() != "0":
        print("skipped: this system lets nobody but root watch other processes")
    else:
        return
    sys.exit(77)


def paths_in(rest):
    """The files that the descriptors in a recorded line stand for."""
    for escaped in _PATH.findall(rest):
        path = _ESCAPED.sub(lambda octal: bytes([int(octal[1], 8)]), escaped.encode())
        yield os.fsdecode(path).removesuffix(" (deleted)")


class Watched:
    """`inject`: as strace's -e inject=, such as "fsync:error=EIO:when=1". `paths`: only calls on
    exactly these."""

    def __init__(self, program, calls=DISK_CALLS, inject=None, paths=()):
        self._trace = tempfile.NamedTemporaryFile(prefix="dropline-trace-")
        words = ["strace", "-f", "-y", "-o", self._trace.name, "-e", f"trace={calls}"]
        if inject:
            words += ["-e", f"inject={inject}"]
        for path in paths:
            words += ["-P", str(path)]
        self._strace = subprocess.Popen(
            [*words, "-p", str(program.process.pid)], stderr=subprocess.PIPE, text=True
        )
        self._said = []
        self._attached = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._attached.wait(PATIENCE_S) or self._strace.poll() is not None:
            self.detach()
            raise AssertionError(f"strace did not attach: {self._said}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.detach()

    def _read(self):
        for line in self._strace.stderr:
            self._said.append(line)
            if "attached" in line:
                self._attached.set()
        self._attached.set()

    def detach(self):
        """The program goes on undisturbed."""
        if self._strace.poll() is None:
            self._strace.terminate()
            try:
                self._strace.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._strace.kill()
                self._strace.wait()
        self._reader.join(PATIENCE_S)
        self._strace.stderr.close()

    def calls(self):
        """(thread, name, rest of the line) of each call so far; those cut in two count once."""
        found = []
        for line in Path(self._trace.name).read_text(errors="replace").splitlines():
            if matched := _LINE.match(line):
                found.append((int(matched[1]), matched[2], matched[3]))
        return found
