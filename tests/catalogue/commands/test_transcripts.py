"""`manage.py transcripts`: what a person sees at the terminal."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalogue.models import Transcript, Video
from tests.makers import make_video

pytestmark = pytest.mark.django_db

BROKEN = "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:03.000 --> 00:0x.000\nlost\n"


def store(*arguments: object) -> str:
    out = io.StringIO()
    call_command("transcripts", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_file_is_stored_and_what_is_broken_told(video: Video, tmp_path: Path):
    path = tmp_path / "film.fr.auto.vtt"
    path.write_text(BROKEN)
    told = store(video.key, path)
    assert f"{path}:6: “00:0x.000” is not a time" in told
    assert told.endswith("Created: fr, automatic, 1 cues.\n")
    assert store(video.key, path).endswith("Unchanged: fr, automatic, 1 cues.\n")
    assert "Created: en, manual" in store(video.key, path, "--language=en", "--kind=manual")
    assert Transcript.objects.count() == 2


def test_mistakes_are_told_in_words(video: Video, tmp_path: Path):
    path = tmp_path / "film.vtt"
    with pytest.raises(CommandError, match=r"There is no video youtube:none\."):
        store("youtube:none", path)
    with pytest.raises(CommandError, match="No such file"):
        store(video.key, path)
    path.write_text(BROKEN)
    with pytest.raises(CommandError, match="Write a language"):
        store(video.key, path)
    path.write_text("nothing")
    with pytest.raises(CommandError, match="neither WebVTT"):
        store(video.key, path, "--language=en")


def test_dry_run_tells_the_same_and_changes_nothing(video: Video, tmp_path: Path):
    path = tmp_path / "film.fr.auto.vtt"
    path.write_text(BROKEN)
    dry = store(video.key, path, "--dry-run")
    assert not Transcript.objects.exists()
    assert dry == f"{store(video.key, path)}A dry run: nothing was changed.\n"
    path.write_text("nothing")
    with pytest.raises(CommandError, match="neither WebVTT"):
        store(video.key, path, "--dry-run")


def test_language_is_the_films_where_nothing_else_tells(tmp_path: Path):
    path = tmp_path / "film.vtt"
    path.write_text(BROKEN)
    assert "Created: de, manual" in store(make_video(language="de").key, path)
