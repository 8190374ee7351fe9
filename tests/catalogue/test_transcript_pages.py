"""Bringing a transcript in on a page, and finding in the catalogue what is said."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from catalogue import transcripts
from catalogue.models import Cue, Transcript, Video
from catalogue.records.cues import Cue as RecordCue
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES
from tests.makers import make_video
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db

WEBVTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe river ran north\n"
BROKEN = WEBVTT + b"\n00:03.000 --> 00:0x.000\nlost\n"


def address(video: Video) -> str:
    return f"{video.get_absolute_url()}transcripts/new/"


def send(client: Client, video: Video, content: bytes, **fields: str) -> Any:
    file = SimpleUploadedFile("rivers.vtt", content)
    sent = {"file": file, "language": "en", "kind": "", **fields}
    answer = client.post(address(video), sent)
    if answer.status_code == 200:
        check(answer.content.decode())
    return answer


def say(video: Video, language: str, *lines: str) -> None:
    cues = [RecordCue(at * 1000, at * 1000 + 900, line) for at, line in enumerate(lines)]
    transcripts.store(video, language=language, cues=cues)


# --- Bringing one in ------------------------------------------------------------------


def test_visitor_is_asked_to_sign_in(client: Client, video: Video):
    assert client.get(address(video)).status_code == 302
    assert "transcripts/new/" not in read(client, video.get_absolute_url())


def test_member_adds_a_transcript(client: Client, author: User, video: Video):
    client.force_login(author)
    assert address(video) in read(client, video.get_absolute_url())
    assert 'enctype="multipart/form-data"' in read(client, address(video))

    answer = send(client, video, WEBVTT, language="EN")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{video.get_absolute_url()}?transcript=en#transcript"
    stored = Transcript.objects.get()
    assert (stored.language, stored.kind, stored.source, stored.added_by) == (
        "en", "manual", "rivers.vtt", author,
    )  # fmt: skip
    assert "The river ran north" in read(client, video.get_absolute_url())


def test_member_says_that_a_machine_wrote_it(client: Client, author: User, video: Video):
    client.force_login(author)
    send(client, video, WEBVTT, kind="automatic")
    assert Transcript.objects.get().kind == "automatic"


def test_what_had_to_be_left_out_is_told_by_line(client: Client, author: User, video: Video):
    client.force_login(author)
    answer = send(client, video, BROKEN)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert '<td class="n">6</td><td>“00:0x.000” is not a time like 01:02:03.450</td>' in text
    assert Cue.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "fields", "reason"),
    [
        (b"some words", {}, "Line 1: this is neither WebVTT"),
        (b"WEBVTT\n\n00:01.000 -->\n", {}, "Line 3: no cue can be used"),
        (b"caf\xe9\n00:00:01,000 --> 00:00:02,000\n", {}, "Line 1: byte 4 is not UTF-8"),
        (b"", {}, "The submitted file is empty."),
        (b"x" * (MAX_SUBTITLES_BYTES + 1), {}, "are too many"),
        (WEBVTT, {"language": "English"}, "Write a language as en, fr or pt-BR."),
        (WEBVTT, {"language": ""}, "This field is required."),
        (WEBVTT, {"kind": "spoken"}, "Select a valid choice."),
    ],
)
def test_refused_file_is_told_with_its_reason(
    client: Client, author: User, video: Video, content: bytes, fields: dict[str, str], reason: str
):
    client.force_login(author)
    answer = send(client, video, content, **fields)
    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert not Transcript.objects.exists()


def test_body_that_is_too_large_is_refused_before_it_is_read(
    client: Client, author: User, video: Video
):
    client.force_login(author)
    answer = send(client, video, b"x" * (MAX_SUBTITLES_BYTES + 200_000))
    assert answer.status_code == 413
    text = answer.content.decode()
    check(text)
    assert "10.0" in text or "9.5" in text
    assert f'href="{address(video)}">Back to the upload' in text


def test_form_without_its_token_is_refused(author: User, video: Video):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    file = SimpleUploadedFile("rivers.vtt", WEBVTT)
    answer = client.post(address(video), {"file": file, "language": "en", "kind": ""})
    assert answer.status_code == 403
    assert not Transcript.objects.exists()


def test_transcript_of_somebody_else_is_not_replaced(
    client: Client, author: User, stranger: User, video: Video
):
    client.force_login(author)
    send(client, video, WEBVTT)
    client.force_login(stranger)
    answer = send(client, video, WEBVTT.replace(b"north", b"south"))
    assert "somebody else" in answer.content.decode()
    assert Cue.objects.get().text == "The river ran north"


# --- Finding --------------------------------------------------------------------------


def test_catalogue_tells_which_films_say_it_and_when(client: Client):
    video = make_video(title="Dams & Law", tags=["Law"])
    say(video, "en", "Nothing", "Two <rivers> ran; the wells dried up")
    text = read(client, "/", q="wells")
    assert "In transcripts" in text
    assert "Two &lt;rivers&gt; ran; the <mark>wells</mark> dried up" in text
    assert f'href="{video.get_absolute_url()}?t=1&amp;transcript=en"' in text
    assert f'href="{video.get_absolute_url()}?find=wells&amp;transcript=en#transcript"' in text
    assert "No film matches" not in text


def test_catalogue_without_a_text_or_a_line_says_nothing_of_transcripts(client: Client):
    say(make_video(), "en", "The wells dried up")
    asked: tuple[dict[str, Any], ...] = ({}, {"q": "glaciers"}, {"category": "Education"})
    for query in asked:
        assert "In transcripts" not in read(client, "/", **query)


def test_filters_narrow_the_lines_too(client: Client):
    say(make_video(title="Law", category="Law"), "en", "The wells of law")
    say(make_video(title="Water", category="Water"), "en", "The wells of water")
    text = read(client, "/", q="wells", category="Law")
    assert "<mark>wells</mark> of law" in text
    assert "of water" not in text


def test_search_costs_the_same_for_few_and_many_lines(client: Client):
    def add(count: int) -> None:
        for _number in range(count):
            say(make_video(), "en", *["the wells"] * 5)

    add(2)
    few = queries(client, "/?q=wells")
    add(15)
    assert queries(client, "/?q=wells") == few


def test_transcript_is_searched_on_the_watch_page(client: Client, video: Video):
    say(video, "en", "One dam", "Silence", "Two dams & more")
    say(video, "fr", "Un barrage")
    text = read(client, video.get_absolute_url(), find="dam", transcript="en")
    assert "2 of 3 lines" in text
    assert "One <mark>dam</mark>" in text
    assert "Two <mark>dams</mark> &amp; more" in text
    assert "Silence" not in text
    assert 'href="?transcript=en&amp;find=dam&amp;t=2"' in text
    assert "0 of 3 lines" in read(client, video.get_absolute_url(), find="ocean", transcript="en")
    assert "Silence" in read(client, video.get_absolute_url(), find=" ", transcript="en")
    assert "Un <mark>barrage</mark>" in read(
        client, video.get_absolute_url(), find="barrages", transcript="fr"
    )


def test_searching_a_transcript_costs_one_query_more_whatever_is_found(
    client: Client, video: Video
):
    say(video, "en", *["a dam"] * 40, "a river")
    url = video.get_absolute_url()
    plain = queries(client, url)
    assert queries(client, f"{url}?find=river") == plain + 1
    assert queries(client, f"{url}?find=dam") == plain + 1
