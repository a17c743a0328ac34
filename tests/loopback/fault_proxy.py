"""A TCP proxy that does to connections what bad networks do, in the order it is told.

In a test, which steers it from its own thread while bytes flow:

    with FaultProxy(port_of_the_host, seed=7) as proxy:
        member = self.join("Ann", proxy)       # proxy.address is where to join
        proxy.cut()

From the command line, steered by lines on standard input (`help` lists them):

    fault_proxy.py HOST:PORT [--listen PORT] [--seed N] [--delay-ms N] [--jitter-ms N]
                   [--bytes-per-s N] [--cut-every BYTES] [--corrupt-every BYTES]

It sees what goes between a member and the host: the room, and with `--path relayed` all bytes of
files too. A direct connection between two members does not come through it: they dial each other's
own addresses, which the proxy neither knows nor may change, as they travel inside TLS. Faults on
direct connections need a link of their own, see namespaces.py.
"""

import argparse
import asyncio
import random
import socket
import struct
import sys
import threading
import time

TO_HOST, TO_MEMBER = "to_host", "to_member"
BLOCK_BYTES = 16 * 1024
# Bytes that are under way while they are delayed: enough for 100 ms at 80 MB/s.
BLOCKS_UNDER_WAY_MAX = 512
PATIENCE_S = 20


class _Connection:
    def __init__(self, member, host):
        self.ends = {TO_HOST: host, TO_MEMBER: member}  # where bytes of a direction leave to
        self.tasks = []

    def source(self, direction):
        return self.ends[TO_MEMBER if direction == TO_HOST else TO_HOST]

    def close(self, is_reset):
        for task in self.tasks:
            task.cancel()
        for end in self.ends.values():
            try:
                if is_reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side was faster
            # Later: the loop forgets a descriptor only when the task that waits for it has ended.
            asyncio.get_running_loop().call_soon(end.close)


class FaultProxy:
    """Thread: any for everything without an underscore; the rest belongs to its own loop."""

    def __init__(self, port, host="127.0.0.1", *, seed=0, listen=("127.0.0.1", 0)):
        self.target = (host, port)
        self.carried = {TO_HOST: 0, TO_MEMBER: 0}  # bytes, over all connections
        self.accepted = 0
        self.corrupted = 0
        self._random = random.Random(seed)
        self._changed = threading.Condition()
        self._delay_s = self._jitter_s = 0.0
        self._bytes_per_s = 0
        self._free_at = {TO_HOST: 0.0, TO_MEMBER: 0.0}
        self._until_corruption = {TO_HOST: None, TO_MEMBER: None}
        self._is_refusing = False
        self._connections = set()
        self._listener = socket.create_server(listen)
        self._listener.setblocking(False)
        self.address = "{}:{}".format(*self._listener.getsockname())
        self._loop = asyncio.new_event_loop()
        self._flowing = {TO_HOST: asyncio.Event(), TO_MEMBER: asyncio.Event()}
        for flowing in self._flowing.values():
            flowing.set()
        self._thread = threading.Thread(target=self._run, name="fault proxy", daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self._thread.is_alive():
            self._do(lambda: self._cut(is_reset=True))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE_S)
            self._listener.close()

    # ---- Faults ----------------------------------------------------------------------------------

    def delay(self, milliseconds, jitter=0):
        """Every byte comes so much later, and up to `jitter` milliseconds more; order is kept."""

        def change():
            self._delay_s, self._jitter_s = milliseconds / 1000, jitter / 1000

        self._do(change)

    def throttle(self, bytes_per_s):
        """Each direction, all connections together; 0: as fast as it goes."""

        def change():
            self._bytes_per_s = bytes_per_s

        self._do(change)

    def stall(self, *directions):
        """Nothing moves any more, and nobody is told: what a pulled cable looks like at first."""
        for direction in directions or (TO_HOST, TO_MEMBER):
            self._do(self._flowing[direction].clear)

    def flow(self):
        for flowing in self._flowing.values():
            self._do(flowing.set)

    def cut(self, *, is_reset=True):
        """Ends every connection, with RST or with FIN; new ones may come. Answers how many."""
        return self._do(lambda: self._cut(is_reset))

    def half_close(self, direction):
        """Bytes of this direction end with FIN; the other direction goes on."""
        self._do(lambda: self._half_close(direction))

    def corrupt(self, direction, after_bytes=0):
        """Flips one bit of the byte that comes after so many."""

        def change():
            self._until_corruption[direction] = after_bytes

        self._do(change)

    def refuse(self, is_refusing=True):
        """New connections are reset at once."""

        def change():
            self._is_refusing = is_refusing

        self._do(change)

    def wait_until(self, is_true, what, within=PATIENCE_S):
        """Looks again whenever bytes moved or a connection came."""
        with self._changed:
            if not self._changed.wait_for(lambda: is_true(self), within):
                raise AssertionError(f"the proxy never saw: {what}; it carried {self.carried}")

    # ---- Inside ----------------------------------------------------------------------------------

    def _run(self):
        asyncio.set_event_loop(self._loop)
        listening = self._loop.create_task(self._listen())
        try:
            self._loop.run_forever()
            listening.cancel()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        finally:
            self._loop.close()

    def _do(self, change):
        async def run():
            return change()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(PATIENCE_S)

    def _tell(self):
        with self._changed:
            self._changed.notify_all()

    async def _listen(self):
        serving = set()
        while True:
            member, _ = await self._loop.sock_accept(self._listener)
            task = self._loop.create_task(self._serve(member))
            serving.add(task)  # the loop itself would let it be forgotten
            task.add_done_callback(serving.discard)

    async def _serve(self, member):
        host = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection = _Connection(member, host)
        for end in (member, host):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.accepted += 1
        self._tell()
        if self._is_refusing:
            connection.close(is_reset=True)
            return
        self._connections.add(connection)
        try:
            await self._loop.sock_connect(host, self.target)
            pumps = [self._pump(connection, direction) for direction in (TO_HOST, TO_MEMBER)]
            connection.tasks = [self._loop.create_task(pump) for pump in pumps]
            ends = await asyncio.gather(*connection.tasks, return_exceptions=True)
            is_reset = any(isinstance(end, ConnectionError) for end in ends)
        except OSError:
            is_reset = True
        self._connections.discard(connection)
        connection.close(is_reset)

    async def _pump(self, connection, direction):
        blocks = asyncio.Queue(BLOCKS_UNDER_WAY_MAX)
        reader = self._loop.create_task(self._read(connection.source(direction), blocks))
        connection.tasks.append(reader)
        target = connection.ends[direction]
        try:
            while True:
                due, data = await blocks.get()
                await self._wait_for_turn(direction, due, len(data or b""))
                if data is None:
                    raise ConnectionResetError
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                await self._loop.sock_sendall(target, self._spoil(direction, data))
                self.carried[direction] += len(data)
                self._tell()
        except ConnectionError:
            connection.close(is_reset=True)
            raise
        finally:
            reader.cancel()

    async def _read(self, source, blocks):
        due = 0.0
        while True:
            try:
                data = await self._loop.sock_recv(source, BLOCK_BYTES)
            except OSError:
                data = None
            jitter = self._random.random() * self._jitter_s
            due = max(due, time.monotonic() + self._delay_s + jitter)
            await blocks.put((due, data))
            if not data:
                return

    async def _wait_for_turn(self, direction, due, size):
        if self._bytes_per_s:
            begin = max(self._free_at[direction], time.monotonic())
            self._free_at[direction] = begin + size / self._bytes_per_s
            due = max(due, begin)
        if (left := due - time.monotonic()) > 0:
            await asyncio.sleep(left)
        await self._flowing[direction].wait()

    def _spoil(self, direction, data):
        left = self._until_corruption[direction]
        if left is None:
            return data
        if left >= len(data):
            self._until_corruption[direction] = left - len(data)
            return data
        self._until_corruption[direction] = None
        self.corrupted += 1
        spoiled = bytearray(data)
        spoiled[left] ^= 1 << self._random.randrange(8)
        return bytes(spoiled)

    def _cut(self, is_reset):
        connections, self._connections = self._connections, set()
        for connection in connections:
            connection.close(is_reset)
        return len(connections)

    def _half_close(self, direction):
        for connection in self._connections:
            try:
                connection.ends[direction].shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has ended already


