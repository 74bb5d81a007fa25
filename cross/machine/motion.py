#!/usr/bin/python3 -B
"""Draws the camera frames of an animal that does not hold still.

    cross/machine/motion.py PHOTOGRAPH FOLDER

writes FRAMES frames, ten a second, as `00.jpg`, `01.jpg`, ... and again as photographs `00.png`, ...: the animal
walks in, sways and shakes itself, a hand reaches for it, it drifts half out of the frame, and comes to rest. Every
run writes the same files.
"""

import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

import entrance

FRAMES = 40
PER_SECOND = 10

# How long the shutter is open, in seconds, and how many exposures the motion blur averages.
SHUTTER, EXPOSURES = 0.04, 6

# The largest amount that noise adds to a value, of 255.
NOISE = 10

SLEEVE = (60, 70, 110)
SKIN = (196, 150, 122)


def main(photograph, folder):
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    with Image.open(photograph) as animal:
        animal = animal.convert("RGBA")
    for index in range(FRAMES):
        picture = frame(animal, index)
        picture.save(folder / f"{index:02}.png", compress_level=1)
        (folder / f"{index:02}.jpg").write_bytes(entrance.jpeg(picture))


def frame(animal, index):
    opens = index / PER_SECOND
    picture = None
    for exposure in range(EXPOSURES):
        moment = moment_of(animal, opens + SHUTTER * exposure / EXPOSURES)
        picture = Image.blend(picture, moment, 1 / (exposure + 1)) if picture else moment
    light = 1 + 0.3 * math.sin(math.tau * 0.4 * opens)
    picture = picture.point(lambda value: min(255, round(value * light)))
    grain = random.Random(index).randbytes(3 * picture.width * picture.height)
    grain = Image.frombytes("RGB", picture.size, grain).point(lambda value: value * 2 * NOISE // 255)
    return ImageChops.add(picture, grain, offset=-NOISE)


def moment_of(animal, seconds):
    """Returns the entrance at a moment, without blur."""
    x, y, scale, turn = pose(seconds)
    width, height = entrance.SIZE
    zoom = max(animal.width / width, animal.height / height) / scale
    across, down = zoom * math.cos(turn), zoom * math.sin(turn)
    # Maps a pixel of the frame to the pixel of the animal there.
    matrix = (across, down, animal.width / 2 - x * across - y * down,
              -down, across, animal.height / 2 + x * down - y * across)
    placed = animal.transform(entrance.SIZE, Image.AFFINE, matrix, Image.BILINEAR)
    picture = entrance.background()
    picture.paste(placed, mask=placed)
    reach(picture, swell(seconds, 1.2, 0.8))
    return picture


def pose(seconds):
    """Returns the animal's centre in pixels, its scale and its rotation in radians."""
    width, height = entrance.SIZE
    comes = 1 - min(1, seconds / 0.8)
    restless = 1 - min(1, max(0, seconds - 3.2) / 0.4)
    shakes = max(0, seconds - 0.9)
    shake = math.sin(math.tau * 4 * shakes) * math.exp(-3 * shakes)
    out = swell(seconds, 2.2, 0.9)

    def sway(hertz, phase):
        return restless * math.sin(math.tau * (hertz * seconds + phase))

    x = width * (0.5 + 0.6 * comes * comes * (3 - 2 * comes) + 0.06 * sway(0.6, 0) + 0.03 * shake + 0.4 * out)
    y = height * (0.5 + 0.04 * sway(0.8, 0.3) + 0.1 * out)
    return x, y, 0.95 + 0.12 * sway(0.4, 0.6), 0.06 * sway(0.5, 0.2) + 0.12 * shake


def reach(picture, share):
    """Draws an arm from above, whose hand is at the animal when the share is 1."""
    width, height = picture.size
    wrist = height * (0.5 * share - 0.1)
    if wrist < 0:
        return
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width * 0.52, -1, width * 0.62, wrist), fill=SLEEVE)
    draw.ellipse((width * 0.51, wrist - 10, width * 0.63, wrist + 80), fill=SKIN)


def swell(seconds, start, lasts):
    """Rises from 0 to 1 and falls back to 0 between `start` and `start + lasts`."""
    share = min(1, max(0, (seconds - start) / lasts))
    return math.sin(math.pi * share) ** 2 if 0 < share < 1 else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
