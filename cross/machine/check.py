#!/usr/bin/python3 -B
"""Checks the kiosk's package on an emulated Raspberry Pi through two days of arrivals and failures.

    cross/machine/check.py PARTS PACKAGE PHOTOGRAPH

PARTS is the folder that `build` made. Prints a line for each step and ends with `test result:`.
"""

import contextlib
import http.client
import io
import json
import re
import shutil
import sqlite3
import sys
import tarfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from PIL import Image, ImageChops

import entrance
import machine
import motion
import story
from desk import Desk, DeskError
from machine import Machine
from story import PATIENCE, Skipped, eventually

PASSWORD = "an emulated daycare"

# The accepted verdicts for the photograph: a tabby of no breed that resembles one.
KNOWN = ("breed", "species")

# From this probability on, the kiosk greets a guest by name.
SURE = 0.95

# The longest time until a failure is reported, in seconds: three for the kiosk, the rest for the emulation.
NOTICED = 8

SETTINGS = f"""
data = "/var/lib/breed-kiosk"
listen = "0.0.0.0:8080"
display = "%s"
camera = "%s"

[panel]
driver = "st7789"
data_command = {machine.DATA_COMMAND}
reset = {machine.RESET}
backlight = {machine.BACKLIGHT}

[buttons]
confirm = {machine.CONFIRM}
active_low = false
"""

# What is pretended to be the program of the camera module. It sends the picture of the other camera ten times a second.
MODULE = """#!/bin/sh
while sleep 0.1; do cat /run/entrance.jpg; done
"""

# The size of a whole picture of that panel, in bytes.
PICTURE = 240 * 240 * 2

# The frames within which a detector that follows anything, or looks for it, runs again: it pauses for half a second, or
# for as long as its last run took. The kiosk gets ten frames a second.
PAUSE = 15


