"""Files chosen in the dialog of the desktop's portal, and what is done when that goes away."""

import os
import shutil
import sys

from screen_test import SKIPPED, ScreenTest, main

PORTAL = os.environ.get("PORTAL_STAND_IN", "")
NAME = "lecture notes #1.pdf"
BUS = """<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""


class Choose(ScreenTest):
    def setUp(self):
        super().setUp()
        self.maria = self.window_hosts()
        self.bob = self.join("Bob", self.maria)
        self.content = os.urandom(1_234_567)
        self.path = self.write_file(NAME, self.content)

    def start_and_hear(self, command, log, word):
        """A program that says this word when it is ready."""
        process = self.screen.start(command, self.maria.home, log)
        self.screen.wait_until(
            lambda: word in process.log.read_text(), lambda: process.log.read_text()
        )
        return process

    def start_portal(self, *uris):
        """On a session bus where Maria's window looks for one that nothing names."""
        settings = self.folder / "bus.conf"
        settings.write_text(BUS.format(self.maria.home / "run" / "bus"))
        bus = ["dbus-daemon", f"--config-file={settings}", "--nofork", "--nopidfile"]
        self.start_and_hear([*bus, "--print-address=1"], "bus.log", "guid=")
        return self.start_and_hear([PORTAL, *uris], "portal.log", "here\n")

    def ask_for_files(self, name="Bob"):
        self.screen.click(self.maria.row_of(name).center, button=3)
        self.screen.click(self.screen.wait_for("Send files", self.maria.box).center)

    def test_in_the_portals_dialog_go_to_the_person_they_were_chosen_for(self):
        portal = self.start_portal(self.path.as_uri())
        self.ask_for_files()
        self.take_file(self.bob, NAME, self.content)
        window = f"x11:{int(self.maria.window.number):x}"
        self.assertIn(f"Choose files to send to Bob above {window}", portal.log.read_text())

    def test_for_one_person_are_not_asked_for_another_meanwhile(self):
        self.join("Ann", self.maria)
        portal = self.start_portal("--wait")
        self.ask_for_files("Bob")
        self.screen.wait_until(
            lambda: "to Bob" in portal.log.read_text(), lambda: portal.log.read_text()
        )
        self.ask_for_files("Ann")
        self.screen.wait_for("A file dialog is still open", self.maria.box)

    def test_after_a_portal_that_dies_are_asked_for_in_the_window(self):
        self.start_portal()
        self.ask_for_files()
        self.screen.wait_for("Choose files to send to Bob", self.maria.box)
        self.screen.wait_for("dialog broke off", self.maria.box)


if __name__ == "__main__":
    if shutil.which("dbus-daemon") is None:
        print("dbus-daemon is missing: there is no bus for a portal")
        sys.exit(SKIPPED)
    if shutil.which("zenity") or shutil.which("kdialog"):
        print("A program that asks for files is installed: the window's own dialog does not come")
        sys.exit(SKIPPED)
    main()
