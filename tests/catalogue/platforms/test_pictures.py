"""Strangers' pictures: what is fetched, what is made of it, and what is refused."""

import io
import os
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageCms

from catalogue.platforms import Failure, FailureKind, pictures
from catalogue.platforms.pictures import Rendering
from tests.pictures import make_picture, pixel_of, serving, shown
from tests.platform_server import Site, running, send

WIDTHS = (480, 1280)


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as found:
        yield found


def fetched(url: str, **keywords: Any) -> bytes | Failure:
    asked = {"agent": "Sidenote posters", "timeout_s": 5.0, "allow_private": True, **keywords}
    return pictures.fetch(url, **asked)


def made(body: bytes) -> Rendering:
    found = pictures.render(body, widths=WIDTHS)
    assert isinstance(found, Rendering), found
    return found


def refused(body: bytes) -> str:
    found = pictures.render(body, widths=WIDTHS)
    assert isinstance(found, Failure), found
    assert found.kind == FailureKind.MALFORMED
    return found.reason


# --- Fetching -------------------------------------------------------------------------


def test_a_picture_comes_whatever_type_its_answer_names(site: Site):
    body = make_picture("PNG")
    assert fetched(site.answer("/a", serving(body, "text/plain"))) == body


def test_a_page_that_calls_itself_a_picture_is_none(site: Site):
    url = site.answer("/a.jpg", serving(b"<!doctype html><title>Sign in</title>"))
    found = fetched(url)
    assert isinstance(found, Failure)
    assert (found.kind, found.reason) == (FailureKind.MALFORMED, "it is no JPEG, PNG, GIF or WebP")


def test_svg_is_refused_before_anything_reads_it(site: Site):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    assert isinstance(fetched(site.answer("/a.svg", serving(svg, "image/svg+xml"))), Failure)


@pytest.mark.parametrize("is_told", [True, False])
def test_more_than_five_megabytes_are_not_read(site: Site, is_told: bool):
    def pour(handler: Any) -> None:
        handler.send_response(200)
        if is_told:
            handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        try:
            handler.wfile.write(b"\xff\xd8\xff")
            for _piece in range(100):
                handler.wfile.write(b"x" * 100_000)
        except OSError:
            pass

    found = fetched(site.answer("/huge.jpg", pour))
    assert isinstance(found, Failure)
    assert found.reason == "it has more than 5,000,000 bytes"


def test_a_redirect_is_followed_and_one_inside_is_refused(site: Site):
    body = make_picture()
    there = site.answer("/there.jpg", serving(body))
    assert fetched(site.answer("/here.jpg", lambda h: send(h, status=302, Location=there))) == (
        body
    )
    before = len(site.asked)
    found = fetched(there, allow_private=False)
    assert isinstance(found, Failure)
    assert (found.kind, found.reason) == (FailureKind.REFUSED, "not a public address")
    assert len(site.asked) == before, "nobody was asked"


@pytest.mark.parametrize(
    ("status", "headers", "kind", "wish"),
    [
        (404, {}, FailureKind.GONE, None),
        (429, {"Retry_After": "90"}, FailureKind.RATE_LIMITED, 90),
        (503, {"Retry_After": "30"}, FailureKind.RATE_LIMITED, 30),
        (503, {}, FailureKind.TEMPORARY, None),
    ],
)
def test_a_refusal_says_why_and_until_when(
    site: Site, status: int, headers: dict[str, Any], kind: FailureKind, wish: int | None
):
    url = site.answer("/a.jpg", lambda h: send(h, status=status, **headers))
    found = fetched(url)
    assert isinstance(found, Failure)
    assert (found.kind, found.reason) == (kind, f"HTTP {status}")
    assert (found.retry_after.total_seconds() if found.retry_after else None) == wish


@pytest.mark.parametrize("url", ["ftp://films.example/a.jpg", "http://a:b@127.0.0.1/a.jpg", "x"])
def test_what_is_no_web_address_is_not_asked(url: str):
    found = fetched(url)
    assert isinstance(found, Failure)
    assert found.kind == FailureKind.MALFORMED


