"""Searches that members keep."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from catalogue import searches
from catalogue.models import SavedSearch
from tests.makers import make_video
from tests.pages import queries, read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("q=river", "q=river"),
        ("?q=+river+&cursor=abc&view=list&utm=x", "q=river"),
        ("https://films.example/?tag=b&tag=a&sort=views", "tag=a&tag=b&sort=views"),
        ("claims=accurate&year=2021&q=", "year=2021&claims=accurate"),
        ("q=what%3F", "q=what%3F"),
        ("q=what?", "q=what%3F"),
    ],
)
def test_a_query_is_kept_in_one_spelling(given: str, kept: str):
    assert searches.clean_query(given) == kept
    assert searches.clean_query(kept) == kept


@pytest.mark.parametrize(
    "wrong", ["", "sort=views", "nothing", "year=soon", "claims=loud", "q=%00", "q=" + "a" * 20_000]
)
def test_what_asks_for_nothing_or_is_not_understood_is_refused(author: User, wrong: str):
    with pytest.raises(ValidationError) as refused:
        searches.create(by=author, name="Rivers", query=wrong)
    assert list(refused.value.error_dict) == ["query"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "\0", "rivers", "RIVERS "])
def test_a_name_is_one_line_and_ones_own_once(author: User, stranger: User, name: str):
    searches.create(by=author, name=" Rivers ", query="q=river")
    other = searches.create(by=author, name="Dams", query="q=dam")
    with pytest.raises(ValidationError) as refused:
        searches.create(by=author, name=name, query="q=otter")
    assert list(refused.value.error_dict) == ["name"]
    with pytest.raises(ValidationError):
        searches.rename(other, by=author, name=name)
    # Others may call theirs so.
    searches.create(by=stranger, name="rivers", query="q=river")


def test_there_are_so_many_and_no_more(author: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searches, "PER_MEMBER_MAX", 1)
    searches.create(by=author, name="Rivers", query="q=river")
    with pytest.raises(ValidationError):
        searches.create(by=author, name="Dams", query="q=dam")


def test_another_cannot_rename_or_remove_it(author: User, stranger: User):
    row = searches.create(by=author, name="Rivers", query="q=river")
    with pytest.raises(SavedSearch.DoesNotExist):
        searches.rename(row, by=stranger, name="Mine")
    searches.remove(row, by=stranger)
    assert SavedSearch.objects.get().name == "Rivers"


# --- Pages ----------------------------------------------------------------------------


def test_a_search_is_saved_where_it_is_made_and_found_again(client: Client, author: User):
    make_video(title="The Moved River", category="History")
    assert "Save this search" not in read(client, "/", q="river")
    client.force_login(author)
    assert "Save this search" not in read(client, "/")
    text = read(client, "/", q="river", category="History")
    assert "Save this search" in text
    assert 'value="q=river&amp;category=History"' in text
    answer = client.post("/searches/", {"name": "Old rivers", "query": "q=river&category=History"})
    assert answer.headers["Location"] == "/?q=river&category=History"
    assert 'href="/?q=river&amp;category=History"' in read(client, "/")
    assert "Old rivers" in read(client, "/searches/")


def test_what_is_wrong_is_said_and_the_name_can_be_typed_anew(client: Client, author: User):
    searches.create(by=author, name="Rivers", query="q=river")
    client.force_login(author)
    text = client.post("/searches/", {"name": "rivers", "query": "q=dam"}).content.decode()
    assert "You have a search of this name already." in text
    assert 'name="query" value="q=dam"' in text
    text = client.post("/searches/", {"name": "All", "query": ""}).content.decode()
    assert "Search for something first" in text


def test_a_search_is_renamed_and_deleted_by_its_owner_alone(
    client: Client, author: User, stranger: User
):
    row = searches.create(by=author, name="Rivers", query="q=river")
    rename, delete = f"/searches/{row.pk}/rename/", f"/searches/{row.pk}/delete/"
    assert client.get("/searches/").status_code == 302
    client.force_login(stranger)
    assert "Rivers" not in read(client, "/searches/")
    assert client.post(rename, {"name": "Mine"}).status_code == 404
    assert client.post(delete).status_code == 404
    client.force_login(author)
    read(client, rename)
    client.post(rename, {"name": "Old rivers"})
    assert "Old rivers" in read(client, "/searches/")
    client.post(delete)
    assert not SavedSearch.objects.exists()


def test_the_catalogue_takes_the_same_queries_for_few_and_many(client: Client, author: User):
    client.force_login(author)
    searches.create(by=author, name="Rivers", query="q=river")
    few = queries(client, "/")
    for number in range(5):
        searches.create(by=author, name=f"Rivers {number}", query=f"q=river{number}")
    assert queries(client, "/") == few
