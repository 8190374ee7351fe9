"""The process that decodes a stranger's picture: `python -m catalogue.platforms.picture_process`.

It is started by `pictures.py` only, with its limits as JSON: it reads one picture from its
standard input, writes a line of JSON and WebP files to its standard output, and ends. What it
refuses it says; what breaks it ends it, and nothing else.
"""

import ctypes
import io
import json
import os
import resource
import signal
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

PR_SET_PDEATHSIG = 1
# SVG is no picture but a program; of the rest, what the web has used for decades.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
# A pixel that counts visitors, and the sign of a site that has nothing, are no posters.
LEAST_WIDTH, LEAST_HEIGHT = 160, 90
# Nothing a browser, or WebP itself (16,383), would show.
MOST_SIDE = 16_000
QUALITY = 80
# What shows where a picture is not there: the ground of films.
_GROUND = (21, 23, 27)


class RefusedError(ValueError):
    """The picture is none that is shown, and why."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What decoding may take, and who asks for what. Seconds, bytes and pixels."""

    parent: int
    memory_bytes: int
    seconds: float
    max_pixels: int
    widths: list[int]


def main(argument: str) -> None:
    """Answer about the one picture that is given."""
    bounds = Bounds(**json.loads(argument))
    _limit(bounds)
    try:
        width, height, files = render(sys.stdin.buffer.read(), bounds)
    except RefusedError as error:
        told: dict[str, Any] = {"refused": str(error)}
        files = []
    else:
        sizes = [(wide, len(file)) for wide, file in files]
        told = {"width": width, "height": height, "files": sizes}
    out = sys.stdout.buffer
    out.write(json.dumps(told).encode("ascii") + b"\n")
    for _wide, file in files:
        out.write(file)
    out.flush()


def render(body: bytes, bounds: Bounds) -> tuple[int, int, list[tuple[int, bytes]]]:
    """Return the size of the widest, and all as WebP. Raises RefusedError."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = bounds.max_pixels
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
            _check(opened, bounds)
            # JPEG decodes at a half or a quarter of its size when no more is wanted.
            opened.draft("RGB", (2 * bounds.widths[-1], 2 * bounds.widths[-1]))
            opened.load()
            picture = _plain(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RefusedError(f"it has more than {bounds.max_pixels:,} pixels") from None
    except UnidentifiedImageError:
        raise RefusedError("it is no JPEG, PNG, GIF or WebP") from None
    except MemoryError:
        raise RefusedError("it takes too much memory") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, RefusedError):
            raise
        raise RefusedError(f"it cannot be decoded: {error}") from None
    if picture.width < LEAST_WIDTH or picture.height < LEAST_HEIGHT:
        raise RefusedError(f"it is too small: {picture.width} by {picture.height}")
    files = [
        (scaled.width, _webp(scaled), scaled.height)
        for scaled in (_scaled(picture, width) for width in _widths(picture, bounds.widths))
    ]
    width, _file, height = files[-1]
    return width, height, [(wide, file) for wide, file, _height in files]


def _check(opened: Image.Image, bounds: Bounds) -> None:
    """Refuse by what the header says, before anything is decoded."""
    width, height = opened.size
    if width * height > bounds.max_pixels or max(width, height) > MOST_SIDE:
        raise RefusedError(f"it is too large: {width:,} by {height:,} pixels")


def _plain(opened: Image.Image) -> Image.Image:
    """Return the first frame upright, in sRGB, without transparency and with nothing beside it."""
    picture = ImageOps.exif_transpose(opened)
    profile = picture.info.get("icc_profile")
    if picture.mode in {"I", "F"} or picture.mode.startswith("I;16"):
        # Sixteen bits a pixel, of which eight are shown.
        picture = picture.point(lambda value: value / 256).convert("L")
    if profile and picture.mode in {"RGB", "CMYK", "L"}:
        picture = _in_srgb(picture, profile)
    if picture.mode in {"RGBA", "LA", "PA", "RGBa"} or "transparency" in picture.info:
        cut = picture.convert("RGBA")
        picture = Image.new("RGB", cut.size, _GROUND)
        picture.paste(cut, mask=cut.getchannel("A"))
    picture = picture.convert("RGB")
    picture.info = {}
    return picture


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    # A profile that cannot be read says nothing: most are sRGB anyway.
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        wanted = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(picture, given, wanted, outputMode="RGB")
        return turned or picture
    return picture


def _widths(picture: Image.Image, wanted: list[int]) -> list[int]:
    """Return in which widths a picture is made: never wider than it is."""
    narrower = [width for width in wanted if width < picture.width]
    return narrower if len(narrower) == len(wanted) else [*narrower, picture.width]


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    height = max(1, round(picture.height * width / picture.width))
    if width == picture.width:
        return picture
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _limit(bounds: Bounds) -> None:
    """Let the kernel end us with our parent, and when it takes too long; bound the memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _set_soft(resource.RLIMIT_CPU, int(bounds.seconds) + 1)
    # It writes to a pipe, and to no file.
    _set_soft(resource.RLIMIT_FSIZE, 0)
    if sys.platform != "darwin":
        _set_soft(resource.RLIMIT_AS, bounds.memory_bytes)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != bounds.parent:
        sys.exit(1)


def _set_soft(limit: int, value: int) -> None:
    _soft, hard = resource.getrlimit(limit)
    is_open = hard == resource.RLIM_INFINITY
    resource.setrlimit(limit, (value if is_open else min(value, hard), hard))


if __name__ == "__main__":
    main(sys.argv[1])
