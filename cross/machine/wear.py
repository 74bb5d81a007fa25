#!/usr/bin/python3 -B
"""Measures on an emulated Raspberry Pi what a day at the desk writes to the SD card.

    cross/machine/wear.py PARTS PACKAGE PHOTOGRAPH

PARTS is the folder that `build` made. An empty desk and a few arrivals are measured at the disk, with all that the
system writes besides; a day is computed from both. What the kiosk does once a day or more rarely, such as a backup,
is not in it.
"""

import sys
import time

import check
import story
from machine import Machine

# A day, and the most that it may write, in megabytes.
ARRIVALS, LIMIT = 100, 50

# How many arrivals are measured, and for how many seconds the empty desk is.
MEASURED, IDLE = 10, 300

DAY = 24 * 60 * 60


class Wear(check.Day):
    """A day of which a part is measured."""

    def __init__(self, pi):
        super().__init__(pi)
        # Bytes a second at the empty desk, and for one arrival.
        self.idle = self.arrived = 0

    def step_the_kiosk_answers_an_arrival(self):
        self.step_the_package_installs_and_the_kiosk_runs()
        self.step_with_a_password_the_page_answers_through_a_forwarded_port()
        self.step_an_animal_before_the_camera_gets_an_answer_on_the_screen()

    def step_an_empty_desk_is_measured(self):
        self.leave()
        # What the start and the first arrival left to write is not the empty desk's.
        time.sleep(60)
        before = self.written()
        time.sleep(IDLE)
        self.idle = (self.written() - before) / IDLE
        return f"{self.idle * 3600 / 1e3:.0f} kB an hour"

    def step_arrivals_that_staff_confirm_are_measured(self):
        began, before, visits = time.monotonic(), self.written(), set()
        for _ in range(MEASURED):
            arrival = self.arrival()["arrival"]
            self.desk.post(f"visits/{arrival['visit']}/settle", {"breed": self.breed})
            assert self.visit(arrival)["has_photograph"], arrival
            visits.add(arrival["visit"])
        assert len(visits) == MEASURED, visits
        self.leave()
        written = self.written() - before
        self.arrived = max(0, written - self.idle * (time.monotonic() - began)) / MEASURED
        return f"{self.arrived / 1e3:.0f} kB an arrival"

    def step_a_day_writes_little_to_the_card(self):
        assert self.arrived, "no arrival was measured"
        idle, arrived = self.idle * DAY / 1e6, self.arrived * ARRIVALS / 1e6
        megabytes = idle + arrived
        assert megabytes <= LIMIT, f"{megabytes:.1f} MB a day; the limit is {LIMIT} MB"
        return (f"{megabytes:.1f} MB for {ARRIVALS} arrivals, of a limit of {LIMIT} MB: {arrived:.1f} MB for the "
                f"arrivals, {idle:.1f} MB for the rest of the day")

    def written(self):
        """Returns how many bytes the machine has written to its disk."""
        # A sector is 512 bytes, whatever the disk's own are.
        return 512 * int(self.pi.run("sync; cat /sys/block/vda/stat").split()[6])


def main(parts, package, photograph):
    work, files = story.folders()
    check.lay_out(files, package, photograph)
    story.tell(Wear(Machine(parts, work, files)))


if __name__ == "__main__":
    main(*sys.argv[1:])
