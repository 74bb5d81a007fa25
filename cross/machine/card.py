#!/usr/bin/python3 -B
"""Starts an emulated Raspberry Pi from a card that `cross/card` prepared, with a cable that leads nowhere.

    cross/machine/card.py PARTS PACKAGE

PARTS is the folder that `build` made. The system is Debian's, with the packages and settings of Raspberry Pi OS that
count here: cloud-init, netplan and NetworkManager.
"""

import subprocess
import sys
from pathlib import Path

import story
from machine import Machine, MachineError, call

HOST_NAME, USER, TIME_ZONE = "pension-nord", "marie", "Europe/Paris"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFTsgdqYGz8dUwYnNGjYQfYJOxLxQ0mCgPDAt6kKzBvq marie@büro"

# A network whose name and password YAML, netplan and NetworkManager could take for something else.
WIFI, PASSWORD = 'Café "Nord" 🐾 \\o/', ' # \'pâté\': "{\\n}" 🐕 '

# The boot partition of a flashed card, as far as it counts here.
BOOT = {
    "config.txt": "# See http://rptl.io/configtxt\n#dtparam=spi=on\n[cm4]\notg_mode=1\n[all]\n",
    "cmdline.txt": "console=serial0,115200 console=tty1 root=PARTUUID=00000000-02 rootfstype=ext4 rootwait\n",
    "user-data": "#cloud-config\n",
    "network-config": "",
    "meta-data": "dsmode: local\ninstance_id: rpios-image\n",
}

# An address that the machine gives to itself, and what the QR code of the set-up then says.
ADDRESS = "192.168.7.5"
CODE = f"http://{ADDRESS}:8080/setup"
ADDRESS_UNIT = f"""[Unit]
Before=breed-kiosk.service
[Service]
Type=oneshot
ExecStart=ip address add {ADDRESS}/32 dev lo
[Install]
WantedBy=multi-user.target
"""

# From power to the QR code, the kiosk may add so much to the system's own start, in seconds.
ADDED = 10

# Asks the page from the machine itself, which no network leads to.
ASK = """python3 - <<'END'
import http.client
for path in ("/", "/setup", "/api/v1/visits"):
    page = http.client.HTTPConnection("127.0.0.1", 8080, timeout=60)
    page.request("GET", path)
    answer = page.getresponse()
    print(answer.status, answer.getheader("Location", ""))
END"""

# Prints the set-up's first page.
READ = 'import urllib.request as web; print(web.urlopen("http://127.0.0.1:8080/setup").read().decode())'


