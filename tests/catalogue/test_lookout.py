"""The pages of watched phrases: the owner's alone, and what everybody sees of them."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalogue import digests, phrases, transcripts, watches
from catalogue.models import PhraseWatch
from catalogue.records.cues import Cue as RecordCue
from tests.makers import make_video
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db


def confirm(member: User) -> None:
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)


def bring(*titles: str) -> None:
    """Bring films in, and sweep."""
    for title in titles:
        make_video(title=title)
    phrases.find_fresh(now=timezone.now())


def typed(**changes: Any) -> dict[str, Any]:
    """Return what a person types into the form."""
    return {"phrase": "Deep Wells", "place": "both", "language": "", **changes}


def test_pages_are_the_owners_alone(client: Client, author: User, stranger: User):
    row = watches.create(by=author, phrase="deep wells")
    own = f"/watches/{row.pk}/"
    pages = ("/watches/", "/watches/new/", own, f"{own}edit/", f"{own}delete/")
    for path in pages:
        assert client.get(path)["Location"].startswith("/accounts/login/")
    client.force_login(stranger)
    assert "deep wells" not in read(client, "/watches/")
    for path in pages[2:]:
        read(client, path, status=404)
    for action in ("edit", "seen", "pause", "delete"):
        assert client.post(f"{own}{action}/", typed()).status_code == 404
    row.refresh_from_db()
    assert (row.phrase, row.is_active) == ("deep wells", True)
    client.force_login(author)
    for path in pages:
        read(client, path)


def test_a_member_watches_for_what_they_searched(client: Client, author: User):
    make_video(title="Deep Wells & Law")
    search = "/?q=%22deep+wells%22"
    assert "Watch for this" not in client.get(search).content.decode()
    client.force_login(author)
    text = client.get(search).content.decode()
    assert 'href="/watches/new/?phrase=%22deep%20wells%22"' in text
    form = read(client, "/watches/new/", phrase='"deep wells"')
    assert 'value="deep wells"' in form
    assert "One film in the catalogue says it already." in form
    assert 'href="/?q=%22deep%20wells%22"' in form
    answer = client.post("/watches/new/", typed(), follow=True)
    check(answer.content.decode())
    row = PhraseWatch.objects.get()
    assert answer.redirect_chain == [(row.get_absolute_url(), 302)]
    assert "Watching from now on. One film" in answer.content.decode()
    assert "No film has come in yet that says it" in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["", "?phrase=", "?phrase=%00", "?phrase=to+be", "?phrase=a&place=x&language=%00",
              "?phrase=" + "x" * 900],
)  # fmt: skip
def test_an_address_that_asks_for_nothing_that_can_be_still_gives_the_form(
    client: Client, author: User, query: str
):
    client.force_login(author)
    check(client.get(f"/watches/new/{query}").content.decode())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"phrase": ""}, "This field is required."),
        ({"phrase": "x"}, "Write at least 2 letters."),
        ({"phrase": "to be or not to be", "place": "titles"}, "so common that search passes over"),
        ({"phrase": "y" * 201}, "at most 200 characters"),
        ({"place": "everywhere"}, "Select a valid choice."),
        ({"language": "English"}, "Write a language as en, fr or pt-BR."),
        ({"by_mail": "on"}, "Confirm your e-mail address first."),
    ],
)
def test_a_refused_watch_is_told_why_and_nothing_typed_is_lost(
    client: Client, author: User, changes: dict[str, str], reason: str
):
    client.force_login(author)
    other = watches.create(by=author, phrase="rivers")
    for path in ("/watches/new/", f"/watches/{other.pk}/edit/"):
        sent = typed(**changes)
        answer = client.post(path, sent)
        text = answer.content.decode()
        check(text)
        assert answer.status_code == 200
        assert reason in text
        assert f'value="{sent["phrase"]}"' in text or not sent["phrase"]
    assert PhraseWatch.objects.get().phrase == "rivers"


def test_what_was_found_is_shown_with_its_line_and_second(client: Client, author: User):
    row = watches.create(by=author, phrase="wells")
    video = make_video(title="Wells & Law")
    cues = [
        RecordCue(0, 900, "one"),
        *(RecordCue(n, n + 1, "wells & <law>") for n in (63_500, 70_000)),
    ]
    transcripts.store(video, language="en", cues=cues)
    bring("Deep Wells")
    client.force_login(author)
    text = read(client, row.get_absolute_url())
    for part in (
        f'href="{video.get_absolute_url()}?t=63.5&amp;transcript=en"', "1:03</a>",
        "wells &amp; &lt;law&gt;", "Wells &amp; Law", "in the title", "in 2 lines", "Deep Wells",
        f'href="{video.get_absolute_url()}?find=%22wells%22&amp;transcript=en#transcript"',
    ):  # fmt: skip
        assert part in text, part
    assert text.count('class="is-new"') == 2


def test_what_was_found_stays_new_until_a_button_is_pressed(client: Client, author: User):
    row = watches.create(by=author, phrase="wells")
    bring("Wells one")
    client.force_login(author)
    for _again in range(2):
        assert "Mark all as seen" in read(client, row.get_absolute_url())
    newest = row.matches.get().pk
    bring("Wells two")
    client.post(f"{row.get_absolute_url()}seen/", {"until": str(newest)})
    text = read(client, row.get_absolute_url())
    assert text.count('class="is-new"') == 1
    for until in ("", "x", "9" * 30):
        client.post(f"{row.get_absolute_url()}seen/", {"until": until})
        assert "Mark all as seen" not in read(client, row.get_absolute_url())
    assert client.get(f"{row.get_absolute_url()}seen/").status_code == 405


def test_every_page_tells_its_member_how_many_are_new_at_one_query(
    client: Client, author: User, stranger: User
):
    for phrase in ("wells", "deep"):
        watches.create(by=author, phrase=phrase)
    client.force_login(author)
    assert "pill-new" not in read(client, "/tags/")
    none = queries(client, "/tags/")
    bring("Deep wells", "Wells")
    text = read(client, "/tags/")
    assert '<span class="pill pill-new">3<span class="vh"> new</span></span>' in text
    assert "your account, new films for you" in text
    assert queries(client, "/tags/") == none
    bring(*(f"Wells {number}" for number in range(100)))
    assert "99+" in read(client, "/tags/")
    client.force_login(stranger)
    assert "pill-new" not in read(client, "/tags/")


def test_a_watch_is_paused_goes_on_is_edited_and_deleted(client: Client, author: User):
    confirm(author)
    row = watches.create(by=author, phrase="wells")
    client.force_login(author)
    client.post(f"/watches/{row.pk}/pause/")
    assert "<strong>paused</strong>" in read(client, "/watches/")
    client.post(f"/watches/{row.pk}/pause/", {"on": "1"})
    assert "<strong>paused</strong>" not in read(client, "/watches/")
    answer = client.post(f"/watches/{row.pk}/edit/", typed(by_mail="on", language="fr"))
    assert answer["Location"] == row.get_absolute_url()
    row.refresh_from_db()
    assert (row.phrase, row.language, row.by_mail) == ("Deep Wells", "fr", True)
    assert "“Deep Wells”" in read(client, f"/watches/{row.pk}/delete/")
    client.post(f"/watches/{row.pk}/delete/")
    assert not PhraseWatch.objects.exists()


def test_the_link_in_a_letter_asks_before_it_stops_and_needs_no_signing_in(
    client: Client, author: User
):
    confirm(author)
    row = watches.create(by=author, phrase="wells", by_mail=True)
    path = f"/watches/stop/{digests.stop_token(author.pk)}/"
    assert "Stop all letters" in read(client, path)
    own = PhraseWatch.objects.filter(pk=row.pk)
    assert own.get().by_mail
    # A mail program posts by itself, without a token against forgery.
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path, {"List-Unsubscribe": "One-Click"})
    check(answer.content.decode())
    assert "No more letters" in answer.content.decode()
    assert not own.get().by_mail
    for wrong in ("x", f"{author.pk}:x", "999:y"):
        read(client, f"/watches/stop/{wrong}/", status=404)


def test_lists_cost_the_same_for_few_and_many(client: Client, author: User):
    row = watches.create(by=author, phrase="wells")
    client.force_login(author)
    bring("Wells")
    few = [queries(client, path) for path in ("/watches/", row.get_absolute_url())]
    for number in range(20):
        watches.create(by=author, phrase=f"wells {number}")
    bring(*(f"Wells {number}" for number in range(40)))
    assert [queries(client, path) for path in ("/watches/", row.get_absolute_url())] == few
    text = read(client, row.get_absolute_url())
    assert text.count('class="is-new"') == 30
    assert 'rel="next"' in text
    assert client.get(row.get_absolute_url(), {"cursor": "x"}).status_code == 302
