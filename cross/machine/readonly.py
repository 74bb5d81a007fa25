#!/usr/bin/python3 -B
"""Runs the kiosk's package on an emulated Raspberry Pi whose root is read-only, with the data on another partition.

    cross/machine/readonly.py PARTS PACKAGE PHOTOGRAPH

PARTS is the folder that `build` made. What is written to the root goes to memory and is gone at the next start.
"""

import sys

import check
import story
from machine import Machine, call

DATA = "/var/lib/breed-kiosk"

# Something that is written to the root.
TRACE = "/etc/trace"


class ReadOnly(check.Day):
    """The steps in their order. Each continues with the machine as the previous one left it."""

    def step_the_kiosk_is_installed_with_its_data_on_another_partition(self):
        self.pi.run(f"mkdir -p {DATA} && echo 'LABEL=KIOSK {DATA} ext4 noatime 0 0' >>/etc/fstab && "
                    f"systemctl daemon-reload && mount {DATA}")
        self.step_the_package_installs_and_the_kiosk_runs()
        self.step_with_a_password_the_page_answers_through_a_forwarded_port()
        assert self.pi.run(f"stat -c '%U %a' {DATA}") == "breed-kiosk 700"
        self.pi.run("sync")

    def step_with_a_read_only_root_it_starts_and_answers_an_arrival(self):
        self.start()
        written = self.written()
        self.pi.run(f"touch {TRACE}")
        self.step_an_animal_before_the_camera_gets_an_answer_on_the_screen()
        self.pi.run("sync")
        assert self.written() == written, "something was written to the root's disk"

    def step_a_confirmed_visit_survives_a_power_cut(self):
        visit = self.desk.get("live")["arrival"]["visit"]
        self.desk.post(f"visits/{visit}/settle", {"breed": self.breed})
        self.start()
        assert self.pi.run(f"ls {TRACE} 2>/dev/null || true") == "", "the root kept what was written to it"
        kept = self.desk.get(f"visits/{visit}")
        assert kept["said"] == self.breed and kept["has_photograph"], kept
        self.catalogue_is_sound()

    def start(self):
        """Cuts the power and starts with a read-only root."""
        self.pi.cut_power()
        self.pi.boot("overlay")
        assert self.pi.run("stat -f -c %T /") == "overlayfs"
        self.runs()
        self.show("empty")
        self.pi.run("systemctl start camera@0")
        self.log_in()
        self.wait(lambda live: live["counts"]["frames"] > 0)
        self.wait(lambda live: not live["notices"])

    def written(self):
        """Returns how many sectors the machine has written to its root's disk."""
        return int(self.pi.run("cat /sys/block/vda/stat").split()[6])


def main(parts, package, photograph):
    work, files = story.folders()
    check.lay_out(files, package, photograph)
    data = work / "data"
    call("mke2fs", "-q", "-t", "ext4", "-L", "KIOSK", data, "256M")
    story.tell(ReadOnly(Machine(parts, work, files, more_disks=[data])))


if __name__ == "__main__":
    main(*sys.argv[1:])
