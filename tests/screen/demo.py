"""The main job in three windows; demo.sh says what comes of it."""

import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from person import Person, free_port, side_by_side
from screen import Box, FileManager, NotSeen, Screen, missing_programs

WIDTH, HEIGHT = 2160, 760
PICTURE = "dropline-demo.png"
FILE_NAME = "photos.zip"
FILE_BYTES = 24 * 1024 * 1024
GREETING = "Good morning! Who has the photos?"
CHINESE = "早上好！照片在我这里，马上发给你"
THANKS = "Thank you, 谢谢"
# The machine may be busy building something else meanwhile.
STEP_S = 40


def tell(sentence):
    print(f"    {time.monotonic() - STARTED:5.1f} s  {sentence}", flush=True)


def open_room(people):
    host, *members = people
    port = free_port()
    host.open("host", "--port", port, "--bind", "127.0.0.1", "--room", "Summer party")
    host.wait_for_room(STEP_S)
    tell(f"{host.name} hosts a room on port {port}.")
    for member in members:
        member.open("join", f"127.0.0.1:{port}")
    for member in members:
        member.wait_for_room(STEP_S)
        tell(f"{member.name} has joined.")
    host.screen.wait_for("3 people", host.left, STEP_S)


def talk(screen, host, ann, bob):
    """Everybody says a line, and it moves something in everybody's window."""
    for speaker, text in ((host, GREETING), (ann, CHINESE), (bob, THANKS)):
        others = [person for person in (host, ann, bob) if person is not speaker]
        before = [screen.picture(person.right) for person in others]
        speaker.say_to_everyone(text)
        for picture in before:
            screen.wait_for_change(picture, pixels_min=200, within=STEP_S)
        tell(f"{speaker.name}: {text}")
    bob.sees("Who has the photos", STEP_S)


def hand_over(screen, host, ann, bob):
    folder = screen.folder / "for-bob"
    folder.mkdir()
    source = folder / FILE_NAME
    source.write_bytes(os.urandom(FILE_BYTES))
    # It covers the host's window, which nobody needs for this, and goes before the picture is taken.
    manager = FileManager(screen, folder, Box(host.box.x + 60, host.box.y + 300, 480, 260))
    screen.drag_to(manager.place_of(FILE_NAME), ann.place_for(bob.name))
    screen.wait_for(f"Drop to send to {bob.name}", ann.left, STEP_S)
    screen.let_go()
    tell(f"{ann.name} has dropped {FILE_NAME} onto {bob.name}.")
    bob.sees("Accept", STEP_S)
    manager.close()
    bob.answer("Accept", STEP_S)
    tell(f"{bob.name} has clicked Accept.")
    arrived = screen.wait_until(lambda: bob.files(FILE_NAME), f"{FILE_NAME} to arrive", STEP_S)
    return source, arrived[0]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_same(source, arrived):
    sent, received = digest(source), digest(arrived)
    print(f"    sha256 sent      {sent}\n    sha256 received  {received}")
    return sent == received


def play(screen, program):
    screen.add_keys(CHINESE + THANKS)
    host, ann, bob = (
        Person(screen, program, name, box)
        for name, box in zip(("Maria", "Ann", "Bob"), side_by_side(3, WIDTH, HEIGHT))
    )
    try:
        open_room((host, ann, bob))
        talk(screen, host, ann, bob)
        source, arrived = hand_over(screen, host, ann, bob)
        ann.sees("arrived and checked", STEP_S)
        screen.wait_for_rest(screen.box)
        return is_same(source, arrived)
    except NotSeen:
        for person in (host, ann, bob):
            print(person.story())
        raise
    finally:
        screen.screenshot(PICTURE)
        print(f"    The three windows side by side: {Path(PICTURE).resolve()}", flush=True)


def main():
    missing = missing_programs()
    if missing:
        raise SystemExit(f"demo: these programs are missing: {' '.join(missing)}")
    # However this ends, `close` runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    screen = Screen(WIDTH, HEIGHT)
    try:
        is_whole = play(screen, sys.argv[1])
    except NotSeen as fault:
        raise SystemExit(f"demo: {fault}") from None
    finally:
        screen.close()
    if not is_whole:
        raise SystemExit("demo: the file that arrived is not the file that was sent")
    tell("The file has arrived byte for byte.")


STARTED = time.monotonic()
main()
