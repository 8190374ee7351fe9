"""Draw and encode the one film of the sample catalogue that plays.

The clip is a drawing, not footage: hills, a sun, a mast that pulses every four seconds, a
water line that rises and falls, and the film's own transcript as words on the screen. The
running time in the corner lets anyone check by eye that seeking landed where it should.

Needs only Python's standard library and `ffmpeg` with libvpx-vp9, libopus and drawtext. This
script draws the layers as images; ffmpeg moves, fades and encodes them. The same ffmpeg build
with the same font gives the same pictures; another build may differ in bytes.

    python sample/clip/make_clip.py            # writes static/sample/tern-island-….webm
    python sample/clip/make_clip.py --out x.webm --font "Noto Serif"
"""

import argparse
import colorsys
import math
import random
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent.parent
TRANSCRIPT = SAMPLE / "transcripts" / "tern-island-in-ninety-seconds.en.vtt"
OUTPUT = SAMPLE.parent / "static" / "sample" / "tern-island-in-ninety-seconds.webm"

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 12, 90
SEED = 1958  # the year the mast went up, in the story

# The mast's foot and the top from which its rings spread, in picture coordinates.
MAST_X, MAST_TOP, MAST_FOOT = 452, 118, 236
RING_SIZE, RING_FRAMES = 240, 4 * FPS

Pixel = tuple[int, int, int, int]
CLEAR: Pixel = (0, 0, 0, 0)
CUE = re.compile(
    r"(\d\d):(\d\d):(\d\d)\.(\d{3}) --> (\d\d):(\d\d):(\d\d)\.(\d{3}).*\n((?:.+\n?)+)", re.MULTILINE
)


def hsl(hue: float, saturation: float, lightness: float) -> tuple[int, int, int]:
    """Give red, green, blue (0-255) of a hue in degrees and two percentages, as CSS does."""
    red, green, blue = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    return round(red * 255), round(green * 255), round(blue * 255)


def write_image(path: Path, width: int, height: int, pixel: Callable[[int, int], Pixel]) -> None:
    """Write an RGBA picture as PAM, the simplest format that ffmpeg reads with transparency."""
    header = (
        f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    )
    body = bytearray()
    for y in range(height):
        for x in range(width):
            body.extend(pixel(x, y))
    path.write_bytes(header.encode() + bytes(body))


def draw_sky(path: Path, stops: Sequence[tuple[float, tuple[int, int, int]]]) -> None:
    """Draw a vertical gradient through `stops` (position from 0 to 1, colour)."""
    rows: list[Pixel] = []
    for y in range(HEIGHT):
        at = y / (HEIGHT - 1)
        below = next(i for i, (position, _) in enumerate(stops) if position >= at)
        (start, first), (end, second) = stops[max(below - 1, 0)], stops[below]
        share = (at - start) / (end - start) if end > start else 1.0
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
        rows.append((red, green, blue, 255))
    write_image(path, WIDTH, HEIGHT, lambda _x, y: rows[y])


def draw_ground(
    path: Path, width: int, outline: Callable[[int], float], colour: tuple[int, int, int]
) -> None:
    """Draw everything below `outline` in one colour, with a smooth edge."""
    edge = [outline(x) for x in range(width)]

    def pixel(x: int, y: int) -> Pixel:
        cover = min(1.0, max(0.0, y - edge[x] + 0.5))
        return (*colour, round(cover * 255))

    write_image(path, width, HEIGHT, pixel)


def rolling(rng: random.Random, level: float, height: float) -> Callable[[int], float]:
    """Give the outline of a chain of hills around `level`, as a sum of a few slow waves."""
    waves = [
        (height / (n + 1), rng.uniform(190, 420) / (n + 1), rng.uniform(0, 6.28)) for n in range(3)
    ]

    def outline(x: int) -> float:
        return level - sum(a * math.sin(x * 6.283 / p + phase) for a, p, phase in waves)

    return outline


def island(x: int) -> float:
    """Give the outline of Tern Island: flat, nowhere higher than a house."""
    along = (x - 430) / 150
    if abs(along) >= 1:
        return float(HEIGHT)
    return (
        280
        - 44 * math.pow(1 - along * along, 0.7)
        - 2.5 * math.sin(x / 9)
        - 1.5 * math.sin(x / 3.7)
    )


