#!/usr/bin/python3 -B
"""Updates the kiosk on an emulated Raspberry Pi to a version that works, and to two that do not.

    cross/machine/update.py PARTS PACKAGE PHOTOGRAPH

PARTS is the folder that `build` made. The newer versions are made of the package, and signed with minisign by a key of
the moment. The version that works is watched for five minutes, as anywhere.
"""

import re
import shutil
import sys

import check
import story
from machine import Machine, MachineError, call

# For how many seconds a version that does not work is watched, and within how many the former version must be back
# after that. The machine is slow.
WATCHED, PATIENCE = 60, 900

KEPT = "/var/lib/breed-kiosk-update"


class Update(check.Day):
    """The steps in their order. Each continues with the machine as the previous one left it."""

    def __init__(self, pi, key):
        super().__init__(pi)
        self.key = key
        # The visit that staff confirmed, and the version that worked last.
        self.visit_number = self.version = None

    def step_the_kiosk_has_a_confirmed_visit(self):
        self.step_the_package_installs_and_the_kiosk_runs()
        self.step_with_a_password_the_page_answers_through_a_forwarded_port()
        self.step_an_animal_before_the_camera_gets_an_answer_on_the_screen()
        self.visit_number = self.desk.get("live")["arrival"]["visit"]
        self.desk.post(f"visits/{self.visit_number}/settle", {"breed": self.breed})

    def step_a_package_that_is_not_signed_with_the_owners_key_is_refused(self):
        installed = self.installed()
        self.pi.run("cd /run && cp /mnt/good.deb unsigned.deb && cp /mnt/good.deb changed.deb && "
                    "cp /mnt/good.deb.minisig changed.deb.minisig && printf x >>changed.deb")
        said = self.update("/mnt/good", fails=True)
        assert "cannot be told who made it" in said, said
        self.pi.run(f"sed -i '1i model_key = \"{self.key}\"' /etc/breed-kiosk/kiosk.toml")
        said = self.update("/run/unsigned", "--no-way-back", fails=True)
        assert "--unsigned installs it" in said, said
        said = self.update("/run/changed", "--no-way-back", "--unsigned", fails=True)
        assert "was changed after" in said, said
        assert self.installed() == installed
        self.runs()

    def step_without_a_former_package_an_update_asks_for_the_owners_word(self):
        installed = self.installed()
        said = self.update("/mnt/good", fails=True)
        assert "--no-way-back" in said, said
        assert self.installed() == installed
        self.runs()

    def step_a_version_that_works_stays(self):
        self.version = self.installed() + "+1"
        said = self.update("/mnt/good", "--no-way-back", seconds=None)
        assert f"version {self.version} works" in said, said
        self.is_well()

    def step_a_version_that_does_not_work_is_taken_back(self):
        said = self.update("/mnt/broken", fails=True)
        assert f"{self.version} is installed again" in said, said
        self.is_well()
        doctor = self.pi.run("runuser -u breed-kiosk -- kiosk doctor --config /etc/breed-kiosk/kiosk.toml || true")
        assert re.search("^NOT RIGHT +update ", doctor, re.MULTILINE), doctor
        journal = self.pi.run("journalctl --no-pager -u breed-kiosk-update -p err")
        assert "is installed again" in journal, journal

    def step_a_version_that_runs_and_cannot_record_visits_is_taken_back(self):
        said = self.update("/mnt/unready", fails=True)
        assert f"{self.version} is installed again" in said and "visits go elsewhere" in said, said
        self.is_well()

    def step_it_is_taken_back_although_the_power_is_cut_meanwhile(self):
        self.pi.run(f"KIOSK_UPDATE_SECONDS={WATCHED} setsid kiosk update /mnt/broken.deb "
                    ">/run/update.log 2>&1 </dev/null &")
        story.eventually(self.show_update, lambda said: "is watched" in said, PATIENCE)
        assert self.installed() != self.version
        self.pi.cut_power()
        self.pi.boot()
        story.eventually(self.show_update, lambda said: f"{self.version} is installed again" in said, PATIENCE)
        story.eventually(self.pending, lambda pending: not pending)
        self.is_well()

    def update(self, package, *options, fails=False, seconds=WATCHED):
        """Updates to a package, which is watched for this long, and returns what is said."""
        watched = f"KIOSK_UPDATE_SECONDS={seconds} " if seconds else ""
        command = f"{watched}kiosk update {' '.join(options)} {package}.deb 2>&1"
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


# The program of a version that runs, and whose visits go elsewhere, since its data folder can only be read.
UNREADY = """#!/bin/sh
case $1 in run) set -- "$@" --data /usr/lib/breed-kiosk ;; esac
exec /usr/lib/breed-kiosk/kiosk "$@"
"""


def repack(folder, name, version, program=None):
    """Makes a newer package of the kiosk's, with another program if there is one, and signs it."""
    raw = folder / name
    call("dpkg-deb", "--raw-extract", folder / "kiosk.deb", raw)
    control = raw / "DEBIAN/control"
    control.write_text(re.sub("^(Version: .*)", rf"\1+{version}", control.read_text(), flags=re.MULTILINE))
    if program:
        kiosk = raw / "usr/bin/kiosk"
        shutil.copy(kiosk, raw / "usr/lib/breed-kiosk/kiosk")
        kiosk.write_text(program)
    package = folder / f"{name}.deb"
    call("dpkg-deb", "--build", "-Zgzip", "-z1", raw, package)
    shutil.rmtree(raw)
    call("minisign", "-S", "-s", folder.parent / "kiosk.key", "-m", package)


def main(parts, package, photograph):
    work, files = story.folders()
    check.lay_out(files, package, photograph)
    secret, public = files.parent / "kiosk.key", files.parent / "kiosk.pub"
    call("minisign", "-G", "-W", "-s", secret, "-p", public)
    repack(files, "good", 1)
    repack(files, "broken", 2, "#!/bin/false\n")
    repack(files, "unready", 3, UNREADY)
    key = public.read_text().splitlines()[1]
    story.tell(Update(Machine(parts, work, files), key))


if __name__ == "__main__":
    main(*sys.argv[1:])
