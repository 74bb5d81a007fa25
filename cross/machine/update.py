#!/usr/bin/python3 -B
"""Updates the kiosk on an emulated Raspberry Pi to a version that works, and to one that does not.

    cross/machine/update.py PARTS PACKAGE PHOTOGRAPH

PARTS is the folder that `build` made. The newer versions are made of the package.
"""

import re
import shutil
import sys

import check
import story
from machine import Machine, MachineError, call

# For how many seconds the kiosk is watched, and within how many the former version must be back after that. The machine
# is slow.
WATCHED, PATIENCE = 60, 900

KEPT = "/var/lib/breed-kiosk-update"


class Update(check.Day):
    """The steps in their order. Each continues with the machine as the previous one left it."""

    def __init__(self, pi):
        super().__init__(pi)
        # The visit that staff confirmed, and the version that worked last.
        self.visit_number = self.version = None

    def step_the_kiosk_has_a_confirmed_visit(self):
        self.step_the_package_installs_and_the_kiosk_runs()
        self.step_with_a_password_the_page_answers_through_a_forwarded_port()
        self.step_an_animal_before_the_camera_gets_an_answer_on_the_screen()
        self.visit_number = self.desk.get("live")["arrival"]["visit"]
        self.desk.post(f"visits/{self.visit_number}/settle", {"breed": self.breed})

    def step_without_a_former_package_an_update_asks_for_the_owners_word(self):
        installed = self.installed()
        said = self.update("good", fails=True)
        assert "--no-way-back" in said, said
        assert self.installed() == installed
        self.runs()

    def step_a_version_that_works_stays(self):
        self.version = self.installed() + "+1"
        said = self.update("good", "--no-way-back")
        assert f"version {self.version} works" in said, said
        self.is_well()

    def step_a_version_that_does_not_work_is_taken_back(self):
        said = self.update("broken", fails=True)
        assert f"{self.version} is installed again" in said, said
        self.is_well()
        doctor = self.pi.run("runuser -u breed-kiosk -- kiosk doctor --config /etc/breed-kiosk/kiosk.toml || true")
        assert re.search("^NOT RIGHT +update ", doctor, re.MULTILINE), doctor
        journal = self.pi.run("journalctl --no-pager -u breed-kiosk-update -p err")
        assert "is installed again" in journal, journal

    def step_it_is_taken_back_although_the_power_is_cut_meanwhile(self):
        self.pi.run(f"KIOSK_UPDATE_SECONDS={WATCHED} setsid kiosk update --unsigned /mnt/broken.deb "
                    ">/run/update.log 2>&1 </dev/null &")
        story.eventually(self.show_update, lambda said: "is watched" in said, PATIENCE)
        assert self.installed() != self.version
        self.pi.cut_power()
        self.pi.boot()
        story.eventually(self.show_update, lambda said: f"{self.version} is installed again" in said, PATIENCE)
        story.eventually(self.pending, lambda pending: not pending)
        self.is_well()

    def update(self, package, *options, fails=False):
        """Updates to a package, and returns what is said."""
        command = f"KIOSK_UPDATE_SECONDS={WATCHED} kiosk update --unsigned {' '.join(options)} /mnt/{package}.deb 2>&1"
        try:
            said = self.pi.run(command, PATIENCE)
        except MachineError as error:
            if not fails:
                raise
            return str(error)
        assert not fails, said
        return said

    def show_update(self):
        """Returns what became of the last update."""
        # The program that is installed may be the broken one.
        return self.pi.run(f"{KEPT}/kiosk update --show || kiosk update --show")

    def pending(self):
        """Returns the files that are there while an update is under way."""
        return self.pi.run(f"cd {KEPT} && ls | grep -vx -e in-use.deb -e update.toml || true")

    def installed(self):
        """Returns the installed version."""
        return self.pi.run("dpkg-query -W -f '${Version}' breed-kiosk")

    def is_well(self):
        """The version that worked last runs, and the catalogue has its visit."""
        assert self.installed() == self.version
        assert not self.pending(), self.pending()
        assert self.pi.run("ls /etc/systemd/system/*/breed-kiosk-update.service 2>/dev/null || true") == ""
        self.runs()
        self.log_in()
        kept = self.desk.get(f"visits/{self.visit_number}")
        assert kept["said"] == self.breed and kept["has_photograph"], kept
        self.catalogue_is_sound()


def repack(folder, name, version, is_broken):
    """Makes a newer package of the kiosk's, whose program fails at once if it is to be broken."""
    raw = folder / name
    call("dpkg-deb", "--raw-extract", folder / "kiosk.deb", raw)
    control = raw / "DEBIAN/control"
    control.write_text(re.sub("^(Version: .*)", rf"\1+{version}", control.read_text(), flags=re.MULTILINE))
    if is_broken:
        (raw / "usr/bin/kiosk").write_text("#!/bin/false\n")
    call("dpkg-deb", "--build", "-Zgzip", "-z1", raw, folder / f"{name}.deb")
    shutil.rmtree(raw)


def main(parts, package, photograph):
    work, files = story.folders()
    check.lay_out(files, package, photograph)
    repack(files, "good", 1, is_broken=False)
    repack(files, "broken", 2, is_broken=True)
    story.tell(Update(Machine(parts, work, files)))


if __name__ == "__main__":
    main(*sys.argv[1:])