class Card:
    """The steps in their order. The machine has just started for the first time."""

    def __init__(self, pi):
        self.pi = pi

    def step_without_a_network_the_first_start_installs_the_kiosk(self):
        status = self.pi.run("cloud-init status --long; true")
        assert status.startswith("status: done"), status
        assert self.pi.run("ip -4 route") == "", "there is a network"
        assert self.pi.run("dpkg-query -W -f '${Status}' breed-kiosk") == "install ok installed"
        assert self.pi.run("systemctl is-enabled breed-kiosk") == "enabled"
        assert self.pi.run("systemctl is-active breed-kiosk") == "active"
        page, system = self.active("breed-kiosk.service"), self.active("multi-user.target")
        return f"the page is there {page:.0f} s after power, the rest of the system after {system:.0f} s"

    def step_the_set_up_is_open_and_nothing_else_answers(self):
        self.set_up_is_open()

    def step_the_set_up_is_in_the_language_of_the_card(self):
        page = self.pi.run(f"python3 -c '{READ}'")
        assert '<html lang="fr">' in page, page

    def step_the_machine_has_the_name_the_user_and_the_time_zone_of_the_card(self):
        assert self.pi.run("cat /proc/sys/kernel/hostname") == HOST_NAME
        assert self.pi.run("readlink /etc/localtime").endswith(f"/{TIME_ZONE}")
        home = f"/home/{USER}/.ssh"
        assert self.pi.run(f"cat {home}/authorized_keys").splitlines()[-1] == KEY
        assert self.pi.run(f"stat -c '%U %a' {home}/authorized_keys") == f"{USER} 600"
        assert self.pi.run(f"passwd --status {USER}").split()[1] == "L", "the user has a password"
        assert self.pi.run("systemctl is-active ssh") == "active"
        assert "passwordauthentication no" in self.pi.run("sshd -T").splitlines()

    def step_the_wifi_network_has_its_name_and_password_to_the_letter(self):
        listed = self.pi.run("nmcli --terse --fields UUID,TYPE connection show").splitlines()
        number = next((line.split(":")[0] for line in listed if line.endswith("wireless")), None)
        assert number, listed
        fields = "802-11-wireless.ssid,802-11-wireless-security.psk"
        told = self.pi.run("LC_ALL=C.UTF-8 nmcli --show-secrets --escape no --get-values "
                           f"{fields} connection show {number}; echo .")
        assert told == f"{WIFI}\n{PASSWORD}\n.", told

    def step_the_log_is_bounded(self):
        assert "SystemMaxUse=64M" in self.pi.run("systemd-analyze cat-config systemd/journald.conf").splitlines()

    def step_the_screen_shows_the_qr_code_of_the_set_up(self):
        assert self.codes() == [], "a code without an address"
        self.pi.run(f"cat >/etc/systemd/system/address.service <<'END'\n{ADDRESS_UNIT}END\n"
                    "systemctl enable --now address")
        self.code_is_shown()

    def step_after_a_power_cut_the_qr_code_is_there_soon_after_the_system(self):
        self.pi.run("sync")
        self.pi.cut_power()
        # How long the system takes by itself.
        self.pi.boot("systemd.mask=breed-kiosk.service")
        own = self.uptime()
        self.pi.cut_power()
        self.pi.boot()
        self.code_is_shown()
        shown = self.uptime()
        self.set_up_is_open()
        told = f"the QR code is there {shown:.1f} s after power, without the kiosk the system takes {own:.1f} s"
        assert shown <= own + ADDED, told
        return told

    def code_is_shown(self):
        story.eventually(self.codes, lambda codes: codes == [CODE])

    def codes(self):
        """Returns what the QR codes on the machine's screen say."""
        self.pi.screen()
        # It fails where there is none.
        read = subprocess.run(["zbarimg", "--quiet", "--raw", self.pi.folder / "screen.png"], capture_output=True,
                              text=True)
        return read.stdout.split()

    def uptime(self):
        """Returns the seconds since the kernel's start."""
        return float(self.pi.run("cat /proc/uptime").split()[0])

    def set_up_is_open(self):
        start, set_up, visits = (line.split(" ") for line in self.pi.run(ASK).splitlines())
        assert start[0].startswith("3") and start[1].endswith("/setup"), start
        assert set_up[0] == "200", set_up
        assert visits[0] == "403", visits

    def active(self, unit):
        """Returns when a unit was up, in seconds since the kernel's start."""
        return int(self.pi.run(f"systemctl show --property ActiveEnterTimestampMonotonic --value {unit}")) / 1e6


def boot_partition(folder, package):
    """Makes the boot partition of a flashed card, prepared by `cross/card`, and returns its file."""
    content = folder / "bootfs"
    content.mkdir()
    for name, text in BOOT.items():
        (content / name).write_text(text, encoding="utf-8")
    key, password = folder / "key.pub", folder / "password"
    key.write_text(f"{KEY}\n", encoding="utf-8")
    password.write_text(f"{PASSWORD}\n", encoding="utf-8")
    card = Path(__file__).resolve().parent.parent / "card"
    done = subprocess.run([card, content, "--package", package, "--host-name", HOST_NAME, "--user", USER,
                           "--ssh-key", key, "--wifi", WIFI, "--wifi-password-file", password, "--country", "FR",
                           "--language", "fr", "--time-zone", TIME_ZONE], stdin=subprocess.DEVNULL)
    if done.returncode:
        raise MachineError("the card cannot be prepared")
    partition = folder / "bootfs.img"
    call("mkfs.vfat", "-C", "-F", "32", "-n", "bootfs", partition, 256 * 1024)
    call("mcopy", "-i", partition, *sorted(content.iterdir()), "::")
    return partition


def main(parts, package):
    work, files = story.folders()
    pi = Machine(parts, work, files, system="card", more_disks=[boot_partition(work, package)], has_network=False)
    story.tell(Card(pi))


if __name__ == "__main__":
    main(*sys.argv[1:])
