"""Catalogues made at test time."""

from __future__ import annotations

import random
from pathlib import Path

COLOURS = ("red", "blue", "green", "black", "white", "grey")
THINGS = {
    "lighting": ("desk lamp", "floor lamp", "string lights", "bedside lamp"),
    "kitchen": ("kettle", "frying pan", "bread knife", "storage jar"),
    "seating": ("folding chair", "rocking chair", "bar stool", "cushion"),
    "bags": ("backpack", "shoulder bag", "lunch bag", "suitcase"),
}
BRANDS = ("Northlight", "Hearth & Co", "Fjord", "Papaya")
USES = ("for a small flat", "for long evenings", "for travelling", "for a busy kitchen", "for a quiet corner")

HOSTILE = """<!--DOC:START id=h1 category=<b>bold</b> **cat** -->
## Lamp <script>window.hacked=1</script> **bold** [link](javascript:window.hacked=1) ![pic](https://evil.example/x.png)
**Brand:** Acme :red[brand] $x^2$
**Price:** $10
**URL:** javascript:window.hacked=1
Lamp description <img src=x onerror="window.hacked=1"> :material/home: :smile: https://evil.example $a+b$ # no heading
<!--DOC:END-->
<!--DOC:START id=h2 category=lighting -->
## Lamp :rainbow[shiny] `code` ~~old~~ a -> b \u202egnp.exe
**Brand:** <iframe src=//evil.example></iframe>
**Price:** $12
**URL:** https://shop.example/a)b:material/home:
A second lamp | with | pipes.
<!--DOC:END-->
"""


def generated(path: Path, count: int, seed: int = 7) -> Path:
    """Write a catalogue of `count` invented products and return its path."""
    chance = random.Random(seed)
    blocks = []
    for number in range(count):
        category = chance.choice(list(THINGS))
        thing, colour = chance.choice(THINGS[category]), chance.choice(COLOURS)
        price = chance.randint(5, 90)
        lines = [
            f"<!--DOC:START id=g{number:04} category={category} -->",
            f"## {colour.capitalize()} {thing} no. {number}",
            f"**Brand:** {chance.choice(BRANDS)}",
            f"**Price:** ${price}.50",
            f"**Original Price:** ${price + 10}.00",
            f"**Rating:** {chance.randint(30, 50) / 10}/5 ({chance.randint(1, 900)} ratings)",
            f"**URL:** https://shop.example/g{number:04}",
            f"**Colors:** {colour}",
            f"A {colour} {thing} {chance.choice(USES)}. It is number {number} of this catalogue.",
            "<!--DOC:END-->",
        ]
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


def first_blocks(source: Path, target: Path, count: int) -> Path:
    """Write the first `count` blocks of a DOC-delimited catalogue and return the new file's path."""
    ends, kept = 0, []
    with source.open(encoding="utf-8") as lines:
        for line in lines:
            kept.append(line)
            ends += line.startswith("<!--DOC:END")
            if ends == count:
                break
    target.write_text("".join(kept), encoding="utf-8")
    return target
