"""The watch page, by role: what is shown of a film, and where it plays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalogue import copies
from catalogue.models import (
    Change,
    ChangeField,
    CountSample,
    Cue,
    Precision,
    TagSource,
    Transcript,
    Video,
    VideoTag,
)
from catalogue.records.record import Counts
from tests.makers import make_claim, make_tag, make_video
from tests.pages import queries, read

pytestmark = pytest.mark.django_db


# --- Watching -------------------------------------------------------------------------


def test_every_value_shown_is_the_records(client: Client) -> None:
    video = make_video(
        platform_id="swje6NSdkfk",
        counts=Counts(views=154_080, likes=3_003),
        category="Film-Animation",
    )
    text = read(client, video.get_absolute_url())
    for part in (
        "<dt>Views</dt><dd>154,080</dd>",
        "<dt>Likes</dt><dd>3,003</dd>",
        '<dt>Dislikes</dt><dd class="unknown">unknown</dd>',
        '<dt>Comments</dt><dd class="unknown">unknown</dd>',
        "9:46",
        "30 July 2021, 14:00 UTC",
        'title="2021-07-30 14:00:24 UTC"',
        "Film-Animation",
        "From a record written on",
        "1 Feb 2022",
        "years ago",
    ):
        assert part in text, part


def test_a_day_is_not_made_more_exact_than_it_is_known(client: Client) -> None:
    video = make_video(
        published_at=datetime(2019, 3, 4, tzinfo=UTC), published_precision=Precision.DAY
    )
    text = read(client, video.get_absolute_url())
    assert '<time datetime="2019-03-04" title="2019-03-04">4 March 2019</time>' in text


def test_a_film_of_which_little_is_known_is_shown(client: Client) -> None:
    video = make_video(
        channel=None, published_at=None, duration_ms=None, description="", category="",
        recorded_at=None, published_precision="",
    )  # fmt: skip
    text = read(client, video.get_absolute_url())
    assert "never observed" in text
    assert "Nobody has marked a claim" in text


def test_nothing_is_asked_of_youtube_and_the_page_says_so(client: Client) -> None:
    video = make_video(platform_id="swje6NSdkfk")
    text = read(client, video.get_absolute_url(), t="63.5")
    assert "Nothing is sent to YouTube before that." in text
    assert 'href="https://www.youtube.com/watch?v=swje6NSdkfk&amp;t=63s"' in text
    assert '<yt-film class="film" video-id="swje6NSdkfk"' in text
    assert 'start="63.5"' in text
    assert "<iframe" not in text
    assert "ytimg" not in text


def test_a_file_of_ours_plays_in_the_page_from_the_moment_asked_for(client: Client) -> None:
    video = make_video(platform="sample", media_url="/static/sample/clip.webm")
    text = read(client, video.get_absolute_url(), t="1:03.5")
    assert 'src="/static/sample/clip.webm#t=63.5"' in text
    assert "Sample: a fictional film" in text


@pytest.mark.parametrize(
    ("fields", "href"),
    [
        ({"url": "https://archive.example/film"}, "https://archive.example/film"),
        ({"media_url": "https://cdn.example/film.webm"}, "https://cdn.example/film.webm"),
        ({"media_url": "//cdn.example/film.webm"}, None),
        ({"url": "javascript:alert(1)"}, None),
    ],
)
def test_films_elsewhere_are_linked_if_a_browser_can_go_there(
    client: Client, fields: dict[str, Any], href: str | None
) -> None:
    text = read(client, make_video(platform="vimeo", **fields).get_absolute_url())
    assert "<video" not in text
    if href:
        assert f'<a class="load" href="{href}" rel="nofollow ugc noopener">' in text
    else:
        assert 'class="load"' not in text
        assert "javascript:" not in text


@pytest.mark.parametrize("wrong", ["x", "-1", "1:99", "\0", "9" * 30])
def test_a_moment_that_is_none_is_left_alone(client: Client, video: Video, wrong: str) -> None:
    assert 'start="' not in read(client, video.get_absolute_url(), t=wrong)


def test_the_description_has_working_times_and_safe_links(client: Client) -> None:
    video = make_video(
        description="0:11 well\n10:00 after the end\n<script>alert(1)</script> (https://example.org/a)."
    )
    text = " ".join(read(client, video.get_absolute_url()).split())
    assert '<a class="stamp" href="?t=11" data-seek="11">0:11</a' in text
    assert 'data-seek="600"' not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert '<a href="https://example.org/a" rel="nofollow ugc noopener">' in text


def test_claims_stand_in_film_order_with_their_times(client: Client, author: User) -> None:
    video = make_video()
    make_claim(
        author=author,
        video=video,
        statement="The second claim here.",
        start_ms=300_500,
        end_ms=301_000,
    )
    make_claim(
        author=author, video=video, statement="The first claim here.", speaker="Ann", tags=["Dams"]
    )
    make_claim(author=author, video=video, statement="Taken back by its author.", state="withdrawn")
    text = " ".join(read(client, video.get_absolute_url()).split())
    assert text.index("The first claim here.</a>") < text.index("The second claim here.</a>")
    assert "Taken back" not in text
    assert 'href="?t=300.5" data-seek="300.5"' in text
    assert text.count('class="tl-m"') == 2
    assert "Ann" in text
    assert "/tags/dams/" in text


def test_every_claim_needs_ratings_and_what_is_not_judged_says_so(
    client: Client, author: User
) -> None:
    claim = make_claim(author=author)
    filed = make_claim(author=author, kind="prediction", statement="By 2040 the river will be dry.")
    assert "Needs more ratings: 0 so far, at least 5 needed" in read(
        client, claim.get_absolute_url()
    )
    text = read(client, filed.get_absolute_url())
    assert "Filed, not judged" in text
    assert "ratings" not in text


def test_only_the_author_sees_edit_and_withdraw(
    client: Client, author: User, stranger: User, moderator: User
) -> None:
    video = make_video()
    claim = make_claim(author=author, video=video)
    for user, sees in ((None, False), (stranger, False), (moderator, False), (author, True)):
        client.logout()
        if user:
            client.force_login(user)
        for page in (video.get_absolute_url(), claim.get_absolute_url()):
            text = read(client, page)
            assert (f"/claims/{claim.pk}/edit/" in text) is sees
            assert (f"/claims/{claim.pk}/withdraw/" in text) is sees


def test_counts_and_changes_over_time_are_told(client: Client, video: Video) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for day in range(3):
        CountSample.objects.create(video=video, observed_at=start + timedelta(day), views=100 + day)
    Change.objects.create(
        video=video, field=ChangeField.TITLE, old="Old title", new=video.title, observed_at=start
    )
    Change.objects.create(
        video=video, field=ChangeField.DURATION, old=None, new=3_686_000, observed_at=start
    )
    text = read(client, video.get_absolute_url())
    assert 'class="reach-curve"' in text
    assert '<td class="n">102</td>' in text
    assert "Title changed on" in text
    assert "Old title" in text
    assert "nothing</del>" in text
    assert "1:01:26</ins>" in text


def test_of_one_language_a_persons_transcript_goes_before_a_machines(client: Client) -> None:
    video = make_video()
    for kind in ("automatic", "manual"):
        transcript = Transcript.objects.create(video=video, language="en", kind=kind)
        Cue.objects.create(transcript=transcript, start_ms=1, end_ms=2, text=f"it is {kind}")
    page = video.get_absolute_url()
    for asked, kind in (("", "manual"), ("en", "manual"), ("en.auto", "automatic")):
        text = read(client, page, transcript=asked)
        assert f"it is {kind}" in text
        assert text.count("it is ") == 1
    assert "English (automatic)" in text
    assert 'href="?transcript=en#transcript"' in text
    assert 'name="transcript" value="en.auto"' in text


def test_the_transcript_comes_in_the_language_asked_for(client: Client, author: User) -> None:
    video = make_video(language="en")
    for language in ("en", "fr"):
        transcript = Transcript.objects.create(video=video, language=language)
        Cue.objects.create(
            transcript=transcript, start_ms=70_000, end_ms=80_000, text=f"in {language}"
        )
        Cue.objects.create(transcript=transcript, start_ms=90_000, end_ms=95_000, text="later")
    make_claim(author=author, video=video)
    text = read(client, video.get_absolute_url())
    assert "in en" in text
    assert 'data-end="80" class="marked"' in text
    assert 'data-end="95" class="marked"' not in text
    assert "in fr" in read(client, video.get_absolute_url(), transcript="fr")


def test_the_watch_page_takes_the_same_queries_for_few_and_many_claims_and_tags(
    client: Client, author: User
) -> None:
    video = make_video()

    def add(number: int) -> None:
        for _ in range(number):
            place = video.video_tags.count()
            VideoTag.objects.create(
                video=video, tag=make_tag(f"Tag {place}"), source=TagSource.RECORD, position=place
            )
            make_claim(author=author, video=video, tags=["Dams", "Law"])

    add(3)
    few = queries(client, video.get_absolute_url())
    add(27)
    assert queries(client, video.get_absolute_url()) == few


# --- Other places ---------------------------------------------------------------------


def lose(video: Video) -> None:
    """Make a film as a look that finds it gone leaves it."""
    video.availability = "gone"
    video.save(update_fields=["availability"])
    Change.objects.create(
        video=video,
        field=ChangeField.AVAILABILITY,
        old="available",
        new="gone",
        observed_at=datetime(2024, 5, 3, 9, tzinfo=UTC),
    )


def test_a_lost_film_plays_from_a_copy_and_the_page_says_so(client: Client, author: User) -> None:
    video = make_video(platform_id="swje6NSdkfk")
    make_claim(author=author, video=video)
    copies.add(video, by=author, address="aaaaaaaaaaa", offset_ms=12_000)
    lose(video)
    text = " ".join(read(client, video.get_absolute_url(), t="63.5").split())
    assert "The original has been gone from <bdi>YouTube</bdi> since <time" in text
    assert ">3 May 2024</time>. You are watching a copy on <bdi>YouTube</bdi>, shifted by 12 s" in (
        text
    )
    assert '<yt-film class="film" video-id="aaaaaaaaaaa"' in text
    assert 'start="75.5" data-shift="12" data-length="586"' in text
    assert "watch?v=aaaaaaaaaaa&amp;t=75s" in text
    # The claim's time is the film's own.
    assert 'href="?t=72" data-seek="72"' in text
    assert f'href="{video.get_absolute_url()}?copy=0&amp;t=63.5"' in text
    assert 'video-id="swje6NSdkfk"' in read(client, video.get_absolute_url(), copy="0")


def test_a_lost_film_without_a_copy_that_plays_has_links_of_its_copies(
    client: Client, author: User
) -> None:
    video = make_video(platform_id="swje6NSdkfk")
    lose(video)
    text = " ".join(read(client, video.get_absolute_url()).split())
    assert "This film has been gone from <bdi>YouTube</bdi> since" in text
    assert "Nobody has written down yet where else" in text
    assert "<yt-film" not in text
    assert "data-mark" not in text
    copies.add(video, by=author, address="https://example.org/film")
    text = read(client, video.get_absolute_url())
    assert '<a href="https://example.org/film" rel="nofollow ugc noopener">' in text
    assert "<yt-film" not in text


def test_a_place_that_was_chosen_is_kept_by_every_link_to_a_moment(
    client: Client, author: User
) -> None:
    video = make_video(description="0:11 well")
    transcript = Transcript.objects.create(video=video, language="en")
    Cue.objects.create(transcript=transcript, start_ms=70_000, end_ms=80_000, text="said")
    make_claim(author=author, video=video)
    copy = copies.add(video, by=author, address="https://example.org/film.webm", offset_ms=-3_500)
    text = " ".join(read(client, video.get_absolute_url(), copy=str(copy.pk)).split())
    for moment in ("72", "11", "70"):
        assert f'href="?copy={copy.pk}&amp;t={moment}' in text
    assert f'/claims/new/?copy={copy.pk}&amp;t=0"' in text
    assert f'<input type="hidden" name="copy" value="{copy.pk}">' in text
    assert "Back to the original" in text
    assert "shifted by \u22123.5 s" in text
    client.force_login(author)
    form = read(client, f"{video.get_absolute_url()}claims/new/", copy=str(copy.pk), t="63.5")
    assert '<remote-film class="film" src="https://example.org/film.webm#t=60"' in form
    assert 'data-shift="-3.5"' in form
    assert 'value="1:03.5"' in form


def test_only_the_page_that_plays_a_file_from_elsewhere_lets_that_site_in(
    client: Client, author: User
) -> None:
    video = make_video()
    copy = copies.add(video, by=author, address="https://films.example/film.webm")
    plain = client.get(video.get_absolute_url())
    assert "media-src 'self'" in plain["Content-Security-Policy"].split("; ")
    chosen = client.get(video.get_absolute_url(), {"copy": copy.pk})
    policy = chosen["Content-Security-Policy"].split("; ")
    assert "media-src 'self' https://films.example" in policy
    assert "Nothing is sent there before that." in chosen.content.decode()