def draw_disc(path: Path, radius: int, colour: tuple[int, int, int]) -> None:
    """Draw the sun with a smooth edge."""

    def pixel(x: int, y: int) -> Pixel:
        away = math.hypot(x - radius, y - radius)
        return (*colour, round(min(1.0, max(0.0, radius - away)) * 242))

    write_image(path, 2 * radius, 2 * radius, pixel)


def draw_stars(path: Path, rng: random.Random) -> None:
    """Draw some seventy stars, none where the words stand."""
    stars = {
        (rng.randrange(WIDTH), rng.randrange(20, 210)): rng.randrange(90, 230) for _ in range(70)
    }
    write_image(
        path, WIDTH, HEIGHT, lambda x, y: (255, 255, 255, stars[x, y]) if (x, y) in stars else CLEAR
    )


def draw_mast(path: Path) -> None:
    """Draw the mast: a pole, three crossbars and two stays."""

    def pixel(x: int, y: int) -> Pixel:
        if not MAST_TOP <= y <= MAST_FOOT:
            return CLEAR
        side = abs(x - MAST_X)
        pole = side <= 1
        bars = any(abs(y - MAST_TOP - 10 - 12 * n) <= 1 and side <= 16 - 4 * n for n in range(3))
        reach = (y - MAST_TOP) * 0.36
        stays = abs(side - reach) < 0.7 and y > MAST_TOP + 20
        if pole or bars:
            return (236, 226, 255, 235)
        return (236, 226, 255, 120) if stays else CLEAR

    write_image(path, WIDTH, HEIGHT, pixel)


def draw_rings(folder: Path) -> None:
    """Draw the four seconds of one pulse: two rings that spread from the mast and fade."""
    centre = RING_SIZE / 2
    for frame in range(RING_FRAMES):
        at = frame / RING_FRAMES
        rings = [(118 * share, 1 - share) for share in (at * 1.6, at * 1.6 - 0.22) if 0 < share < 1]

        def pixel(x: int, y: int, rings: list[tuple[float, float]] = rings) -> Pixel:
            away = math.hypot(x - centre, y - centre)
            light = sum(max(0.0, 1.5 - abs(away - radius)) / 1.5 * glow for radius, glow in rings)
            return (255, 214, 246, round(min(1.0, light) * 210)) if light else CLEAR

        write_image(folder / f"ring-{frame:02}.pam", RING_SIZE, RING_SIZE, pixel)


def draw_tern(folder: Path) -> None:
    """Draw one wing beat of a tern far away, half a second long."""
    frames = FPS // 2
    for frame in range(frames):
        lift = math.cos(frame / frames * 6.283)

        def pixel(x: int, y: int, lift: float = lift) -> Pixel:
            side = abs(x - 12) / 12
            wing = 8 - lift * 5 * math.sin(side * 2.2) + 1.5 * side
            cover = max(0.0, 1.3 - abs(y - wing)) * (1.05 - side)
            return (250, 248, 255, round(min(1.0, cover) * 235)) if cover > 0 else CLEAR

        write_image(folder / f"tern-{frame}.pam", 25, 17, pixel)


def draw_layers(folder: Path) -> None:
    """Draw every layer of the picture into `folder`."""
    rng = random.Random(SEED)  # noqa: S311  a fixed seed, so that the picture is always the same
    draw_sky(
        folder / "day.pam", [(0, hsl(214, 46, 34)), (0.5, hsl(203, 50, 60)), (1, hsl(32, 80, 82))]
    )
    draw_sky(
        folder / "dusk.pam", [(0, hsl(258, 38, 24)), (0.5, hsl(312, 40, 46)), (1, hsl(18, 84, 68))]
    )
    draw_sky(
        folder / "night.pam", [(0, hsl(238, 46, 9)), (0.6, hsl(250, 42, 22)), (1, hsl(272, 42, 38))]
    )
    draw_stars(folder / "stars.pam", rng)
    draw_disc(folder / "sun.pam", 34, hsl(44, 96, 86))
    wide = WIDTH + 4 * SECONDS
    draw_ground(folder / "far.pam", wide, rolling(rng, 226, 16), hsl(206, 32, 47))
    draw_ground(folder / "middle.pam", wide, rolling(rng, 250, 15), hsl(208, 36, 38))
    draw_ground(folder / "island.pam", WIDTH, island, hsl(190, 32, 20))
    draw_ground(folder / "water.pam", wide, rolling(rng, 262, 3), hsl(200, 44, 30))
    draw_ground(folder / "shore.pam", wide, rolling(rng, 330, 10), hsl(212, 44, 14))
    draw_mast(folder / "mast.pam")
    draw_rings(folder)
    draw_tern(folder)
    night: Pixel = (*hsl(240, 60, 9), 118)
    write_image(folder / "shade.pam", WIDTH, HEIGHT, lambda _x, _y: night)
    write_image(folder / "done.pam", WIDTH, 4, lambda _x, _y: (255, 240, 220, 220))


