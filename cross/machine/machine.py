"""Controls an emulated Raspberry Pi with a disk: QEMU, its monitor and the agent inside the machine."""

import base64
import json
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

# The uses of the GPIO chip's lines. QEMU pulses line 3 when it is asked to power down.
CLOCK, DATA, SELECT, CONFIRM, DATA_COMMAND, RESET, BACKLIGHT = range(7)

# The time limits for a command and for a start, in seconds. An emulated machine is slow.
PATIENCE = 300
BOOT_PATIENCE = 900


class MachineError(Exception):
    """The machine, or a command in it, failed."""


class Machine:
    """A machine that can be switched on and off repeatedly. Its disk keeps its contents."""

    def __init__(self, parts, folder, files, system="disk", more_disks=(), has_network=True):
        """Makes a machine of the `parts` that `build` made, with a free port of the host for its page.

        It starts a copy of the disk `system`, and writes to `folder`. It finds the folder `files` as its second disk,
        mounted at /mnt, and after that the files `more_disks`, as they are. Without a network, its cable leads
        nowhere.
        """
        self.parts, self.folder = Path(parts), Path(folder)
        self.port = free_port()
        self.process = self.monitor = self.agent = None
        self._disk = self.folder / "disk.qcow2"
        self._files = self.folder / "files"
        self._more_disks, self._has_network = more_disks, has_network
        # How far the machine's clock is ahead of the host's.
        self._ahead = timedelta()
        base = (self.parts / system).resolve()
        call("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base, self._disk)
        call("mke2fs", "-q", "-t", "ext4", "-d", files, self._files, "256M")
        self._tree = self._device_tree()

    def boot(self, *parameters):
        """Switches the machine on, with more parameters of the kernel, and waits until it has started its services."""
        monitor, agent = self.folder / "monitor", self.folder / "agent"
        for path in (monitor, agent):
            path.unlink(missing_ok=True)
        console = open(self.folder / "console.log", "ab")
        self.process = subprocess.Popen(
            ["qemu-system-aarch64", *self._hardware(),
             "-kernel", self.parts / "vmlinuz", "-initrd", self.parts / "initrd", "-dtb", self._tree,
             "-append", " ".join(("console=ttyAMA0 quiet panic=-1", *parameters)),
             "-rtc", f"base={datetime.now(UTC) + self._ahead:%Y-%m-%dT%H:%M:%S}",
             "-qmp", f"unix:{monitor},server=on,wait=off",
             "-chardev", f"socket,id=agent,path={agent},server=on,wait=off",
             "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
            stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
        self.monitor = Peer(monitor, self.process)
        self.monitor.ask("qmp_capabilities")
        self.agent = Peer(agent, self.process)
        self.agent.ask("guest-ping")
        self.run("mount -o ro /dev/vdb /mnt; systemctl is-system-running --wait || systemctl --failed --no-legend",
                 BOOT_PATIENCE)

    def cut_power(self):
        """Switches the machine off without shutting it down."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def run(self, script, patience=PATIENCE):
        """Runs a shell script as root and returns its output without the last newline."""
        started = self.agent.ask("guest-exec", {
            "path": "/bin/sh",
            "arg": ["-c", script],
            "env": ["PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"],
            "capture-output": True,
        })
        deadline = time.monotonic() + patience
        while not (ended := self.agent.ask("guest-exec-status", started))["exited"]:
            if time.monotonic() > deadline:
                raise MachineError(f"still runs after {patience} s: {script}")
            time.sleep(0.05)
        output, errors = (base64.b64decode(ended.get(name, "")).decode().rstrip("\n")
                          for name in ("out-data", "err-data"))
        if ended.get("exitcode") != 0:
            raise MachineError(f"failed: {script}\n{output}\n{errors}".rstrip())
        return output

    def next_morning(self):
        """Sets the clock to eight o'clock on the next day. It goes on from there after a power cut, too."""
        now = self.run("date --set 'tomorrow 08:00' >/dev/null && date +%s")
        self._ahead = datetime.fromtimestamp(int(now), UTC) - datetime.now(UTC)

    def press_confirm(self):
        """Presses the button at the GPIO chip's line CONFIRM for a tenth of a second."""
        self.monitor.ask("system_powerdown")

    def screen(self):
        """Returns the picture on the machine's HDMI screen, as a PNG file."""
        picture = self.folder / "screen.png"
        self.monitor.ask("screendump", {"filename": str(picture), "format": "png"})
        return picture.read_bytes()

    def _hardware(self):
        network = f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-10.0.2.15:8080"
        if not self._has_network:
            network = "hubport,id=net,hubid=0"
        more = []
        for index, disk in enumerate(self._more_disks):
            more += ["-drive", f"file={disk},format=raw,if=none,id=more{index}",
                     "-device", f"virtio-blk-pci,drive=more{index}"]
        return [
            "-M", "virt", "-cpu", "cortex-a76", "-smp", "2", "-m", "1024",
            "-display", "none", "-serial", "stdio", "-no-reboot",
            "-drive", f"file={self._disk},format=qcow2,if=none,id=disk",
            "-device", "virtio-blk-pci,drive=disk",
            "-drive", f"file={self._files},format=raw,if=none,id=files,readonly=on",
            "-device", "virtio-blk-pci,drive=files",
            *more,
            "-netdev", network,
            "-device", "virtio-net-pci,netdev=net,romfile=",
            "-device", "virtio-gpu-pci", "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
        ]

    def _device_tree(self):
        """Makes the machine's device tree, with a panel on SPI and a push button in place of the power button."""
        tree = self.folder / "machine.dtb"
        call("qemu-system-aarch64", *self._hardware(), "-M", f"dumpdtb={tree}")
        gpio = call("fdtget", tree, "/pl061@9030000", "phandle").strip()
        call("fdtput", "-r", tree, "/gpio-keys")
        for node in ("/spi", "/spi/spidev@0"):
            call("fdtput", "-c", tree, node)

        def put(node, name, kind, *values):
            call("fdtput", "-t", kind, tree, node, name, *values)

        put("/spi", "compatible", "s", "spi-gpio")
        put("/spi", "#address-cells", "i", "1")
        put("/spi", "#size-cells", "i", "0")
        put("/spi", "num-chipselects", "i", "1")
        put("/spi", "sck-gpios", "i", gpio, CLOCK, "0")
        put("/spi", "mosi-gpios", "i", gpio, DATA, "0")
        put("/spi", "cs-gpios", "i", gpio, SELECT, "1")
        # The kernel binds spidev only to the names of known devices, such as this one.
        put("/spi/spidev@0", "compatible", "s", "rohm,dh2228fv")
        put("/spi/spidev@0", "reg", "i", "0")
        put("/spi/spidev@0", "spi-max-frequency", "i", "40000000")
        return tree


class Peer:
    """A peer that answers JSON with JSON at a socket: QEMU's monitor, or the agent inside the machine."""

    def __init__(self, path, process):
        deadline = time.monotonic() + PATIENCE
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise MachineError(f"nothing answers at {path}")
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                time.sleep(0.05)
        self._lines = self._socket.makefile("r")

    def ask(self, command, arguments=None):
        """Sends a command and returns the answer."""
        request = {"execute": command} | ({"arguments": arguments} if arguments else {})
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            for line in self._lines:
                answer = json.loads(line)
                if "error" in answer:
                    raise MachineError(f"{command}: {answer['error']['desc']}")
                # The monitor also sends a greeting and events.
                if "return" in answer:
                    return answer["return"]
        except OSError as error:
            raise MachineError(f"{command}: {error}") from None
        raise MachineError(f"{command}: the machine has ended")


def call(*command):
    """Runs a program of the host and returns its output."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise MachineError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


def free_port():
    """Returns a port of the host that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
