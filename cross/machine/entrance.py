#!/usr/bin/python3 -B
"""Draws the camera frames of the emulated Raspberry Pi, as JPEGs like those of USB cameras.

    cross/machine/entrance.py PHOTOGRAPH FOLDER

writes `empty.jpg`, the empty entrance, and `animal.jpg`, the entrance with the photograph before the camera. As a
camera with a wide view sees them, it writes `wide.jpg` with the photograph at the side, `pair.jpg` with two animals,
`again.jpg` with the first of them on another day, and `person/00.jpg`, `person/01.jpg`, ..., where somebody walks
through with a ball.
"""

import io
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

SIZE = (640, 480)

# A wall and a floor.
WALL, FLOOR, SKIRTING = (188, 186, 178), (128, 118, 104), 400

# Where animals are in a wide view: left, top, right and bottom, in pixels.
LEFT, RIGHT = (16, 220, 304, 412), (336, 228, 624, 420)
MIDDLE = (160, 150, 520, 400)

# The frames of somebody who walks through.
PERSON = 12


def main(photograph, folder):
    folder = Path(folder)
    (folder / "person").mkdir(exist_ok=True)
    with Image.open(photograph) as animal:
        animal = animal.convert("RGB")
    # Another animal: of another colour, and it looks the other way.
    other = ImageOps.mirror(animal.convert("L")).convert("RGB")
    pictures = {
        "empty": background(),
        "animal": with_animals((animal, (0, 0, *SIZE))),
        "wide": with_animals((animal, RIGHT)),
        "pair": with_animals((animal, LEFT), (other, RIGHT)),
        "again": again(animal),
    } | {f"person/{index:02}": with_person(index / (PERSON - 1)) for index in range(PERSON)}
    for name, picture in pictures.items():
        (folder / f"{name}.jpg").write_bytes(jpeg(picture))


def with_animals(*animals):
    """Puts each animal into its box, as large as possible and in the middle."""
    picture = background()
    for animal, (left, top, right, bottom) in animals:
        scale = min((right - left) / animal.width, (bottom - top) / animal.height)
        animal = animal.resize((round(animal.width * scale), round(animal.height * scale)), Image.BICUBIC)
        place = ((left + right - animal.width) // 2, (top + bottom - animal.height) // 2)
        picture.paste(animal, place, animal if animal.mode == "RGBA" else None)
    return picture


def again(animal):
    """Draws the animal as it comes on another day: nearer, elsewhere, in less light, less of it in view, its head
    tilted, and it looks the other way."""
    width, height = animal.size
    part = animal.crop((round(0.1 * width), round(0.05 * height), round(0.85 * width), height))
    turned = ImageOps.mirror(part).convert("RGBA").rotate(4, Image.BICUBIC, expand=True)
    return ImageEnhance.Brightness(with_animals((turned, MIDDLE))).enhance(0.85)


def with_person(share):
    """Draws somebody who has walked so far from the left to the right, and a ball that rolls ahead."""
    picture = background()
    draw = ImageDraw.Draw(picture)
    x = 60 + round(440 * share)
    draw.rectangle((x - 38, 270, x - 6, 450), fill=(52, 58, 84))
    draw.rectangle((x + 6, 270, x + 38, 450), fill=(52, 58, 84))
    draw.rounded_rectangle((x - 52, 120, x + 52, 285), radius=24, fill=(150, 40, 44))
    draw.ellipse((x - 32, 38, x + 32, 118), fill=(196, 150, 122))
    draw.pieslice((x - 34, 32, x + 34, 110), 180, 360, fill=(60, 44, 34))
    draw.ellipse((x + 70, 400, x + 120, 450), fill=(226, 180, 20))
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