# --- Making ours ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_kept_in_two_widths_as_webp(kind: str):
    found = made(make_picture(kind))
    assert (found.width, found.height) == (1280, 720)
    sizes = [(width, shown(body).size, shown(body).format) for width, body in found.files]
    assert sizes == [(480, (480, 270), "WEBP"), (1280, (1280, 720), "WEBP")]
    small = found.files[0][1]
    assert pixel_of(small, (400, 100))[0] > 150
    assert pixel_of(small, (100, 100))[0] < 60


@pytest.mark.parametrize(
    ("size", "widths"), [((480, 360), [480]), ((320, 180), [320]), ((640, 480), [480, 640])]
)
def test_nothing_is_made_wider_than_it_came(size: tuple[int, int], widths: list[int]):
    found = made(make_picture(size=size))
    assert [width for width, _body in found.files] == widths
    assert (found.width, found.height) == size


def test_nothing_that_stands_beside_the_picture_is_kept():
    picture = Image.new("RGB", (900, 1600), (10, 200, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010E] = "taken at home"
    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(out, "JPEG", exif=exif, comment=b"a secret", icc_profile=profile)
    found = made(out.getvalue())
    assert (found.width, found.height) == (1280, 720), "it stands upright"
    for _width, body in found.files:
        assert not set(shown(body).info) & {"exif", "icc_profile", "xmp", "comment"}
        assert b"taken at home" not in body


@pytest.mark.parametrize(
    ("mode", "kind", "colour", "expected"),
    [
        ("L", "JPEG", 200, (200, 200, 200)),
        ("CMYK", "JPEG", (0, 0, 0, 0), (255, 255, 255)),
        ("I;16", "PNG", 200 * 256, (200, 200, 200)),
        ("RGBA", "PNG", (250, 0, 0, 0), (21, 23, 27)),
        ("LA", "PNG", (250, 255), (250, 250, 250)),
        ("1", "PNG", 1, (255, 255, 255)),
    ],
)
def test_every_sort_of_pixel_is_shown(
    mode: str, kind: str, colour: Any, expected: tuple[int, int, int]
):
    picture = Image.new(mode, (640, 360), colour)
    out = io.BytesIO()
    picture.save(out, kind)
    pixel = pixel_of(made(out.getvalue()).files[-1][1], (300, 200))
    assert all(abs(got - wanted) < 8 for got, wanted in zip(pixel, expected, strict=True)), pixel


def test_of_what_moves_the_first_frame_is_shown():
    frames = [Image.new("RGB", (640, 360), colour) for colour in ((250, 0, 0), (0, 0, 250))]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=50)
    found = made(out.getvalue())
    red, _green, blue = pixel_of(found.files[-1][1], (100, 100))
    assert red > 200
    assert blue < 50
    assert getattr(shown(found.files[-1][1]), "n_frames", 1) == 1


# --- What is refused ------------------------------------------------------------------


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_by_what_its_header_says():
    for side in (5_500, 15_000, 60_000):
        assert refused(png_of(side, side)) == "it has more than 30,000,000 pixels"
    assert refused(png_of(20_000, 100)) == "it is too large: 20,000 by 100 pixels"


def test_a_picture_that_ends_early_is_refused():
    assert refused(make_picture()[:3_000]).startswith("it cannot be decoded")


@pytest.mark.parametrize("size", [(1, 1), (120, 90), (2000, 40)])
def test_a_pixel_that_counts_visitors_is_no_poster(size: tuple[int, int]):
    assert "too small" in refused(make_picture(size=size))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_what_the_web_does_not_use_is_not_read(kind: str):
    body = make_picture(kind, size=(200, 200))
    assert not pictures.is_picture(body)
    assert refused(body) == "it is no JPEG, PNG, GIF or WebP"


def test_random_bytes_behind_a_good_beginning_harm_nobody():
    for beginning in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP"):
        assert refused(beginning + os.urandom(2_000))


def test_a_process_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "DECODING_S", 0.01)
    assert "longer than" in refused(make_picture())


def test_a_process_that_takes_too_much_memory_dies_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "MEMORY_BYTES", 60 * 2**20)
    assert refused(make_picture("PNG", size=(5000, 5000)))