class Day:
    """The steps in their order. Each continues with the machine as the previous one left it."""

    def __init__(self, pi):
        self.pi = pi
        self.desk = None
        self.breed = None
        self.detects = False

    def step_the_package_installs_and_the_kiosk_runs(self):
        self.pi.run("dpkg -i /mnt/kiosk.deb")
        assert self.pi.run("systemctl is-enabled breed-kiosk") == "enabled"
        self.runs()
        security = self.pi.run("systemd-analyze security breed-kiosk | tail -n 1")
        exposure = float(security.split(":")[1].split()[0])
        assert exposure <= 1.5, security
        shown = self.pi.run("systemctl show breed-kiosk")
        unit = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        for name, expected in {
            "MemoryHigh": str(768 << 20),
            "MemoryMax": str(1 << 30),
            "TasksMax": "256",
            "TimeoutStopUSec": "30s",
            "PrivateUsers": "yes",
            "Restart": "always",
        }.items():
            assert unit[name] == expected, f"{name}={unit[name]}"
        assert set(unit["IPAddressDeny"].split()) == {"0.0.0.0/0", "::/0"}, unit["IPAddressDeny"]
        assert "192.168.0.0/16" in unit["IPAddressAllow"], unit["IPAddressAllow"]
        assert "SQLITE_TMPDIR=/var/lib/breed-kiosk" in unit["Environment"], unit["Environment"]
        self.detects = "locate_ms" in json.loads(self.pi.run("kiosk bench --json --runs 1"))
        return f"exposure {exposure}, {'a' if self.detects else 'no'} detector"

    def step_with_a_password_the_page_answers_through_a_forwarded_port(self):
        self.pi.run(f"echo '{PASSWORD}' | runuser -u breed-kiosk -- "
                    "kiosk password owner --data /var/lib/breed-kiosk")
        self.show("empty")
        self.pi.run("systemctl start camera@0")
        self.settings(display="fb")
        self.wait(lambda live: live["counts"]["frames"] > 0)
        self.wait(lambda live: not live["notices"])

    def step_an_animal_before_the_camera_gets_an_answer_on_the_screen(self):
        classified = self.pi.run("kiosk classify --json /mnt/photograph")
        self.breed = json.loads(classified)[0]["top"][0]["breed"]
        live = self.arrival()
        self.screen_is_the_kiosks()
        arrival = live["arrival"]
        return f"{arrival['verdict']}: {self.breed}, {arrival['candidates'][0]['probability']:.0%}"

    def step_the_button_confirms_the_answer_and_the_catalogue_has_it(self):
        number = self.desk.get("live")["arrival"]["visit"]
        self.pi.press_confirm()
        self.wait(lambda live: live["arrival"]["stage"] in ("settled", "thanks", "empty"))
        visit = self.desk.get(f"visits/{number}")
        assert visit["said"] == self.breed, visit
        assert visit["source"] == "camera" and visit["has_photograph"], visit

    def step_the_doctor_tells_a_healthy_machine_from_a_broken_one(self):
        healthy = self.doctor()
        for part in ("camera", "display", "buttons", "disk", "fsync", "permissions", "catalogue", "model", "page"):
            assert healthy[part]["state"] == "right", healthy[part]
        self.pi.run("chmod 755 /var/lib/breed-kiosk && mv /dev/fb0 /dev/fb9 && mv /dev/gpiochip0 /dev/gpiochip9")
        broken = self.doctor()
        self.pi.run("mv /dev/gpiochip9 /dev/gpiochip0 && mv /dev/fb9 /dev/fb0 && chmod 700 /var/lib/breed-kiosk")
        wrong = [part for part, finding in broken.items() if finding["state"] == "wrong"]
        assert wrong == ["display", "buttons", "permissions"], broken
        return f"{len(healthy)} parts, of which not right: {' '.join(wrong)}"

    def step_no_wrong_breed_is_shown_for_an_animal_that_moves(self):
        alone = json.loads(self.pi.run("kiosk classify --json /mnt/motion/*[05].png"))
        named = [frame["breed"] for frame in alone if frame["verdict"] == "breed"]
        self.leave()
        predictions, shown = self.desk.get("live")["counts"]["looks"], set()

        def watch():
            live = self.desk.get("live")
            shown.update(arrival["candidates"][0]["breed"] for arrival in arrivals(live)
                         if arrival["verdict"] == "breed")
            return live

        with ThreadPoolExecutor() as pool:
            playing = pool.submit(self.play)
            eventually(watch, lambda _: playing.done())
            playing.result()
        live = eventually(watch, lambda live: live["arrival"]["verdict"] in KNOWN)
        assert shown <= {self.breed}, f"{shown} was shown, {self.breed} is right"
        wrong = sum(breed != self.breed for breed in named)
        return (f"{live['counts']['looks'] - predictions} predictions; of {len(alone)} single frames {wrong} get a "
                f"wrong breed and {len(named) - wrong} the right one")

    def step_an_animal_in_a_wide_view_is_found_and_only_its_picture_is_kept(self):
        self.needs_detector()
        self.leave()
        self.show("wide")
        arrival = self.wait(lambda live: live["arrival"]["stage"] == "answered")["arrival"]
        assert arrival["verdict"] in KNOWN, arrival
        assert is_in(entrance.RIGHT, arrival), arrival["region"]
        kept = Image.open(io.BytesIO(self.desk.file(f"visits/{arrival['visit']}/photograph")))
        width, height = entrance.SIZE
        assert 2 * kept.width * kept.height < width * height, kept.size
        breed = arrival["candidates"][0]["breed"]
        return f"{arrival['verdict']}: {breed}, {kept.width} x {kept.height} pixels are kept"

    def step_a_person_with_a_ball_is_no_visit(self):
        self.needs_detector()
        self.leave()
        visits, predictions = self.desk.get("visits"), self.desk.get("live")["counts"]["looks"]
        runs = self.desk.counter("detector_runs")
        for index in range(entrance.PERSON):
            self.show(f"person/{index:02}")
            live = self.frames(5)
            assert live["arrival"]["stage"] == "empty", live["arrival"]
        runs = self.desk.counter("detector_runs") - runs
        assert runs >= 3, f"the detector ran {runs} times"
        assert live["counts"]["looks"] == predictions and self.desk.get("visits") == visits, live
        return f"the detector ran {runs} times"

    def step_two_animals_are_two_visits(self):
        self.needs_detector()
        self.leave()
        self.show("pair")
        live = self.wait(lambda live: [it["stage"] for it in arrivals(live)] == ["answered"] * 2)
        first, second = arrivals(live)
        assert {first["number"], second["number"]} == {1, 2} and first["visit"] != second["visit"], live
        places = {box for box in (entrance.LEFT, entrance.RIGHT) for it in (first, second) if is_in(box, it)}
        assert places == {entrance.LEFT, entrance.RIGHT}, live
        return ", ".join(f"{it['number']}: {it['candidates'][0]['breed']}" for it in (first, second))

    def step_a_guest_who_comes_again_the_next_day_is_greeted_by_name(self):
        self.needs_detector()
        # Staff confirm the two who are still there, and name them.
        guests = {}
        for arrival in arrivals(self.desk.get("live")):
            name = "Mina" if is_in(entrance.LEFT, arrival) else "Ash"
            breed = arrival["candidates"][0]["breed"]
            guests[name] = self.add_animal(name, breed, self.species(breed))
            self.desk.post(f"visits/{arrival['visit']}/settle", {"breed": breed, "animal": guests[name]})
        assert guests.keys() == {"Mina", "Ash"}, guests
        self.leave()
        # Nobody has checked them out. A guest in the house hardly arrives again, but a stay ends with its day.
        before = self.desk.get("visits")
        self.pi.next_morning()
        self.show("again")
        arrival = self.wait(lambda live: greeted(live["arrival"]) is not None)["arrival"]
        assert greeted(arrival)["name"] == "Mina" and arrival["selected_guest"] == 0, arrival
        assert arrival["visit"] not in [visit["id"] for visit in before], arrival
        self.screen_is_the_kiosks()
        self.confirm(arrival)
        visit, animal = self.visit(arrival), self.desk.get(f"animals/{guests['Mina']}")
        assert visit["animal"] == [animal["id"], "Mina"] and visit["said"] == animal["breed"], visit
        assert animal["visits"] == 2 and visit["at"][:10] > before[0]["at"][:10], (animal, visit, before[0])
        return f"Mina, {greeted(arrival)['probability']:.1%}"

    def step_an_unplugged_camera_is_reported_and_one_at_another_port_is_found(self):
        self.pi.run("systemctl stop camera@0")
        noticed = self.notice("camera", within=NOTICED)
        self.screen_is_the_kiosks()
        self.pi.run("systemctl start camera@7")
        self.wait(lambda live: not live["notices"])
        self.arrival()
        return f"reported after {noticed:.1f} s"

    def step_an_animal_before_the_camera_module_is_seen_and_its_program_ends_with_the_service(self):
        program = "/usr/local/bin/rpicam-vid"
        self.pi.run(f"systemctl stop camera@7; echo '{MODULE}' >{program} && chmod 755 {program}")

        def processes():
            return self.pi.run("grep -lx rpicam-vid /proc/[0-9]*/comm || true").split()

        self.settings(display="fb", camera="csi")
        self.arrival()
        assert len(processes()) == 1, processes()
        self.pi.run("systemctl stop breed-kiosk")
        assert not processes(), processes()
        self.pi.run(f"rm {program}; systemctl start camera@7")
        self.settings(display="fb")

    def step_a_failed_display_is_reported_and_works_again_when_it_returns(self):
        self.leave()
        driver = "/sys/bus/virtio/drivers/virtio_gpu"
        device = self.pi.run(f"basename $(ls -d {driver}/virtio*)")
        self.pi.run(f"echo {device} >{driver}/unbind")
        # The kiosk sends only changes, so the failure appears with the next arrival.
        self.show("animal")
        self.wait(lambda live: live["arrival"]["stage"] != "empty")
        noticed = self.notice("display", within=NOTICED)
        self.wait(lambda live: live["arrival"]["stage"] == "answered")
        self.pi.run(f"echo {device} >{driver}/bind")
        self.wait(lambda live: not live["notices"])
        self.screen_is_the_kiosks()
        return f"reported after {noticed:.1f} s"

    def step_an_spi_panel_receives_only_changes(self):
        trace = "/sys/kernel/tracing"
        self.leave()
        self.pi.run(f"echo 1 >{trace}/events/spi/spi_transfer_start/enable; echo 8192 >{trace}/buffer_size_kb")
        self.settings(display="spi")

        def sent():
            lines = self.pi.run(f"grep -o 'len=[0-9]*' {trace}/trace || true").split()
            return sum(int(line.removeprefix("len=")) for line in lines)

        first = eventually(lambda: self.stable(sent), lambda count: count >= PICTURE)
        self.wait(lambda live: live["arrival"]["stage"] == "empty" and not live["notices"])
        self.pi.run(f"echo >{trace}/trace")
        time.sleep(5)
        assert sent() == 0, f"{sent()} bytes of an unchanged screen"
        self.arrival()
        change = eventually(lambda: self.stable(sent), lambda count: count > 0)
        self.settings(display="fb")
        return f"{first} bytes, then none, then {change}"

    def step_a_power_cut_during_check_in_loses_no_confirmed_decision(self):
        visit = self.desk.get("visits")[0]["id"]
        self.leave()
        self.show("animal")
        cut = threading.Timer(10, self.pi.cut_power)
        cut.start()
        confirmed = self.confirm_until_the_end(visit)
        cut.join()
        assert confirmed, "nothing was confirmed before the power was cut"
        self.pi.boot()
        self.runs()
        self.log_in()
        kept = [change["after"] for change in self.desk.get(f"visits/{visit}/history")
                if change["field"] == "animal"]
        lost = [animal for animal in confirmed if str(animal) not in kept]
        assert not lost, f"of {confirmed} the catalogue lacks {lost}"
        for animal in confirmed:
            assert self.desk.get(f"animals/{animal}")["breed"] == self.breed
        self.catalogue_is_sound()
        return f"{len(confirmed)} confirmed"

    def step_an_upgrade_keeps_catalogue_and_settings(self):
        before = self.desk.get("export/catalogue.json")
        settings = self.pi.run("cat /etc/breed-kiosk/kiosk.toml")
        self.pi.run("dpkg -i /mnt/upgrade.deb")
        self.runs()
        self.log_in()
        assert self.desk.get("export/catalogue.json") == before
        assert self.pi.run("cat /etc/breed-kiosk/kiosk.toml") == settings
        return self.pi.run("dpkg-query -W -f '${Version}' breed-kiosk")

    def step_a_purge_asks_nothing_and_leaves_nothing(self):
        self.pi.run("dpkg --purge breed-kiosk </dev/null")
        left = self.pi.run("find / -xdev -path /sys -prune -o -name '*breed-kiosk*' -print; "
                           "getent passwd breed-kiosk; getent group breed-kiosk; "
                           "systemctl list-units --all --plain --no-legend 'breed-kiosk*'; true")
        assert not left, left

    def needs_detector(self):
        if not self.detects:
            raise Skipped("the bundle has no detector")

    def doctor(self):
        """What the kiosk's doctor finds, by the parts."""
        report = self.pi.run("runuser -u breed-kiosk -- kiosk doctor --json || true")
        return {finding["about"]: finding for finding in json.loads(report)["findings"]}

    def runs(self):
        """The service has told systemd that it is up."""
        assert self.pi.run("systemctl is-active breed-kiosk") == "active"

    def settings(self, display, camera="auto"):
        """Restarts the kiosk with another display and camera. It must start at an empty entrance: an animal that it
        sees first would be its background."""
        self.show("empty")
        text = SETTINGS % (display, camera)
        self.pi.run(f"cat >/etc/breed-kiosk/kiosk.toml <<'END'\n{text}END\nsystemctl restart breed-kiosk")
        self.log_in()

    def log_in(self):
        self.desk = Desk(self.pi.port, PASSWORD, PATIENCE)

    def show(self, picture):
        """Shows a picture to the camera."""
        self.pi.run(f"cp /mnt/{picture}.jpg /run/next.jpg && mv /run/next.jpg /run/entrance.jpg")

    def play(self):
        """Shows the frames of the moving animal, as fast as the emulation permits."""
        for index in range(motion.FRAMES):
            self.show(f"motion/{index:02}")

    def leave(self):
        """Empties the entrance, waits until the kiosk has seen that, and clears the answers from the screen."""
        self.show("empty")

        def is_empty():
            runs = self.desk.counter("detector_runs")
            live = self.frames(PAUSE if self.detects else 5)
            for _ in arrivals(live):
                # A press that comes too late is refused; then the next round does it.
                with contextlib.suppress(DeskError):
                    self.desk.post("press/new")
            live = self.frames(3)
            stages = [arrival["stage"] for arrival in arrivals(live)]
            # The detector goes on for a moment, so that an animal that it misses is the same when it comes back.
            return stages == ["empty"] and self.desk.counter("detector_runs") == runs

        # An animal that stood still for a minute, because the emulation is slow, has become part of the entrance. Then
        # the empty one has to become it again.
        eventually(is_empty, bool, PATIENCE)

    def frames(self, count):
        """Waits until the kiosk has seen so many frames more, and returns the live state."""
        seen = self.desk.get("live")["counts"]["frames"]
        return self.wait(lambda live: live["counts"]["frames"] >= seen + count)

    def confirm(self, arrival):
        """Presses the button for the arrival in focus and waits until the catalogue has it."""
        self.pi.press_confirm()
        eventually(lambda: self.visit(arrival), lambda visit: visit["said"])
        # The button has been released, too.
        self.frames(3)

    def visit(self, arrival):
        """Returns the visit of an arrival."""
        return self.desk.get(f"visits/{arrival['visit']}")

    def arrival(self):
        """Shows the animal at the empty entrance and waits for the answer, which must be right."""
        self.leave()
        self.show("animal")
        live = self.wait(lambda live: live["arrival"]["stage"] == "answered")
        arrival = live["arrival"]
        assert arrival["verdict"] in KNOWN and arrival["candidates"][0]["breed"] == self.breed, arrival
        return live

    def wait(self, condition, within=PATIENCE):
        """Waits until the live state fulfils a condition, and returns that state."""
        return eventually(lambda: self.desk.get("live"), condition, within)

    def notice(self, part, within):
        """Waits for the notice that a part has failed, and returns the seconds that it took."""
        began = time.monotonic()
        self.wait(lambda live: part in [notice["part"] for notice in live["notices"]], within)
        return time.monotonic() - began

    def screen_is_the_kiosks(self):
        """The picture on the HDMI screen is, pixel for pixel, the one that the kiosk drew."""
        def both():
            return [Image.open(io.BytesIO(png)).convert("RGB")
                    for png in (self.desk.file("live/screen.png"), self.pi.screen())]

        def same(pictures):
            drawn, seen = pictures
            return drawn.size == seen.size and ImageChops.difference(drawn, seen).getbbox() is None

        eventually(both, same, within=20)

    def stable(self, count):
        """Waits until a count no longer rises, and returns it."""
        before = None
        while (now := count()) != before:
            before = now
            time.sleep(2)
        return now

    def add_animal(self, name, breed, species):
        """Adds an animal to the catalogue, and returns its number."""
        return self.desk.post("animals", {"name": name, "species": species, "breed": breed})["id"]

    def species(self, breed):
        """Returns the species of a breed."""
        return next(known["species"] for known in self.desk.get("breeds") if known["id"] == breed)

    def confirm_until_the_end(self, visit):
        """Adds animals and confirms each as the one of a visit, until the power goes; returns the confirmed ones."""
        confirmed = []
        species = self.species(self.breed)
        try:
            while True:
                animal = self.add_animal(f"Guest {len(confirmed) + 1}", self.breed, species)
                decision = {"breed": self.breed, "animal": animal}
                self.desk.post(f"visits/{visit}/settle", decision)
                confirmed.append(animal)
        except (OSError, http.client.HTTPException):
            return confirmed

    def catalogue_is_sound(self):
        """Neither the kiosk nor SQLite reports anything wrong with the catalogue."""
        health = self.desk.get("health")
        assert health["works"] and not [n for n in health["notices"] if n["part"] == "catalogue"], health
        with tarfile.open(fileobj=io.BytesIO(self.desk.file("backup"))) as archive:
            file = archive.extractfile("catalogue.sqlite").read()
        catalogue = sqlite3.connect(":memory:")
        catalogue.deserialize(file)
        assert catalogue.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def arrivals(live):
    """Returns all arrivals of a live state; the one in focus comes first, and is there even at an empty entrance."""
    return [live["arrival"], *live["others"]]


