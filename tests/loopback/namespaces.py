"""Disks and networks of a test's own: the script runs itself again in namespaces where it is root.

No right on the machine is needed where user namespaces are allowed; elsewhere the test is skipped
with exit 77. What is mounted or linked there is gone when the last process has ended.
"""

import os
import subprocess
import sys

_INSIDE = "DROPLINE_TEST_NAMESPACES"


def enter(*kinds):
    """`kinds`: "mount", "net". Returns inside of them only."""
    if os.environ.get(_INSIDE):
        return
    words = ["unshare", "--user", "--map-root-user", *(f"--{kind}" for kind in kinds)]
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"skipped: {' '.join(words)} does not work here: {error}")
        sys.exit(77)
    os.environ[_INSIDE] = "1"
    os.execvp(words[0], [*words, sys.executable, "-B", *sys.argv])


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


# ---- Disks ---------------------------------------------------------------------------------------


def mount_small_disk(test, path, **options):
    """A disk in memory at this folder, as `size="20m"` or `nr_inodes=50` say."""
    told = ",".join(f"{name}={value}" for name, value in options.items())
    run("mount", "-t", "tmpfs", "-o", told, "tmpfs", path)
    test.addCleanup(run, "umount", "--lazy", path)


def make_read_only(test, path):
    run("mount", "--bind", path, path)
    test.addCleanup(run, "umount", "--lazy", path)
    run("mount", "-o", "remount,bind,ro", path)


# ---- Networks ------------------------------------------------------------------------------------


class Network:
    """A hub with a link to each place, and a network namespace at the end of each link."""

    def __init__(self):
        run("mount", "-t", "tmpfs", "tmpfs", "/run")  # where `ip netns` keeps the names
        os.mkdir("/run/netns")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "name", "hub", "type", "bridge")
        run("ip", "link", "set", "dev", "hub", "up")

    def add_place(self, name, address):
        """`address`: of 10.77.0.0/24. Answers the words that start a program there."""
        run("ip", "netns", "add", name)
        run("ip", "link", "add", "name", f"to-{name}", "type", "veth",
            "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", "dev", f"to-{name}", "master", "hub", "up")
        run("ip", "-n", name, "link", "set", "dev", "lo", "up")
        run("ip", "-n", name, "link", "set", "dev", "eth0", "up")
        self.give_address(name, address)
        return ["ip", "netns", "exec", name]

    def give_address(self, name, address):
        run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "eth0")

    def take_address(self, name, address):
        run("ip", "-n", name, "address", "del", f"{address}/24", "dev", "eth0")

    def unplug(self, name):
        """Neither end is told more than that the cable is out."""
        run("ip", "link", "set", "dev", f"to-{name}", "down")

    def plug(self, name):
        run("ip", "link", "set", "dev", f"to-{name}", "up")

    def keep_apart(self, *names, is_apart=True):
        """These reach everybody but each other: their direct connections fall silent."""
        for name in names:
            state = "on" if is_apart else "off"
            run("ip", "link", "set", "dev", f"to-{name}", "type", "bridge_slave", "isolated", state)
