"""What is asked of the machine so that runs can be compared, and what is read from it."""

import glob
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

MIB = 1 << 20
GIB = 1 << 30
IN_OWN_NETWORK = "DROPLINE_BENCH_IN_OWN_NETWORK"
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Unsuitable(Exception):
    """This machine cannot run the benchmark; the sentence says why."""


# ---- A network of its own ------------------------------------------------------------------------


def enter_own_network():
    """Starts this program again in a network namespace with nothing but loopback in it.

    Returns a sentence about the network that the runs have. Root needs no user namespace, and sshd
    would not start in one; anybody else keeps his own user id in his.
    """
    if IN_OWN_NETWORK not in os.environ:
        command = ["unshare", "--net"]
        if os.geteuid() != 0:
            command += ["--map-current-user", "--keep-caps"]
        if subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            os.environ[IN_OWN_NETWORK] = "yes"
            os.execvp("unshare", [*command, "--", sys.executable, "-B", *sys.argv])
        return f"shared with the machine (no namespaces here), {default_congestion_control()}"
    run_ip("link", "set", "lo", "up")
    # As a property of the routes: a namespace may not change the system's default to anything that
    # the machine does not list as allowed.
    for target in ("127.0.0.0/8", "127.0.0.1"):
        run_ip(
            *("route", "replace", "local", target, "dev", "lo", "table", "local"),
            *("proto", "kernel", "scope", "host", "src", "127.0.0.1", "congctl", "cubic"),
        )
    return "own namespace, loopback, cubic"


def run_ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, timeout=10)


def default_congestion_control():
    return Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()


def wait_for_listener(port, process, within=20):
    """Returns when somebody listens on the port, without connecting: some serve only one."""
    wanted = re.compile(rf":{port:04X} 0+:0000 0A ")
    deadline = time.monotonic() + within
    while not wanted.search(Path("/proc/net/tcp").read_text()):
        process.must_run()
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.005)


# ---- Memory and caches ---------------------------------------------------------------------------

TOUCH = """
import mmap, sys
mmap.mmap(-1, int(sys.argv[1]), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
"""


def warm_page_pool(byte_count):
    """Has the machine hand out memory once: a virtual one gets it from its host only at the first
    touch, gives it back when it lies idle, and whoever touches it next pays up to 2 s per GiB.

    Three times what a copy takes, because the copy is not given just the pages that were touched:
    with once as much every third run still paid, with two and a half times none did.
    """
    wanted = min(max(3 * byte_count, GIB), available_memory() // 2)
    subprocess.run([sys.executable, "-c", TOUCH, str(wanted)], check=True, timeout=300)


def available_memory():
    return 1024 * int(re.search(r"MemAvailable: +(\d+)", Path("/proc/meminfo").read_text())[1])


def read_into_cache(path):
    paths = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    for each in paths:
        with open(each, "rb", buffering=0) as file:
            while file.read(4 * MIB):
                pass


def file_system_of(path):
    """The type of the file system, such as ext4 or tmpfs."""
    asked = subprocess.run(
        ["findmnt", "--noheadings", "--output", "FSTYPE", "--target", str(path)],
        capture_output=True, text=True, check=True, timeout=10,
    )
    return asked.stdout.split()[-1]


# ---- Processes, from outside ---------------------------------------------------------------------


def children_by_parent():
    found = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        fields = stat_fields(stat)
        if fields:
            found.setdefault(int(fields[1]), []).append(int(stat.split("/")[2]))
    return found


def children(pid):
    return children_by_parent().get(pid, [])


def descendants(pid):
    below = children_by_parent()
    found, waiting = [], [pid]
    while waiting:
        those = below.get(waiting.pop(), [])
        found += those
        waiting += those
    return found


def stat_fields(path):
    """Those after the name, which may hold spaces: state, parent, ... (proc(5) counts from 3)."""
    try:
        return Path(path).read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def cpu_seconds(pid):
    """Of the process, its living descendants, and those of them that were waited for."""
    total = 0
    for each in (pid, *descendants(pid)):
        fields = stat_fields(f"/proc/{each}/stat")
        if fields:
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS_PER_S


def resident_bytes(pid):
    return status_bytes(pid, "VmRSS")


def peak_resident_bytes(pid):
    return status_bytes(pid, "VmHWM")


def forget_peak(pid):
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def status_bytes(pid, name):
    return 1024 * int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


# ---- What a reader of the numbers must know ------------------------------------------------------


def load_text():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def processor():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    name = " ".join(found[1].split()) if found else platform.machine()
    return f"{os.cpu_count()} × {name}"


def memory_text():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{total / GIB:.0f} GiB"


def system():
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return f"{release}, Linux {platform.release()}"


def version_of(*command, pattern=r"\d+\.\d[\w.]*"):
    """The first thing that looks like a version in what the command prints, or None without it."""
    if not shutil.which(command[0]):
        return None
    asked = subprocess.run(command, capture_output=True, text=True, timeout=20)
    found = re.search(pattern, asked.stdout + asked.stderr)
    return found[0] if found else None