def greeted(arrival):
    """Returns the guest whom an arrival is greeted as; `None` where the kiosk is not sure who it is."""
    guests = arrival["guess"]["guests"] if arrival["guess"] else []
    return next((guest for guest in guests if guest["probability"] >= SURE), None)


def is_in(box, arrival):
    """Whether an arrival is in a box of pixels; no detector is exact to the pixel."""
    width, height = entrance.SIZE
    left, top, right, bottom = arrival["region"]
    beyond = (box[0] - left * width, box[1] - top * height, right * width - box[2], bottom * height - box[3])
    return max(beyond) <= 40


def lay_out(folder, package, photograph):
    """Fills the folder that the machine mounts at /mnt."""
    shutil.copy(package, folder / "kiosk.deb")
    machine.call("dpkg-deb", "--raw-extract", package, folder / "upgrade")
    control = folder / "upgrade/DEBIAN/control"
    control.write_text(re.sub("^(Version: .*)", r"\1+upgrade", control.read_text(), flags=re.MULTILINE))
    machine.call("dpkg-deb", "--build", "-Zgzip", "-z1", folder / "upgrade", folder / "upgrade.deb")
    shutil.rmtree(folder / "upgrade")
    shutil.copy(photograph, folder / "photograph")
    entrance.main(photograph, folder)
    motion.main(photograph, folder / "motion")


def main(parts, package, photograph):
    work, files = story.folders()
    lay_out(files, package, photograph)
    story.tell(Day(Machine(parts, work, files)))


if __name__ == "__main__":
    main(*sys.argv[1:])