def _repeat(proxy, every_bytes, fault):
    """Does the fault again and again, each time after so many bytes."""
    seen = 0
    while True:
        seen += every_bytes
        proxy.wait_until(lambda one: sum(one.carried.values()) >= seen, "more bytes", 1e9)
        fault()


def _obey(proxy, line):
    word, *rest = line.split()
    commands = {
        "stall": lambda: proxy.stall(*rest),
        "flow": proxy.flow,
        "cut": proxy.cut,
        "fin": lambda: proxy.cut(is_reset=False),
        "half": lambda: proxy.half_close(rest[0]),
        "corrupt": lambda: proxy.corrupt(rest[0]),
        "refuse": proxy.refuse,
        "admit": lambda: proxy.refuse(False),
        "delay": lambda: proxy.delay(*map(float, rest)),
        "throttle": lambda: proxy.throttle(int(rest[0])),
        "carried": lambda: print(proxy.carried, flush=True),
    }
    if word not in commands:
        print(f"{' · '.join(commands)}; a direction is {TO_HOST} or {TO_MEMBER}", flush=True)
        return
    try:
        commands[word]()
    except (IndexError, KeyError, TypeError, ValueError) as error:
        print(f"{word}: {error!r}", flush=True)


def _main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", metavar="HOST:PORT")
    parser.add_argument("--listen", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    for option in ("--delay-ms", "--jitter-ms", "--bytes-per-s", "--cut-every", "--corrupt-every"):
        parser.add_argument(option, type=int, default=0)
    wish = parser.parse_args()
    host, port = wish.target.rsplit(":", 1)
    with FaultProxy(int(port), host, seed=wish.seed, listen=("127.0.0.1", wish.listen)) as proxy:
        print(f"{proxy.address} leads to {wish.target}, seed {wish.seed}", flush=True)
        proxy.delay(wish.delay_ms, wish.jitter_ms)
        proxy.throttle(wish.bytes_per_s)
        chance = random.Random(wish.seed)
        for every, fault in (
            (wish.cut_every, lambda: proxy.cut(is_reset=chance.random() < 0.5)),
            (wish.corrupt_every, lambda: proxy.corrupt(chance.choice([TO_HOST, TO_MEMBER]))),
        ):
            if every:
                threading.Thread(target=_repeat, args=(proxy, every, fault), daemon=True).start()
        for line in filter(str.strip, sys.stdin):
            _obey(proxy, line)


if __name__ == "__main__":
    _main()