def read_cues(path: Path) -> list[tuple[float, float, str]]:
    """Read start and end in seconds and the words of every cue of a WebVTT file."""
    cues = []
    for found in CUE.finditer(path.read_text(encoding="utf-8")):
        numbers = [int(part) for part in found.groups()[:8]]
        start, end = (
            hours * 3600 + minutes * 60 + seconds + thousandths / 1000
            for hours, minutes, seconds, thousandths in (numbers[:4], numbers[4:])
        )
        cues.append((start, end, " ".join(found[9].split())))
    return cues


def balanced(text: str, width: int) -> list[str]:
    """Break `text` into as few lines as `width` characters need, and make them about equal."""
    needed = len(textwrap.wrap(text, width, break_on_hyphens=False))
    for narrower in range(width // 2, width):
        lines = textwrap.wrap(text, narrower, break_on_hyphens=False)
        if len(lines) <= needed:
            return lines
    return textwrap.wrap(text, width, break_on_hyphens=False)


def words(folder: Path, font: str) -> str:
    """Give the filters that write each cue at its time, and the running time below."""
    filters = []
    for number, (start, end, text) in enumerate(read_cues(TRANSCRIPT)):
        for row, line in enumerate(balanced(text, 40)):
            # One file a line: drawtext has no line height that all its versions agree on.
            name = folder / f"cue-{number:02}-{row}.txt"
            name.write_text(line, encoding="utf-8")
            filters.append(
                f"drawtext=font='{font}':textfile='{name}':fontsize=23:fontcolor=white"
                f":shadowx=1:shadowy=1:shadowcolor=0x14102880:x=36:y={52 + row * 31}-max_glyph_a"
                f":enable='between(t,{start},{end})'"
            )
    # At the top: a player lays its controls over the lower edge.
    clock = r"%{eif\:floor(t/60)\:d}\:%{eif\:mod(floor(t)\,60)\:d\:2}"
    filters.append(
        f"drawtext=font='DejaVu Sans Mono':text='{clock}':fontsize=22:fontcolor=white"
        ":box=1:boxcolor=0x0c0a1ecc:boxborderw=7:x=w-tw-22:y=24"
    )
    return ",".join(filters)


def picture(folder: Path, font: str) -> tuple[list[str], str]:
    """Give ffmpeg's inputs and the filter graph that puts the layers together."""
    still = ["day", "dusk", "night", "stars", "sun", "far", "middle", "island", "mast"]
    still += ["water", "shore", "shade", "done"]
    inputs: list[str] = []
    for name in still:
        inputs += ["-loop", "1", "-framerate", str(FPS), "-i", str(folder / f"{name}.pam")]
    for name in ("ring-%02d", "tern-%d"):
        inputs += ["-loop", "1", "-framerate", str(FPS), "-i", str(folder / f"{name}.pam")]
    number = {name: index for index, name in enumerate([*still, "ring", "tern"])}
    ring = RING_SIZE // 2
    steps = [
        (f"[{number['dusk']}]fade=in:st=34:d=24:alpha=1", "0", "0"),
        (f"[{number['night']}]fade=in:st=58:d=18:alpha=1", "0", "0"),
        (f"[{number['stars']}]fade=in:st=66:d=10:alpha=1", "0", "0"),
        (f"[{number['sun']}]null", "60+5*t", "216-88*sin((t+6)*PI/84)"),
        (f"[{number['far']}]null", "-floor(t)", "0"),
        (f"[{number['middle']}]null", "-floor(2*t)", "0"),
        (f"[{number['mast']}]null", "0", "0"),
        (f"[{number['island']}]null", "0", "0"),
        # The water line is the film's subject: it rises and falls, and each time a little higher.
        (f"[{number['water']}]null", "-floor(3*t)", "3-6*sin(t*2*PI/22)-t/15"),
        (f"[{number['shore']}]null", "-floor(4*t)", "0"),
        (f"[{number['shade']}]fade=in:st=54:d=24:alpha=1", "0", "0"),
        # The receiver hears the mast again in the film's second third.
        (
            f"[{number['ring']}]fade=in:st=32:d=2:alpha=1",
            str(MAST_X - ring),
            str(MAST_TOP - ring),
        ),
        (f"[{number['tern']}]split=3[a][b][c];[a]null", "-30+9*t", "150+14*sin(t/2)"),
        ("[b]null", "-90+9*t", "172+10*sin(t/2+1)"),
        ("[c]null", "690-8*t", "128+16*sin(t/3)"),
        (f"[{number['done']}]null", f"-w+w*t/{SECONDS}", "H-4"),
    ]
    graph, last = [], f"[{number['day']}]"
    for index, (layer, x, y) in enumerate(steps):
        graph.append(f"{layer}[l{index}]")
        graph.append(f"{last}[l{index}]overlay=x='{x}':y='{y}':eval=frame[p{index}]")
        last = f"[p{index}]"
    graph.append(f"{last}{words(folder, font)},format=yuv420p[picture]")
    return inputs, ";".join(graph)


def sound() -> str:
    """Give a quiet chord that swells every fifteen seconds, and a blip with each pulse."""
    chord = "+".join(
        f"{level}*sin(2*PI*{pitch}*t)*(0.55+0.45*sin(2*PI*t/15+{phase}))"
        for level, pitch, phase in ((0.05, 110, 0), (0.04, 164.81, 2), (0.03, 220, 4))
    )
    pulse = "0.05*sin(2*PI*659.25*t)*exp(-9*mod(t,4))*gte(t,32)"
    ends = f"min(1,t/3)*min(1,({SECONDS}-t)/3)"
    return f"aevalsrc='({chord}+{pulse})*{ends}':s=48000:d={SECONDS - 0.1}"


def encode(folder: Path, out: Path, font: str, kilobits: int) -> None:
    """Encode in two passes to `out`: 1080 frames, so that the film lasts 90 seconds exactly."""
    inputs, graph = picture(folder, font)
    video = [
        "-map", "[picture]", "-r", str(FPS), "-t", str(SECONDS),
        "-c:v", "libvpx-vp9", "-b:v", f"{kilobits}k", "-g", str(10 * FPS),
        "-deadline", "good", "-auto-alt-ref", "1", "-lag-in-frames", "25", "-row-mt", "0",
        "-threads", "1", "-passlogfile", str(folder / "pass"), "-flags:v", "+bitexact",
    ]  # fmt: skip
    track = f"{inputs.count('-i')}:a"
    audio = ["-map", track, "-c:a", "libopus", "-b:a", "8k", "-ac", "1", "-flags:a", "+bitexact"]
    # Opus needs 6.5 ms to warm up; without the offset the whole film would start that late.
    tone = ["-itsoffset", "0.0065", "-f", "lavfi", "-i", sound()]
    start = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y"]
    file = ["-fflags", "+bitexact", "-cues_to_front", "1", "-f", "webm", str(out)]
    graphs = ["-filter_complex", graph]
    first = [*start, *inputs, *graphs, *video, "-cpu-used", "4", "-pass", "1"]
    subprocess.run([*first, "-an", "-f", "null", "-"], check=True)
    second = [*start, *inputs, *tone, *graphs, *video, "-cpu-used", "1", "-pass", "2"]
    subprocess.run([*second, *audio, *file], check=True)


def main(arguments: Sequence[str]) -> None:
    """Draw, encode, and say how large the clip became."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=OUTPUT)
    parser.add_argument("--font", default="DejaVu Serif", help="a font that fontconfig knows")
    parser.add_argument("--kilobits", type=int, default=23, help="video bit rate, kbit/s")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        draw_layers(folder)
        encode(folder, given.out, given.font, given.kilobits)
    sys.stdout.write(f"{given.out}: {given.out.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
