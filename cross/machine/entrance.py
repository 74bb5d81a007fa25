#!/usr/bin/python3 -B
"""Draws the camera frames of the emulated Raspberry Pi, as JPEGs like those of USB cameras.

    cross/machine/entrance.py PHOTOGRAPH FOLDER

writes `empty.jpg`, the empty entrance, and `animal.jpg`, the entrance with the photograph before the camera.
"""

import io
import sys
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = (640, 480)

# A wall and a floor.
WALL, FLOOR, SKIRTING = (188, 186, 178), (128, 118, 104), 400


def main(photograph, folder):
    (Path(folder) / "empty.jpg").write_bytes(jpeg(background()))
    (Path(folder) / "animal.jpg").write_bytes(jpeg(with_animal(photograph)))


def with_animal(photograph):
    picture = background()
    with Image.open(photograph) as animal:
        animal = animal.convert("RGB")
    scale = min(SIZE[0] / animal.width, SIZE[1] / animal.height)
    animal = animal.resize((round(animal.width * scale), round(animal.height * scale)), Image.BICUBIC)
    picture.paste(animal, ((SIZE[0] - animal.width) // 2, (SIZE[1] - animal.height) // 2))
    return picture


def background():
    picture = Image.new("RGB", SIZE, WALL)
    ImageDraw.Draw(picture).rectangle((0, SKIRTING, *SIZE), fill=FLOOR)
    return picture


def jpeg(picture):
    """Encodes with chroma subsampling 4:2:2 and without Huffman tables, as USB cameras do."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, subsampling="4:2:2")
    return without_tables(file.getvalue())


def without_tables(jpeg):
    """Removes the DHT segments: cameras use the tables in annex K.3 of the standard (ITU-T T.81)."""
    kept, rest = jpeg[:2], jpeg[2:]
    while rest[:2] != b"\xff\xda":
        end = 2 + int.from_bytes(rest[2:4], "big")
        if rest[:2] != b"\xff\xc4":
            kept += rest[:end]
        rest = rest[end:]
    return kept + rest


if __name__ == "__main__":
    main(*sys.argv[1:])
