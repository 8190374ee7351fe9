"""Pictures of our own for films: the same key always draws the same one. Pure.

They stand where no poster was fetched, and until it is loaded (docs/posters.md).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

WIDTH, HEIGHT = 640, 360
STEP = 40


@dataclass(frozen=True, slots=True)
class Shape:
    """One SVG path. `stroke` 0 means filled."""

    path: str
    colour: str
    stroke: float = 0
    opacity: float = 1


@dataclass(frozen=True, slots=True)
class Art:
    """A picture of 640 by 360: a sky in three colours, top to bottom, and shapes before it."""

    name: str
    sky: tuple[str, str, str]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class _Palette:
    hue: int

    def at(self, shift: float, saturation: float, lightness: float) -> str:
        return f"hsl({(self.hue + shift) % 360:.0f} {saturation:.0f}% {lightness:.0f}%)"

    def ground(self, lightness: float) -> str:
        return self.at(0, 32, lightness)


# Hues that stay apart from each other at a glance, in a list.
_HUES = (196, 226, 262, 292, 332, 4, 22, 318, 100, 150, 176, 208)


@lru_cache(maxsize=1024)
def art_of(key: str) -> Art:
    """Return the picture of a film, from its key alone."""
    digest = hashlib.sha256(key.encode()).digest()
    # A picture needs no secret randomness, but the same one every time.
    chance = Random(int.from_bytes(digest[:8], "big"))  # noqa: S311
    palette = _Palette(_HUES[digest[8] % len(_HUES)])
    scene = _SCENES[digest[9] % len(_SCENES)]
    return Art(
        name=f"sky-{digest.hex()[:10]}",
        sky=(palette.at(0, 40, 19), palette.at(16, 50, 44), palette.at(38, 66, 68)),
        shapes=tuple(scene(chance, palette)),
    )


# --- Scenes ---------------------------------------------------------------------------


def _circle(x: float, y: float, radius: float) -> str:
    # Whole first: a half that is not exactly a half circle makes an egg.
    r = round(radius)
    arc = f"a{r} {r} 0 0 0"
    return f"M{x - r:.0f} {y:.0f}{arc} {2 * r} 0{arc} {-2 * r} 0Z"


def _sun(chance: Random, palette: _Palette, *, low: float = 60, high: float = 120) -> Shape:
    x = chance.uniform(150, 500)
    return Shape(
        _circle(x, chance.uniform(low, high), chance.uniform(36, 54)),
        palette.at(52, 88, 86),
        opacity=0.95,
    )


def _wave(chance: Random, top: float, swing: float) -> str:
    """Return a filled band whose upper edge rolls."""
    points = [top + chance.uniform(-swing, swing) for _ in range(0, WIDTH + STEP, STEP)]
    path = f"M0 {points[0]:.0f}"
    for number, (here, after) in enumerate(zip(points[1:], [*points[2:], points[-1]], strict=True)):
        x = (number + 1) * STEP
        path += f"Q{x:.0f} {here:.0f} {x + STEP / 2:.0f} {(here + after) / 2:.0f}"
    return f"{path}V{HEIGHT}H0Z"


def _ridge(chance: Random, top: float, swing: float, steps: int) -> str:
    """Return a filled range of peaks."""
    width = WIDTH / steps
    path = f"M0 {top + chance.uniform(0, swing):.0f}"
    for number in range(1, steps + 1):
        y = top + (chance.uniform(-swing, 0) if number % 2 else chance.uniform(0, swing))
        path += f"L{number * width:.0f} {y:.0f}"
    return f"{path}V{HEIGHT}H0Z"


def _hills(chance: Random, palette: _Palette) -> list[Shape]:
    """Strata of a plain, with a bore through them."""
    shapes = [_sun(chance, palette)]
    for number in range(8):
        tone = palette.at((-6, 12)[number % 2], 34, 46 - number * 5)
        shapes.append(Shape(_wave(chance, 150 + number * 27, 9), tone))
    x = chance.uniform(160, 480)
    line = f"M{x:.0f} 44V300M{x - 16:.0f} 44h32M{x - 12:.0f} 56h24M{x - 8:.0f} 68h16"
    return [*shapes, Shape(line, palette.at(44, 80, 84), stroke=3, opacity=0.85)]


def _city(chance: Random, palette: _Palette) -> list[Shape]:
    shapes = [_sun(chance, palette, low=90)]
    for depth, (lightness, low, high) in enumerate(
        ((34, 110, 220), (21, 150, 280), (10, 240, 340))
    ):
        houses, windows, x = "", "", -10.0
        while x < WIDTH:
            width, top = chance.uniform(36, 74), chance.uniform(low, high)
            houses += f"M{x:.0f} {HEIGHT}V{top:.0f}h{width:.0f}V{HEIGHT}Z"
            if depth == 1:
                windows += _windows(chance, x, top, width)
            x += width + chance.uniform(0, 10)
        shapes.append(Shape(houses, palette.ground(lightness)))
        if windows:
            shapes.append(Shape(windows, palette.at(48, 90, 76), opacity=0.8))
    return shapes


def _windows(chance: Random, x: float, top: float, width: float) -> str:
    return "".join(
        f"M{x + across:.0f} {top + down:.0f}h5v7h-5Z"
        for down in range(12, 120, 18)
        for across in range(8, int(width) - 8, 13)
        if chance.random() < 0.22
    )


def _orbit(chance: Random, palette: _Palette) -> list[Shape]:
    x, y = chance.uniform(230, 410), chance.uniform(130, 185)
    stars = "".join(
        f"M{chance.uniform(0, WIDTH):.0f} {chance.uniform(0, 260):.0f}h2v2h-2Z" for _ in range(46)
    )
    rings, moons = "", ""
    for number in range(1, 7):
        radius = 24 + number * 27
        rings += _circle(x, y, radius)
        if chance.random() < 0.75:
            side = chance.choice((-1, 1))
            across = chance.uniform(0.1, 0.9) * radius
            rise = (radius * radius - across * across) ** 0.5 * chance.choice((-1, 1))
            moons += _circle(x + side * across, y + rise, chance.uniform(5, 9))
    return [
        Shape(stars, palette.at(30, 80, 90), opacity=0.6),
        Shape(rings, palette.at(40, 70, 82), stroke=1.2, opacity=0.55),
        Shape(moons, palette.at(60, 88, 82)),
        Shape(_circle(x, y, 26), palette.at(46, 92, 86)),
        Shape(_ridge(chance, 326, 20, 9), palette.ground(9)),
    ]


def _mountains(chance: Random, palette: _Palette) -> list[Shape]:
    shapes = [_sun(chance, palette)]
    for number in range(4):
        ridge = _ridge(chance, 186 + number * 46, 46 - number * 6, 9 + 3 * number)
        shapes.append(Shape(ridge, palette.ground(40 - number * 10)))
    return shapes


def _dunes(chance: Random, palette: _Palette) -> list[Shape]:
    shapes = [_sun(chance, palette, low=100, high=150)]
    for number in range(4):
        left, right = (chance.uniform(-34, 34) for _ in range(2))
        top, crest = 172 + number * 48, chance.uniform(150, 490)
        path = (
            f"M0 {top + left:.0f}C{crest * 0.5:.0f} {top + left - 44:.0f} "
            f"{crest * 0.8:.0f} {top - 34:.0f} {crest:.0f} {top - 26:.0f}"
            f"S{crest + 120:.0f} {top + 40:.0f} {WIDTH} {top + right:.0f}V{HEIGHT}H0Z"
        )
        shapes.append(Shape(path, palette.ground(44 - number * 11)))
    return shapes


def _sea(chance: Random, palette: _Palette) -> list[Shape]:
    shapes = [_sun(chance, palette, low=110, high=160)]
    for number in range(6):
        tone = palette.at(number * 3, 42, 50 - number * 7)
        shapes.append(Shape(_wave(chance, 190 + number * 29, 5 + number), tone))
    x = chance.uniform(120, 420)
    hull = f"M{x:.0f} 196h96l-16 20h-66ZM{x + 44:.0f} 192v-62l42 56Z"
    return [*shapes[:2], Shape(hull, palette.ground(12)), *shapes[2:]]


def _forest(chance: Random, palette: _Palette) -> list[Shape]:
    shapes = [_sun(chance, palette)]
    for number in range(4):
        base = 236 + number * 42
        trees, x = f"M0 {base}H{WIDTH}V{HEIGHT}H0Z", -10.0
        while x < WIDTH:
            width, tall = chance.uniform(20, 36), chance.uniform(50, 104)
            trees += f"M{x:.0f} {base + 2}l{width / 2:.0f} {-tall:.0f}l{width / 2:.0f} {tall:.0f}Z"
            x += width * chance.uniform(0.7, 1.3)
        shapes.append(Shape(trees, palette.ground(38 - number * 9)))
    return shapes


_SCENES: tuple[Callable[[Random, _Palette], list[Shape]], ...] = (
    _hills, _city, _orbit, _mountains, _dunes, _sea, _forest,
)  # fmt: skip
