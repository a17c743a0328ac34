"""A screen nobody sees, and the hands and eyes of somebody in front of it.

Hands are real X events (xdotool); eyes are the screen's pixels, read from Xvfb's own memory, and
tesseract where words matter. Nothing here knows a pixel of the window's layout: places are found
by the words that stand there. Every wait has a deadline and ends with the first moment that
matches; nothing is tried twice.
"""

import csv
import ctypes
import io
import mmap
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("Xvfb", "openbox", "xdotool", "tesseract", "convert", "import", "pcmanfm", "xwininfo")
PATIENCE_S = float(os.environ.get("DROPLINE_PATIENCE_S", "20"))
LOOK_EVERY_S = 0.1
# Somebody's hand: a drag is only believed when it moves in small steps.
DRAG_STEPS = 12
DRAG_STEP_S = 0.03


class NotSeen(AssertionError):
    """A wait ended without what it waited for."""


def missing_programs():
    return [name for name in PROGRAMS if shutil.which(name) is None]


def simplified(text):
    """Letters and digits only, in small letters: what tesseract is sure of."""
    return re.sub(r"[\W_]+", "", text).casefold()


def stop_process(process, within=5):
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(within)


@dataclass(frozen=True)
class Box:
    """A part of the screen, in its pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def center(self):
        return self.x + self.width // 2, self.y + self.height // 2

    @property
    def right(self):
        return self.x + self.width

    def part(self, left=0.0, top=0.0, right=1.0, bottom=1.0):
        """The part between these fractions of it."""
        x, y = int(self.x + self.width * left), int(self.y + self.height * top)
        return Box(
            x,
            y,
            int(self.x + self.width * right) - x,
            int(self.y + self.height * bottom) - y,
        )

    def holds(self, other):
        x, y = other.center
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True)
class Line:
    """Words that tesseract found beside each other."""

    text: str
    words: tuple  # of (text, Box)

    def box_of(self, phrase):
        """Where `phrase` stands in this line, or None."""
        wanted = simplified(phrase)
        letters, owners = "", []
        for index, (text, _) in enumerate(self.words):
            letters += simplified(text)
            owners += [index] * (len(letters) - len(owners))
        at = letters.find(wanted)
        if not wanted or at < 0:
            return None
        boxes = [box for _, box in self.words[owners[at] : owners[at + len(wanted) - 1] + 1]]
        left = min(box.x for box in boxes)
        top = min(box.y for box in boxes)
        right = max(box.x + box.width for box in boxes)
        bottom = max(box.y + box.height for box in boxes)
        return Box(left, top, right - left, bottom - top)


class Picture:
    """Pixels of a part of the screen at one moment: three bytes each, row by row."""

    def __init__(self, box, pixels):
        self.box = box
        self.pixels = pixels

    def __eq__(self, other):
        return self.box == other.box and self.pixels == other.pixels

    def differing(self, other):
        """How many pixels are not the same in `other`, which shows the same box."""
        if self.pixels == other.pixels:
            return 0
        mine, theirs = self.pixels, other.pixels
        return sum(
            mine[at : at + 3] != theirs[at : at + 3] for at in range(0, len(mine), 3)
        )

    def common_color(self):
        """The colour most of it has."""
        counts = {}
        for at in range(0, len(self.pixels), 3):
            color = self.pixels[at : at + 3]
            counts[color] = counts.get(color, 0) + 1
        return max(counts, key=counts.get)

    def ppm(self):
        return b"P6 %d %d 255\n" % (self.box.width, self.box.height) + self.pixels

    def is_dark(self):
        return sum(self.common_color()) < 3 * 128

    def save(self, path):
        subprocess.run(["convert", "ppm:-", str(path)], input=self.ppm(), check=True)


class Window:
    """One window on the screen: where it is, what it says, and a hand in it."""

    def __init__(self, screen, number, process):
        self.screen = screen
        self.number = number
        self.process = process

    def box(self):
        """Its inside. xdotool counts the frame twice when it is asked for the place."""
        said = self.screen.run("xwininfo", "-id", self.number)
        number = dict(re.findall(r"(Absolute upper-left [XY]|Width|Height): +(-?\d+)", said))
        return Box(
            int(number["Absolute upper-left X"]),
            int(number["Absolute upper-left Y"]),
            int(number["Width"]),
            int(number["Height"]),
        )

    def title(self):
        return self.screen.xdotool("getwindowname", self.number).strip()

    def wait_for_title(self, part, within=PATIENCE_S):
        self.screen.wait_until(
            lambda: part in self.title(), lambda: f"title {part!r}; it is {self.title()!r}", within
        )

    def focus(self):
        self.screen.xdotool("windowactivate", "--sync", self.number)

    def close(self):
        stop_process(self.process)


class Screen:
    """Xvfb and openbox of our own, on a number that is free; leave with `close`."""

    def __init__(self, width, height, folder=None):
        self.width, self.height = width, height
        self.processes = []
        self.watched = []
        self.folder = Path(folder or tempfile.mkdtemp(prefix="dropline-screen-"))
        self.owns_folder = folder is None
        self.frame_buffer = None
        try:
            self._start_server()
            self._start_window_manager()
        except BaseException:
            self.close()
            raise

    def close(self):
        # The last started first: nothing outlives the screen it draws on.
        for process in reversed(self.processes):
            stop_process(process)
        if self.frame_buffer:
            self.frame_buffer.close()
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Programs --------------------------------------------------------------------------------

    def environment(self, home):
        """A person of their own: no settings, session or display of whoever runs this."""
        home = Path(home)
        runtime = home / "run"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = ("PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "TZ")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment.update(
            DISPLAY=self.display,
            HOME=str(home),
            LANG="C.UTF-8",
            LIBGL_ALWAYS_SOFTWARE="1",
            NO_AT_BRIDGE="1",
            XDG_CACHE_HOME=str(home / "cache"),
            XDG_CONFIG_HOME=str(home / "config"),
            XDG_DATA_HOME=str(home / "data"),
            XDG_RUNTIME_DIR=str(runtime),
        )
        return environment

    def start(self, command, home, log):
        """A process on this screen. Its output goes to the file `log` in our folder."""
        with open(self.folder / log, "wb") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                env=self.environment(home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=home,
            )
        self.processes.append(process)
        process.log = self.folder / log
        return process

    def watch(self, process):
        """Nothing on the screen is worth waiting for once this process has ended."""
        self.watched.append(process)

    def unwatch(self, process):
        """It may end: somebody means to end it."""
        self.watched.remove(process)

    def wait_until(self, check, what, within=PATIENCE_S, every=LOOK_EVERY_S):
        """What `check` returned as soon as that is true; NotSeen with `what` when it never is.

        The last look begins after the deadline: one that takes long must not judge by the past.
        """
        deadline = time.monotonic() + within
        while True:
            is_last = time.monotonic() >= deadline
            for process in self.watched:
                if process.poll() is not None:
                    raise NotSeen(f"{process.args[0]} has ended with {process.returncode}")
            found = check()
            if found:
                return found
            if is_last:
                raise NotSeen(f"not within {within:.0f} s: {what() if callable(what) else what}")
            time.sleep(every)

    def open_window(self, command, home, log, within=PATIENCE_S):
        process = self.start(command, home, log)
        return self.window_of(process, within)

    def window_of(self, process, within=PATIENCE_S):
        def search():
            if process.poll() is not None:
                said = process.log.read_text(errors="replace")
                raise NotSeen(f"{process.args[0]} ended with {process.returncode}: {said[-2000:]}")
            found = self.xdotool(
                "search", "--onlyvisible", "--all", "--pid", process.pid, "--name", ".", check=False
            ).split()
            return found[-1] if found else None

        number = self.wait_until(search, f"a window of {' '.join(process.args)}", within)
        return Window(self, number, process)

    def xdotool(self, *words, check=True):
        return self.run("xdotool", *words, check=check)

    def run(self, *words, check=True):
        """What a small program says about this screen, or does to it."""
        done = subprocess.run(
            [str(word) for word in words],
            env=self.environment(self.folder),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if check and done.returncode != 0:
            raise NotSeen(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    # ---- Hands -----------------------------------------------------------------------------------

    def click(self, place, button=1):
        """And out of the way again: the pointer would hide words."""
        away = (self.width - 1, self.height - 1)
        self.xdotool("mousemove", *place, "sleep", 0.05, "click", button, "mousemove", *away)

    def move(self, place):
        self.xdotool("mousemove", *place)

    def drag_to(self, start, end):
        """Takes what lies at `start` to `end` and holds it there; `let_go` ends it."""
        self.xdotool("mousemove", "--sync", *start, "sleep", DRAG_STEP_S, "mousedown", 1)
        for step in range(1, DRAG_STEPS + 1):
            x, y = (
                round(begin + (finish - begin) * step / DRAG_STEPS)
                for begin, finish in zip(start, end)
            )
            self.xdotool("mousemove", x, y, "sleep", DRAG_STEP_S)

    def let_go(self):
        self.xdotool("mouseup", 1)

    def type(self, text):
        """Real keys; signs beyond the keyboard need `add_keys` before the window opens."""
        self.xdotool("type", "--delay", 12, "--", text)

    def key(self, *names):
        self.xdotool("key", "--delay", 12, *names)

    def add_keys(self, signs):
        """Gives every sign in `signs` that is on no key a key nobody uses.

        xdotool would lend one key to one sign after the other, and a window that is slow to ask
        what a key means hears the wrong one.
        """
        library = ctypes.CDLL("libX11.so.6")
        library.XOpenDisplay.restype = ctypes.c_void_p
        library.XGetKeyboardMapping.restype = ctypes.POINTER(ctypes.c_ulong)
        display = ctypes.c_void_p(library.XOpenDisplay(self.display.encode()))
        first, last, per_key = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
        library.XDisplayKeycodes(display, ctypes.byref(first), ctypes.byref(last))
        count = last.value - first.value + 1
        known = library.XGetKeyboardMapping(
            display, ctypes.c_ubyte(first.value), count, ctypes.byref(per_key)
        )
        width = per_key.value
        free = [
            first.value + key
            for key in range(count)
            if not any(known[key * width + column] for column in range(width))
        ]
        foreign = sorted({sign for sign in signs if not sign.isascii()})
        if len(foreign) > len(free):
            raise NotSeen(f"{len(foreign)} signs, and only {len(free)} keys to spare")
        for key, sign in zip(free, foreign):
            unicode_keysym = ctypes.c_ulong(0x01000000 | ord(sign))
            library.XChangeKeyboardMapping(display, key, 1, ctypes.byref(unicode_keysym), 1)
        library.XSync(display, 0)
        library.XFree(known)
        library.XCloseDisplay(display)

    # ---- Eyes ------------------------------------------------------------------------------------

    @property
    def box(self):
        return Box(0, 0, self.width, self.height)

    def picture(self, box=None):
        """What is on the screen now. Xvfb keeps it in a file in the XWD format."""
        box = self._on_screen(box or self.box)
        memory = self.frame_buffer
        fields = struct.unpack(">25I", memory[:100])
        header_size, bytes_per_line, colors = fields[0], fields[12], fields[19]
        bits_per_pixel, byte_order = fields[11], fields[7]
        if bits_per_pixel != 32 or byte_order != 0:
            raise NotSeen("Xvfb keeps its pixels in a form that is not read here")
        start = header_size + colors * 12
        rows = []
        for y in range(box.y, box.y + box.height):
            at = start + y * bytes_per_line + box.x * 4
            row = memory[at : at + box.width * 4]
            rgb = bytearray(box.width * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]
            rows.append(bytes(rgb))
        return Picture(box, b"".join(rows))

    def _on_screen(self, box):
        x, y = max(0, box.x), max(0, box.y)
        right = min(self.width, box.x + box.width)
        bottom = min(self.height, box.y + box.height)
        return Box(x, y, max(1, right - x), max(1, bottom - y))

    def screenshot(self, path):
        """The whole screen, by a program that knows nothing of how we look at it."""
        subprocess.run(
            ["import", "-window", "root", str(path)],
            env=self.environment(self.folder),
            check=True,
            timeout=60,
        )

    def read(self, box, picture=None, scale=2):
        """The lines of text in `box`."""
        picture = picture or self.picture(box)
        # The darkest of red, green and blue: there every ground of a dark window is dark, the
        # coloured ones too, and its letters are not.
        dark = ["-separate", "-evaluate-sequence", "Min", "-negate"]
        tone = dark if picture.is_dark() else ["-colorspace", "Gray"]
        image = subprocess.run(
            ["convert", "ppm:-", *tone, "-filter", "Mitchell"]
            + ["-resize", f"{scale * 100}%", "pgm:-"],
            input=picture.ppm(),
            capture_output=True,
            check=True,
        ).stdout
        table = subprocess.run(
            ["tesseract", "-", "-", "--dpi", str(96 * scale), "--psm", "11", "-l", "eng", "tsv"],
            input=image,
            env=dict(os.environ, OMP_THREAD_LIMIT="1"),
            capture_output=True,
            check=True,
        ).stdout.decode(errors="replace")
        return self._lines(table, picture.box, scale)

    @staticmethod
    def _lines(table, box, scale):
        lines = {}
        for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
            text = (row.get("text") or "").strip()
            if row["level"] != "5" or not text:
                continue
            place = Box(
                box.x + int(row["left"]) // scale,
                box.y + int(row["top"]) // scale,
                max(1, int(row["width"]) // scale),
                max(1, int(row["height"]) // scale),
            )
            key = (row["block_num"], row["par_num"], row["line_num"])
            lines.setdefault(key, []).append((text, place))
        return [
            Line(" ".join(text for text, _ in words), tuple(words)) for words in lines.values()
        ]

    def find(self, phrase, box):
        """Where `phrase` stands in `box`, the topmost; None when it is not there."""
        places = [line.box_of(phrase) for line in self.read(box)]
        return min((place for place in places if place), key=lambda at: at.y, default=None)

    def wait_for(self, phrase, box, within=PATIENCE_S):
        """Where `phrase` stands, as soon as it does. Reads again only what has changed."""
        last, seen = None, []

        def look():
            nonlocal last, seen
            picture = self.picture(box)
            if last is not None and picture == last:
                return None
            last = picture
            seen = self.read(box, picture)
            places = [line.box_of(phrase) for line in seen]
            return min((place for place in places if place), key=lambda at: at.y, default=None)

        return self.wait_until(
            look, lambda: f"{phrase!r}; there is {[line.text for line in seen]}", within
        )

    def wait_for_change(self, before, pixels_min=1, within=PATIENCE_S):
        """The first picture of the same box that differs from `before`."""

        def look():
            now = self.picture(before.box)
            return now if now.differing(before) >= pixels_min else None

        return self.wait_until(look, f"{pixels_min} pixels to change in {before.box}", within)

    def wait_for_rest(self, box, still_s=0.3, within=PATIENCE_S):
        """The picture of `box` once it has stayed the same for a moment."""
        last, since = self.picture(box), time.monotonic()

        def look():
            nonlocal last, since
            now = self.picture(box)
            if now != last:
                last, since = now, time.monotonic()
            return now if time.monotonic() - since >= still_s else None

        return self.wait_until(look, f"{box} to come to rest", within, every=0.05)

    # ---- Start -----------------------------------------------------------------------------------

    def _start_server(self):
        reading, writing = os.pipe()
        buffer_folder = self.folder / "pixels"
        buffer_folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "xvfb.log", "wb") as log:
            server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-noreset"]
                # A key held long, as on a busy machine, must not come twice.
                + ["-r"]
                + ["-screen", "0", f"{self.width}x{self.height}x24", "-fbdir", str(buffer_folder)],
                pass_fds=[writing],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(server)
        os.close(writing)
        with os.fdopen(reading) as answers:
            ready, _, _ = select.select([answers], [], [], PATIENCE_S)
            number = answers.readline().strip() if ready else ""
        if not number:
            said = (self.folder / "xvfb.log").read_text(errors="replace")
            raise NotSeen(f"Xvfb has not started: {said[-1000:]}")
        self.display = f":{number}"
        with open(buffer_folder / "Xvfb_screen0", "rb") as file:
            self.frame_buffer = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def _start_window_manager(self):
        self.start(["openbox"], self.folder, "openbox.log")
        self.wait_until(
            lambda: self.xdotool("get_num_desktops", check=False).strip().isdigit(),
            "openbox to take care of windows",
        )


class FileManager:
    """PCManFM showing one folder: where a real drag of a real file begins."""

    def __init__(self, screen, folder, box):
        self.screen = screen
        self.home = Path(tempfile.mkdtemp(prefix="files-", dir=screen.folder))
        self._write_settings()
        # Without a session bus of its own it would talk to the one of whoever runs this.
        self.window = screen.open_window(
            ["pcmanfm", "--new-win", str(folder)], self.home, "pcmanfm.log"
        )
        number = self.window.number
        screen.xdotool("windowsize", number, box.width, box.height)
        screen.xdotool("windowmove", "--sync", number, box.x, box.y)
        screen.wait_for_rest(self.window.box())

    def _write_settings(self):
        """No desktop, no side pane: only files."""
        settings = self.home / "config" / "pcmanfm" / "default"
        settings.mkdir(parents=True)
        (settings / "pcmanfm.conf").write_text(
            "[ui]\nalways_show_tabs=0\nhide_close_btn=1\nside_pane_mode=hidden;places;\n"
            "view_mode=icon\nshow_hidden=0\nshow_statusbar=0\ntoolbar=navigation;\n"
        )

    def place_of(self, name):
        """Where to take hold of the file: its label, found by reading."""
        return self.screen.wait_for(name, self.window.box()).center

    def close(self):
        self.window.close()
