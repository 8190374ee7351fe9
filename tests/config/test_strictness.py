"""Whatever is sent, the answer is one of those the schema tells of, and never a fault of ours."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalogue import copies, paging, search, watches
from catalogue.models import Copy, PhraseWatch, Video
from tests.makers import make_claim, make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()
# The database is rolled back after the test, not after each example; nothing here minds.
fuzz = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

LISTS = (
    "videos/",
    "claims/",
    "occurrences/",
    "channels/",
    "tags/",
    "imports/",
    "videos/youtube:film/counts/",
    "videos/youtube:film/changes/",
    "changes/",
)
NAMES = (
    *search.filter_names(), "cursor", "page_size", "video", "claim", "author", "kind", "format",
    "x",
    "from", "to", "since", "resolution", "field",
)  # fmt: skip
ODD = (
    "", "\0", "0", "-1", "1e9", "9" * 30, "٣", "NaN", "null", "'", '"', "\\", "%", "a" * 3000,
    "!", "&", "|", "(", ":*", "<->", "or", "-", '"a', "newest", "views", "relevance", "title",
    "2021-07-30", "0001-01-01", "9999-12-31", "day", "csv", "2021-07-30T10:00:00Z",
    "youtube:film", ":", "::", "true", "en",
)  # fmt: skip
CURSORS = st.builds(
    lambda name, back, key, number: paging._encode(name, key, number, is_back=back),
    st.sampled_from([*search.SORTS, "name", "latest", "film", "number", "oldest", "day"]),
    st.booleans(),
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            2**63,
            2**70,
            1.5,
            "",
            "\0",
            "a",
            [],
            {},
            "2021-07-30T00:00:00+00:00",
            "2021-07-30T00:00:00+23:59",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "2021-07-30",
        ]
    ),
    st.sampled_from([None, 0, -1, 2**63 - 1, 2**63, "1", [1], 1.5]),
)
TEXTS = st.one_of(st.sampled_from(ODD), st.text(max_size=30), CURSORS)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(), max_size=300),
    st.sampled_from([*ODD, "\ud800", "a\udfff", 2**31 - 1, 2**31, 2**63, 10**40]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def mapping(*names: str, **fixed: Any) -> Any:
    """Return bodies that have some of these fields, right or wrong, and maybe another."""
    return st.builds(
        lambda some, other: {**fixed, **other, **some},
        st.dictionaries(st.sampled_from(names), JSON, max_size=4),
        st.dictionaries(st.text(max_size=8), JSON, max_size=1),
    )


@fuzz
@given(
    path=st.sampled_from(LISTS),
    pairs=st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=4),
)
def test_no_query_string_is_a_fault(path: str, pairs: list[tuple[str, str]]):
    if path.startswith("videos/y"):
        make_video_once()
    query = "&".join(f"{name}={quote(text.encode(errors='replace'))}" for name, text in pairs)
    assert nobody.get(f"{path}?{query}").status_code in {200, 400}


@fuzz
@given(path=st.sampled_from(LISTS), query=st.binary(max_size=40))
def test_no_bytes_behind_a_question_mark_are_a_fault(path: str, query: bytes):
    make_video_once()
    assert nobody.get(f"{path}?{quote(query, safe='&=%;+')}").status_code in {200, 400}


def make_video_once() -> None:
    """Store the film that the lists ask for, unless it is there."""
    if nobody.get("videos/youtube:film/").status_code == 404:
        make_video(platform_id="film")


@fuzz
@given(name=st.text(st.characters(exclude_characters="/"), min_size=1, max_size=20))
def test_no_address_is_a_fault(name: str):
    text = quote(name.encode(errors="replace"), safe=":")
    for path in (f"videos/{text}/", f"tags/{text}/", f"claims/{text}/", f"videos/a:{text}/counts/"):
        assert nobody.get(path).status_code in {200, 400, 404}


@pytest.fixture
def member(author: User) -> Caller:
    """Return a caller who may write."""
    return Caller(make_token(author))


@fuzz
@given(
    body=st.one_of(
        JSON,
        mapping("statement", "language", "kind", "tags", "occurrence", statement="Ten words."),
        st.builds(
            lambda place: {"statement": "A river ran north.", "occurrence": place},
            mapping(
                "video", "start_ms", "end_ms", "quote", "speaker", "speaker_role",
                video="youtube:film", start_ms=1, end_ms=2,
            ),
        ),
    )
)  # fmt: skip
def test_no_body_of_a_claim_is_a_fault(member: Caller, body: Any):
    make_video_once()
    assert member.post("claims/", body).status_code in {201, 400}


@fuzz
@given(
    change=mapping("version", "statement", "language", "kind", "tags", "state", version=1),
    place=mapping("version", "start_ms", "end_ms", "quote", "speaker", "video", version=1),
    etag=st.one_of(st.none(), st.sampled_from(['"1-a"', '"2"', "*", "W/", "1", '"9"', "ü"])),
)
def test_no_edit_is_a_fault(
    member: Caller, author: User, change: Any, place: Any, etag: str | None
):
    claim = make_claim(author=author)
    headers = {} if etag is None else {"If_Match": etag}
    for path, body in (
        (f"claims/{claim.pk}/", change),
        (f"occurrences/{claim.occurrences.get().pk}/", place),
    ):
        assert member.patch(path, body, **headers).status_code in {200, 400, 409, 412}


@fuzz
@given(
    tag=mapping("name", "description", name="Rivers"),
    record=st.one_of(mapping("record"), st.builds(lambda text: {"record": text}, st.text())),
    occurrence=mapping("claim", "video", "start_ms", "end_ms", "quote"),
)
def test_no_other_body_is_a_fault(member: Caller, tag: Any, record: Any, occurrence: Any):
    make_video_once()
    assert member.post("tags/", tag).status_code in {201, 400}
    assert member.post("videos/youtube:film/tags/", tag).status_code in {201, 400}
    assert member.post("videos/", record).status_code in {200, 201, 400}
    assert member.post("occurrences/", occurrence).status_code in {201, 400}


@fuzz
@given(
    place=mapping("address", "media_url", "offset_ms", "note", "platform"),
    right=mapping("media_url", "offset_ms", "note", address="https://example.org/film"),
    change=mapping("offset_ms", "note", "address"),
)
def test_no_body_of_a_copy_is_a_fault(
    member: Caller, author: User, place: Any, right: Any, change: Any
):
    make_video_once()
    film = Video.objects.get(platform_id="film")
    Copy.objects.update(withdrawn_at=film.created_at, withdrawn_by=author)
    address = "videos/youtube:film/copies/"
    assert member.post(address, place).status_code in {201, 400}
    Copy.objects.update(withdrawn_at=film.created_at, withdrawn_by=author)
    assert member.post(address, right).status_code in {201, 400}
    row = copies.add(film, by=author, address=f"https://example.org/{Copy.objects.count()}")
    assert member.patch(f"{address}{row.pk}/", change).status_code in {200, 400}


@fuzz
@given(
    watch=mapping("phrase", "place", "language", "by_mail", "is_active"),
    right=mapping("place", "language", phrase="deep wells"),
    change=mapping("phrase", "place", "language", "by_mail", "is_active"),
    seen=mapping("until"),
)
def test_no_body_of_a_watch_is_a_fault(
    member: Caller, author: User, watch: Any, right: Any, change: Any, seen: Any
):
    PhraseWatch.objects.all().delete()
    assert member.post("watches/", watch).status_code in {201, 400}
    assert member.post("watches/", right).status_code in {201, 400}
    row = PhraseWatch.objects.first() or watches.create(by=author, phrase="rivers")
    assert member.patch(f"watches/{row.pk}/", change).status_code in {200, 400}
    assert member.post(f"watches/{row.pk}/seen/", seen).status_code in {200, 400}


@fuzz
@given(
    address=st.one_of(mapping("url"), st.builds(lambda text: {"url": text}, TEXTS)),
    followed=mapping(
        "url", "interval_hours", "start", "words", "words_not", "shortest_ms", "longest_ms",
        url="@QuietRivers",
    ),
)  # fmt: skip
def test_no_address_to_fetch_or_to_follow_is_a_fault(member: Caller, address: Any, followed: Any):
    assert member.post("imports/", address).status_code in {202, 400}
    assert member.post("subscriptions/", followed).status_code in {201, 400}


@fuzz
@given(body=st.binary(max_size=200))
def test_no_bytes_are_a_fault(member: Caller, body: bytes):
    assert member.post("claims/", body).status_code in {400, 201}
    for media_type in ("text/plain", "text/markdown; charset=base64", "application/json"):
        response = member.post("videos/", body, Content_Type=media_type)
        assert response.status_code in {200, 201, 400}
