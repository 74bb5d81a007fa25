"""Takes an emulated Raspberry Pi through the steps of a story, and says how each went."""

import contextlib
import http.client
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from desk import DeskError
from machine import MachineError

# The longest wait for an expected event, in seconds. The network is slow on an emulated processor.
PATIENCE = 120


class Skipped(Exception):
    """A step that is not for this package."""


def folders():
    """Makes a folder for a machine, and in it the folder of the files that it finds at /mnt."""
    work = Path(tempfile.mkdtemp(prefix="emulated-pi-"))
    files = work / "mnt"
    files.mkdir()
    return work, files


def tell(story):
    """Boots the machine of a story, takes its steps and ends with the line `test result:`.

    The steps are the methods of its class whose names begin with `step_`, in the order of the file. The names are
    sentences.
    """
    pi, began = story.pi, time.monotonic()
    try:
        pi.boot()
        print(f"the machine boots: {time.monotonic() - began:.1f} s", flush=True)
        results = [result(getattr(story, name)) for name in vars(type(story)) if name.startswith("step_")]
        failed = results.count("FAIL")
        if failed:
            with contextlib.suppress(MachineError):
                (pi.folder / "journal.log").write_text(pi.run("journalctl --no-pager"))
    finally:
        pi.cut_power()
    print(f"\ntest result: {'FAILED' if failed else 'ok'}. {results.count('PASS')} passed; {failed} failed; "
          f"{results.count('SKIP')} skipped; finished in {time.monotonic() - began:.0f} s")
    if failed:
        sys.exit(f"see the machine's journal, console and screen in {pi.folder}")
    shutil.rmtree(pi.folder)


def result(step):
    """Takes a step, prints its result and returns it: PASS, FAIL or SKIP."""
    sentence = step.__name__.removeprefix("step_").replace("_", " ")
    began = time.monotonic()
    try:
        outcome, detail = "PASS", step()
    except Skipped as reason:
        outcome, detail = "SKIP", reason
    except (AssertionError, MachineError, DeskError, OSError, http.client.HTTPException):
        outcome, detail = "FAIL", None
        traceback.print_exc()
    print(f"{outcome} {time.monotonic() - began:6.1f} s  {sentence}" + (f": {detail}" if detail else ""), flush=True)
    return outcome


def eventually(poll, condition, within=PATIENCE):
    """Polls a value until it fulfils a condition, and returns it."""
    deadline = time.monotonic() + within
    while not condition(value := poll()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s; last: {value}")
        time.sleep(0.1)
    return value
