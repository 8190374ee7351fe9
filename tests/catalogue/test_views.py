"""The catalogue's pages: films, channels, tags."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from catalogue.models import Availability, CountSample, TagSource, Video, VideoCounts, VideoTag
from catalogue.records.record import Counts
from tests.makers import make_channel, make_claim, make_tag, make_video
from tests.pages import queries, read

pytestmark = pytest.mark.django_db


# --- The catalogue --------------------------------------------------------------------


def test_a_film_shows_what_its_record_says(client: Client) -> None:
    make_video(
        title="Keeping <Score>", language="fr", tags=["Rivers"], counts=Counts(views=154_080)
    )
    text = read(client, "/")
    for part in (
        "Keeping &lt;Score&gt;",
        "Quiet Rivers",
        "2021",
        "French",
        "9:46",
        "154,080",
        "Rivers",
    ):
        assert part in text
    assert "1 film<" in text


def test_unknown_counts_are_a_word_and_a_real_zero_is_a_number(client: Client) -> None:
    make_video()
    assert '<dd class="unknown">unknown</dd>' in read(client, "/")
    Video.objects.all().delete()
    make_video(counts=Counts(views=0))
    text = read(client, "/")
    assert "<dt>Views</dt><dd>0</dd>" in text
    assert 'class="unknown"' not in text


def test_fictional_films_say_so(client: Client) -> None:
    make_video(platform="sample")
    assert ">Sample<" in read(client, "/")


def test_claims_are_counted_without_the_withdrawn(client: Client, author: User) -> None:
    video = make_video()
    make_claim(author=author, video=video)
    make_claim(author=author, video=video)
    make_claim(author=author, video=video, state="withdrawn")
    assert "<dt>Claims</dt><dd>2</dd>" in read(client, "/")


def test_search_and_filters_narrow_and_each_can_be_taken_away(client: Client) -> None:
    make_video(title="The Moved River", category="History")
    make_video(title="The Moved River Again", category="Science")
    make_video(
        title="Otters",
        category="History",
        description="Small.",
        channel=make_channel("Tern"),
        keywords="",
    )
    text = " ".join(read(client, "/", q="river", category="History").split())
    assert "The Moved <mark>River</mark> <" in text
    assert "Again" not in text
    assert "Otters" not in text
    assert 'href="?category=History"' in text
    assert 'href="?q=river"' in text
    assert 'value="History" data-auto checked' in text


def test_the_usual_order_gives_way_to_relevance_when_a_text_is_searched(client: Client) -> None:
    make_video(title="The Moved River")
    assert '<option value="" selected>Newest</option>' in read(client, "/")
    text = read(client, "/", q="river")
    assert '<option value="" selected>Relevance</option>' in text
    assert '<option value="newest">Newest</option>' in text


def test_filters_without_a_field_are_carried_along(client: Client) -> None:
    make_video()
    assert '<input type="hidden" form="filters" name="duration_min" value="60">' in read(
        client, "/", duration_min=60
    )


def test_nothing_found_says_how_to_go_on(client: Client) -> None:
    make_video()
    text = read(client, "/", q="zebra")
    assert "No film matches all of that" in text
    assert "The catalogue is empty" not in text


def test_an_empty_catalogue_says_how_to_fill_it(client: Client) -> None:
    assert "The catalogue is empty" in read(client, "/")


def test_a_wrong_value_is_named(client: Client) -> None:
    text = read(client, "/", status=400, sort="loudest")
    assert "<code>sort</code>" in text
    assert "cursor" in read(client, "/", status=400, cursor="nonsense")


def test_pages_lead_on_and_back(client: Client) -> None:
    for number in range(30):
        make_video(title=f"Film {number:02}")
    first = client.get("/", {"sort": "title"})
    assert "Film 23" in first.content.decode()
    assert "Film 24" not in first.content.decode()
    second = read(client, "/", sort="title", cursor=first.context["page"].next_cursor)
    assert "Film 29" in second
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second


def test_counts_over_time_are_drawn(client: Client) -> None:
    video = make_video()
    for day in range(3):
        CountSample.objects.create(
            video=video, observed_at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(day), views=day
        )
    VideoCounts.objects.filter(video=video).update(observed_at=datetime(2025, 1, 3, tzinfo=UTC))
    text = read(client, "/")
    assert 'class="spark"' in text
    assert "Views rose from" in text


def test_the_list_takes_the_same_queries_for_few_and_many(client: Client, author: User) -> None:
    def add(number: int) -> None:
        for _ in range(number):
            video = make_video(tags=["Rivers", "Law"])
            make_claim(author=author, video=video)
            CountSample.objects.create(video=video, observed_at=datetime.now(UTC), views=1)

    add(3)
    few = queries(client, "/")
    add(19)
    assert queries(client, "/") == few


# --- Channels and tags ----------------------------------------------------------------


def test_channels_are_listed_with_their_films(client: Client) -> None:
    channel = make_channel("استوديو المدى")
    make_video(channel=channel)
    text = read(client, "/channels/")
    assert "استوديو المدى" in text
    assert "1 film<" in text
    assert channel.get_absolute_url() in text


def test_a_channel_shows_its_films_only(client: Client) -> None:
    mine = make_video(title="Mine", channel=make_channel("Tern"))
    make_video(title="Not that", channel=make_channel("Other"))
    assert mine.channel is not None
    text = read(client, mine.channel.get_absolute_url())
    assert "Mine" in text
    assert "Not that" not in text


def test_a_channel_of_an_old_name_leads_to_the_new(client: Client) -> None:
    channel = make_channel("Tern")
    response = client.get(f"/channels/{channel.pk}/old-name/")
    assert (response.status_code, response["Location"]) == (301, channel.get_absolute_url())


def test_names_are_searched(client: Client) -> None:
    make_tag("Rivers")
    make_tag("Law")
    text = read(client, "/tags/", q="riv")
    assert "Rivers" in text
    assert ">Law<" not in text
    assert "No tag has “zebra” in its name" in read(client, "/tags/", q="zebra")


def test_a_tag_shows_its_films_and_claims(client: Client, author: User) -> None:
    make_video(title="Otters", tags=["Rivers"])
    make_claim(author=author, statement="Otters hold hands asleep.", tags=["Rivers"])
    make_claim(author=author, statement="Withdrawn words here.", tags=["Rivers"], state="withdrawn")
    text = read(client, "/tags/rivers/")
    assert "Otters<" in text
    assert "Otters hold hands asleep." in text
    assert "Withdrawn words" not in text
    assert "1 claim<" in read(client, "/tags/")


@pytest.mark.parametrize("url", ["/channels/", "/tags/"])
def test_lists_of_names_take_the_same_queries_for_few_and_many(client: Client, url: str) -> None:
    def add(start: int, end: int) -> None:
        for number in range(start, end):
            make_video(channel=make_channel(f"Channel {number}"), tags=[f"Tag {number}"])

    add(0, 3)
    few = queries(client, url)
    add(3, 30)
    assert queries(client, url) == few


@pytest.mark.parametrize("url", ["/tags/rivers/", "/channels/{}/quiet-rivers/"])
def test_lists_of_films_take_the_same_queries_for_few_and_many(
    client: Client, author: User, url: str
) -> None:
    def add(number: int) -> None:
        for _ in range(number):
            make_claim(author=author, video=make_video(tags=["Rivers"]), tags=["Rivers"])

    url = url.format(make_channel().pk)
    add(3)
    few = queries(client, url)
    add(25)
    assert queries(client, url) == few


@pytest.mark.parametrize(
    "url", ["/channels/99/x/", "/tags/none/", "/nothing/", "/videos/youtube/x/"]
)
def test_what_is_not_there_is_a_404_in_our_own_look(client: Client, url: str) -> None:
    assert "There is nothing here" in read(client, url, status=404)


# --- Tags on films --------------------------------------------------------------------


def test_a_member_adds_a_tag_and_takes_it_off(client: Client, video: Video, reader: User) -> None:
    client.force_login(reader)
    response = client.post(f"{video.get_absolute_url()}tags/", {"name": "  Great   dams "})
    assert response["Location"] == video.get_absolute_url()
    placed = VideoTag.objects.get(video=video)
    assert (placed.tag.name, placed.added_by, placed.source) == (
        "Great dams", reader, TagSource.MEMBER,
    )  # fmt: skip
    remove = f"{video.get_absolute_url()}tags/{placed.tag.slug}/remove/"
    assert remove in read(client, video.get_absolute_url())
    client.post(remove)
    assert not VideoTag.objects.filter(video=video).exists()


def test_a_stranger_cannot_take_a_members_tag_off(
    client: Client, video: Video, reader: User, stranger: User
) -> None:
    client.force_login(reader)
    client.post(f"{video.get_absolute_url()}tags/", {"name": "Dams"})
    client.force_login(stranger)
    assert "/remove/" not in read(client, video.get_absolute_url())
    response = client.post(f"{video.get_absolute_url()}tags/dams/remove/")
    assert response.status_code == 403
    assert "Only who added this tag can take it off" in response.content.decode()
    assert VideoTag.objects.filter(video=video).exists()


def test_a_visitor_is_asked_to_sign_in_before_tagging(client: Client, video: Video) -> None:
    response = client.post(f"{video.get_absolute_url()}tags/", {"name": "Dams"})
    assert response["Location"].startswith("/accounts/login/")
    assert not VideoTag.objects.exists()


def test_a_tag_that_is_none_is_refused_with_the_reason(
    client: Client, video: Video, reader: User
) -> None:
    client.force_login(reader)
    url = f"{video.get_absolute_url()}tags/"
    assert "A tag has 1 to 100" in client.post(url, {"name": "#"}, follow=True).content.decode()


def test_availability_is_told_once_it_is_known(client: Client, video: Video) -> None:
    assert "Availability" not in read(client, video.get_absolute_url())
    Video.objects.update(availability=Availability.GONE)
    assert "Gone" in read(client, video.get_absolute_url())
