"""Timed texts of films over REST."""

import pytest

from accounts.models import Scope, User
from catalogue import transcripts
from catalogue.models import Cue, Transcript, Video
from catalogue.records.cues import Cue as RecordCue
from tests.makers import make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()

WEBVTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe river ran north\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nThe river ran north\n"
BROKEN = WEBVTT + "\n00:03.000 --> 00:0x.000\nlost\n"


@pytest.fixture
def member(author: User) -> Caller:
    return Caller(make_token(author))


def say(video: Video, language: str, *lines: str) -> None:
    """Store a transcript whose lines take a second each."""
    cues = [RecordCue(at * 1000, at * 1000 + 900, line) for at, line in enumerate(lines)]
    transcripts.store(video, language=language, cues=cues)


# --- Reading --------------------------------------------------------------------------


def make_transcript(video: Video, language: str, kind: str, *lines: str) -> None:
    """Store a transcript whose lines take a second and a half each."""
    transcript = Transcript.objects.create(video=video, language=language, kind=kind)
    for number, line in enumerate(lines):
        Cue.objects.create(
            transcript=transcript, start_ms=number * 1500, end_ms=number * 1500 + 1500, text=line
        )


def test_a_transcript_is_read_with_its_cues(video: Video):
    make_transcript(video, "en", "automatic", "wants")
    make_transcript(video, "en", "manual", "Once upon a time", "a river ran south.")
    make_transcript(video, "fr", "automatic", "Il y a")
    told = nobody.get(f"videos/{video.key}/transcripts/").json()["results"]
    assert [(one["language"], one["kind"]) for one in told] == [
        ("en", "manual"),
        ("en", "automatic"),
        ("fr", "automatic"),
    ]
    text = nobody.get(f"videos/{video.key}/transcripts/en/").json()
    assert text == {
        **told[0],
        "cues": [
            {"start_ms": 0, "end_ms": 1500, "text": "Once upon a time"},
            {"start_ms": 1500, "end_ms": 3000, "text": "a river ran south."},
        ],
    }
    assert nobody.get(told[1]["url"]).json()["cues"][0]["text"] == "wants"
    assert nobody.get(f"videos/{video.key}/transcripts/de/").status_code == 404
    assert nobody.get(f"videos/{video.key}/transcripts/a%00b/").status_code == 404
    assert nobody.get(f"videos/{video.key}/transcripts/en/?kind=spoken").status_code == 400


# --- Bringing one in ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "content"), [("text/vtt", WEBVTT), ("application/x-subrip", SRT)]
)
def test_subtitles_may_come_as_they_stand_in_their_file(
    member: Caller, author: User, video: Video, media_type: str, content: str
):
    path = f"videos/{video.key}/transcripts/"
    answer = member.post(path, content.encode(), Content_Type=media_type, Content_Language="EN-gb")
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["Location"] == told["url"]
    assert (told["language"], told["kind"], told["outcome"]) == ("en-GB", "manual", "created")
    assert (told["cue_count"], told["left_out"]) == (1, [])
    assert nobody.get(told["url"]).json()["cues"] == [
        {"start_ms": 1000, "end_ms": 2000, "text": "The river ran north"}
    ]
    assert Transcript.objects.get().added_by == author


def test_subtitles_may_come_as_json_and_say_who_wrote_them(member: Caller, video: Video):
    path = f"videos/{video.key}/transcripts/"
    body = {"text": BROKEN, "language": "en", "kind": "automatic"}
    first = member.post(path, body)
    assert first.status_code == 201
    assert first.json()["kind"] == "automatic"
    assert first.json()["left_out"] == [
        {"line": 6, "reason": "“00:0x.000” is not a time like 01:02:03.450"}
    ]
    assert member.post(path, body).json()["outcome"] == "unchanged"
    again = member.post(path, {**body, "text": WEBVTT.replace("north", "south")})
    assert (again.status_code, again.json()["outcome"]) == (200, "updated")
    assert Cue.objects.get().text == "The river ran south"


def test_language_may_stand_in_the_file(member: Caller, video: Video):
    text = WEBVTT.replace("WEBVTT", "WEBVTT\nLanguage: pt-BR")
    told = member.post(f"videos/{video.key}/transcripts/", {"text": text}).json()
    assert told["language"] == "pt-BR"


def test_what_cannot_be_used_is_refused_by_field_and_line(member: Caller, video: Video):
    path = f"videos/{video.key}/transcripts/"
    (error,) = member.post(path, {"text": WEBVTT}).json()["errors"]
    assert error["pointer"] == "/language"
    broken = "WEBVTT\n\n00:01.000 -->\nlost\n"
    (error,) = member.post(path, {"text": broken, "language": "en"}).json()["errors"]
    assert (error["pointer"], error["line"]) == ("/text", 3)
    (error,) = member.post(path, broken.encode(), Content_Type="text/vtt").json()["errors"]
    assert (error["pointer"], error["line"]) == ("", 3)
    for body in ({}, {"text": 1}, {"text": WEBVTT, "language": "en", "kind": "spoken"}):
        assert member.post(path, body).status_code == 400
    assert not Transcript.objects.exists()


def test_only_members_bring_transcripts_in_and_replace_their_own(
    member: Caller, author: User, stranger: User, video: Video
):
    path, body = f"videos/{video.key}/transcripts/", {"text": WEBVTT, "language": "en"}
    assert nobody.post(path, body).status_code == 401
    assert Caller(make_token(author, Scope.READ)).post(path, body).status_code == 403
    assert member.post("videos/youtube:none/transcripts/", body).status_code == 404
    assert member.post(path, body).status_code == 201
    other = {"text": WEBVTT.replace("north", "south"), "language": "en"}
    assert Caller(make_token(stranger)).post(path, other).status_code == 403
    assert Cue.objects.get().text == "The river ran north"


# --- Finding what is said -------------------------------------------------------------


def test_a_line_is_found_with_its_second():
    video = make_video(platform_id="swje6NSdkfk")
    say(video, "en", "Nothing", "Two rivers run")
    (told,) = nobody.get("cues/?q=river").json()["results"]
    assert told == {
        "video": "youtube:swje6NSdkfk",
        "video_url": "http://testserver/api/v1/videos/youtube:swje6NSdkfk/",
        "title": video.title,
        "page": "http://testserver/videos/youtube/swje6NSdkfk/?t=1&transcript=en",
        "language": "en",
        "kind": "manual",
        "start_ms": 1000,
        "end_ms": 1900,
        "text": "Two rivers run",
        "found": ["rivers"],
    }


def test_lines_are_narrowed_to_a_video_and_a_language():
    one, two = make_video(), make_video()
    say(one, "en", *["A dam"] * 5)
    say(two, "es", "La dam")
    assert len(nobody.get("cues/?q=dam").json()["results"]) == 4
    assert len(nobody.get(f"cues/?q=dam&video={one.key}").json()["results"]) == 5
    assert len(nobody.get(f"cues/?q=dam&video={one.key}&page_size=2").json()["results"]) == 2
    assert len(nobody.get("cues/?q=dam&language=es").json()["results"]) == 1
    assert nobody.get("cues/?q=dam&video=youtube:none").json()["results"] == []


def test_a_search_without_words_or_with_unknown_filters_is_refused():
    for query in ("", "?q=", "?q=%00", "?q=dam&colour=red", "?q=dam&page_size=1000"):
        assert nobody.get(f"cues/{query}").status_code == 400, query
