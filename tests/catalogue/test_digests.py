"""Letters about watched phrases, handed to a real mail server on loopback."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.core.signing import BadSignature
from django.utils import timezone, translation
from django.utils.translation import gettext
from pytest_django.fixtures import Settings

from accounts.models import User
from catalogue import digests, phrases, tasks, transcripts, watches
from catalogue.models import PhraseMatch, PhraseWatch
from catalogue.records.cues import Cue as RecordCue
from tests import smtp_server
from tests.makers import make_user, make_video
from tests.racing import race
from tests.smtp_server import Postbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def postbox(settings: Settings) -> Iterator[Postbox]:
    with smtp_server.running() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.SITE_URL = "https://films.example"
        yield box


def make_member(name: str, phrase: str = "wells", *, verified: bool = True) -> PhraseWatch:
    """Store a member who watches for a phrase, by mail."""
    member = make_user(name)
    address = EmailAddress.objects.create(
        user=member, email=member.email, verified=True, primary=True
    )
    row = watches.create(by=member, phrase=phrase, by_mail=True)
    EmailAddress.objects.filter(pk=address.pk).update(verified=verified)
    return row


def bring(*titles: str) -> None:
    for title in titles:
        make_video(title=title)
    phrases.find_fresh(now=timezone.now())


def send() -> int:
    return digests.send_due(now=timezone.now())


def text_of(letter: Message) -> str:
    payload = letter.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_one_letter_tells_all_that_was_found_with_links_and_one_to_stop(postbox: Postbox):
    row = make_member("mara")
    other = watches.create(by=row.owner, phrase="deep sea", by_mail=True)
    video = make_video(platform_id="swje6NSdkfk", title="Wells & “Law” <b>")
    cues = [RecordCue(63_500, 64_000, "the wells ran dry")]
    transcripts.store(video, language="en", cues=cues)
    bring("Deep Sea Wells")
    assert send() == 1
    ((to, letter),) = postbox.letters
    assert to == "mara@example.org"
    assert letter["Subject"] == "2 new films say what you watch for"
    text = text_of(letter)
    for part in (
        "“wells”",
        f"https://films.example/watches/{row.pk}/",
        "Wells & “Law” <b>",
        "1:03  the wells ran dry",
        "https://films.example/videos/youtube/swje6NSdkfk/?t=63.5&transcript=en",
        "“deep sea”",
        f"https://films.example/watches/{other.pk}/",
    ):
        assert part in text, part
    stop = str(letter["List-Unsubscribe"]).strip().strip("<>")
    assert stop in text
    assert stop.startswith("https://films.example/watches/stop/")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert PhraseMatch.objects.filter(told_at__isnull=False, mail_due_at=None).count() == 3


def test_nothing_is_written_about_twice_and_only_what_is_new_is_written_about(postbox: Postbox):
    make_member("mara")
    bring("Wells one")
    assert send() == 1
    assert send() == 0
    bring("Wells two")
    assert send() == 1
    assert "Wells one" not in text_of(postbox.letters[1][1])


def test_a_long_letter_names_thirty_and_the_number_of_the_others(postbox: Postbox):
    make_member("mara")
    bring(*(f"Wells {number}" for number in range(40)))
    send()
    text = text_of(postbox.letters[0][1])
    assert text.count("https://films.example/videos/") == 30
    assert "And 10 more: https://films.example/watches/" in text


def test_nothing_is_lost_while_the_mail_server_is_away(settings: Settings, postbox: Postbox):
    make_member("mara")
    bring("Wells")
    settings.EMAIL_PORT = 1
    assert send() == 0
    assert PhraseMatch.objects.filter(told_at=None, mail_due_at__isnull=False).count() == 1
    settings.EMAIL_PORT = postbox.port
    assert send() == 1
    assert PhraseMatch.objects.filter(told_at__isnull=False).count() == 1


def test_a_mailbox_that_refuses_waits_a_day_and_the_others_get_theirs(postbox: Postbox):
    for name in ("one", "two", "three"):
        make_member(name)
    bring("Wells")
    postbox.refused = {"one@example.org": 550, "two@example.org": 450}
    assert send() == 1
    assert postbox.recipients == ["three@example.org"]
    postbox.refused = {}
    # For now, only who was asked for patience.
    assert send() == 1
    assert postbox.recipients[1:] == ["two@example.org"]
    later = timezone.now() + timedelta(days=1, minutes=1)
    assert digests.send_due(now=later) == 1
    assert postbox.recipients[2:] == ["one@example.org"]


def test_letters_go_to_confirmed_addresses_of_members_who_are_here(postbox: Postbox):
    make_member("unconfirmed", verified=False)
    gone = make_member("gone").owner
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    seen = make_member("seen")
    member = make_member("mara").owner
    EmailAddress.objects.create(user=member, email="old@example.org", verified=True)
    bring("Wells")
    watches.mark_seen(seen, by=seen.owner)
    assert send() == 1
    assert postbox.recipients == ["mara@example.org"]


def test_who_does_not_want_letters_gets_none(postbox: Postbox):
    row = make_member("mara")
    watches.edit(row, by=row.owner, by_mail=False)
    bring("Wells")
    assert (send(), postbox.letters) == (0, [])


def test_the_link_stops_all_letters_of_its_member_alone():
    one, two = make_member("one"), make_member("two")
    bring("Wells")
    token = digests.stop_token(one.owner_id)
    assert digests.owner_of(token) == one.owner
    assert watches.stop_mail(digests.owner_of(token)) == 1
    assert watches.stop_mail(one.owner) == 0
    due = PhraseMatch.objects.filter(mail_due_at__isnull=False)
    assert [match.watch for match in due] == [two]
    for wrong in ("", "1", f"{two.owner_id}:{token.partition(':')[2]}", token[:-1]):
        with pytest.raises(BadSignature):
            digests.owner_of(wrong)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_one_letter(postbox: Postbox):
    make_member("mara")
    bring("Wells")
    race(*[partial(digests.send_due, now=timezone.now())] * 3)
    assert postbox.recipients == ["mara@example.org"]


def test_a_sweep_without_anything_due_costs_one_query(author: User, django_assert_num_queries):
    watches.create(by=author, phrase="wells")
    bring("Wells")
    with django_assert_num_queries(1):
        assert send() == 0


def test_beat_s_tasks_find_and_write(postbox: Postbox):
    make_member("mara")
    for number in range(3):
        make_video(title=f"Wells {number}")
    assert tasks.find_phrases() == 3
    assert tasks.find_phrases() == 0
    assert tasks.send_digests() == 1
    assert tasks.send_digests() == 0


def test_a_letter_is_in_the_language_of_its_reader(postbox: Postbox):
    row = make_member("amina")
    User.objects.filter(pk=row.owner_id).update(language="fr")
    make_member("mara")
    bring("The wells")
    assert send() == 2
    assert translation.get_language() == "en"
    told = {to: text_of(letter) for to, letter in postbox.letters}
    with translation.override("fr"):
        words = gettext("You asked for these letters. To stop them all:")
    assert words in told["amina@example.org"]
    assert "You asked for these letters. To stop them all:" in told["mara@example.org"]
