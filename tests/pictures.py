"""Pictures for tests, made by Pillow as others would make them."""

import io
from typing import Any

from PIL import Image

from tests.platform_server import Answer, send


def make_picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (1600, 900),
    *,
    colour: Any = (200, 40, 40),
    mode: str = "RGB",
    **save: Any,
) -> bytes:
    """Return the bytes of a picture in one colour, but for its left half, which is dark."""
    picture = Image.new(mode, size, colour)
    dark = 0 if isinstance(colour, int) else (0, 0, 0, *colour[3:])
    picture.paste(dark, (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    picture.save(out, kind, **save)
    return out.getvalue()


def shown(body: bytes) -> Image.Image:
    """Return a picture, decoded."""
    picture = Image.open(io.BytesIO(body))
    picture.load()
    return picture


def serving(body: bytes, content_type: str = "image/jpeg") -> Answer:
    """Return an answer that is these bytes."""
    return lambda handler: send(handler, body, content_type=content_type)


def pixel_of(body: bytes, at: tuple[int, int]) -> tuple[int, ...]:
    """Return red, green and blue of one pixel."""
    pixel = shown(body).convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return pixel
