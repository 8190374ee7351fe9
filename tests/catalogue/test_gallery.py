"""Posters on pages, in REST and as files."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from catalogue import poster_files
from catalogue.models import Availability, Poster, PosterHost, Video
from tests.makers import make_video
from tests.pages import read

pytestmark = pytest.mark.django_db

HASH = "0123456789abcdef" * 2
BODY = b"RIFF" + b"a" * 5_000


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def pictured(video: Video) -> Video:
    now = timezone.now()
    host = PosterHost.objects.create(name="films.example", free_at=now)
    Poster.objects.create(
        video=video, url="https://films.example/a.jpg", host=host, content_hash=HASH,
        width=1280, height=720, fetched_at=now,
    )  # fmt: skip
    poster_files.store(HASH, [(480, BODY), (1280, BODY)])
    return video


@pytest.mark.parametrize("page", ["list", "film", "lost"])
def test_pages_show_the_picture_from_our_own_origin_over_its_art(
    client: Client, pictured: Video, page: str
):
    if page == "lost":
        Video.objects.update(availability=Availability.GONE)
    content = read(client, "/" if page == "list" else pictured.get_absolute_url())
    assert content.count('class="poster"') == 1
    assert f'src="/posters/{HASH}-480.webp"' in content
    assert f"/posters/{HASH}-480.webp 480w, /posters/{HASH}-1280.webp 1280w" in content
    assert 'width="1280" height="720"' in content
    assert ('loading="lazy"' in content) == (page == "list")
    assert '<svg class="art"' in content
    assert "films.example/a.jpg" not in content


def test_a_film_without_one_shows_its_art_alone(client: Client):
    video = make_video(image_url="https://films.example/a.jpg")
    for address in ("/", video.get_absolute_url()):
        content = read(client, address)
        assert 'class="poster"' not in content
        assert '<svg class="art"' in content
        assert "films.example" not in content


def test_rest_tells_the_address_of_the_largest(client: Client, pictured: Video):
    bare = make_video()
    told = client.get(f"/api/v1/videos/{pictured.key}/").json()
    assert told["poster_url"] == f"http://testserver/posters/{HASH}-1280.webp"
    assert client.get(f"/api/v1/videos/{bare.key}/").json()["poster_url"] is None


def test_a_file_is_served_for_ever(client: Client, pictured: Video):
    address = f"/posters/{HASH}-480.webp"
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    etag = answer.headers["ETag"]
    again = client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


def test_serving_a_file_asks_the_database_nothing(
    client: Client, pictured: Video, reader: User, django_assert_num_queries
):
    client.force_login(reader)
    with django_assert_num_queries(0):
        answer = client.get(f"/posters/{HASH}-480.webp")
    assert "Vary" not in answer.headers, "all who look may share it"


@pytest.mark.parametrize(
    "address",
    [
        f"/posters/{HASH}-640.webp", f"/posters/{'f' * 32}-480.webp",
        "/posters/..%2f..%2fsecret_key-480.webp", f"/posters/{HASH.upper()}-480.webp",
        f"/posters/{HASH}-480.png", f"/posters/{HASH}.webp",
    ],
)  # fmt: skip
def test_nothing_else_is_there(client: Client, pictured: Video, address: str):
    assert client.get(address).status_code == 404
