"""The pages of merges, by role."""

import pytest
from django.test import Client

from accounts.models import User
from annotations import merges
from annotations.models import Claim, Merge, MergeState, State
from tests.makers import make_claim, make_speaker
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(author: User, stranger: User) -> tuple[Claim, Claim]:
    """Return two claims that are one."""
    return (
        make_claim(author=author, statement="The river ran north within a single winter."),
        make_claim(author=stranger),
    )


def test_a_member_proposes_and_everyone_reads_it(
    client: Client, pair: tuple[Claim, Claim], reader: User
):
    source, target = pair
    address = f"{source.get_absolute_url()}merge/"
    assert client.get(address).status_code == 302
    client.force_login(reader)
    text = read(client, address)
    assert target.statement in text
    assert "at once" not in text
    answer = client.post(address, {"chosen": target.pk, "why": "The same river."})
    merge = Merge.objects.get()
    assert (merge.source_id, merge.target_id) == (source.pk, target.pk)
    assert answer["Location"] == f"/merges/{merge.pk}/"
    client.logout()
    for page in ("/merges/", f"/merges/{merge.pk}/", *(one.get_absolute_url() for one in pair)):
        assert "The same river." in read(client, page)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("{source}", "merged into itself"),
        ("999999", "nothing of this number"),
        ("/speakers/{target}/", "nothing of this number"),
        ("what?", "nothing of this number"),
        ("", "nothing of this number"),
    ],
)
def test_what_cannot_be_proposed_is_told_beside_the_field(
    client: Client, pair: tuple[Claim, Claim], reader: User, named: str, said: str
):
    source, target = pair
    client.force_login(reader)
    typed = named.format(source=source.pk, target=target.pk)
    answer = client.post(f"{source.get_absolute_url()}merge/", {"target": typed, "why": ""})
    assert answer.status_code == 200
    check(answer.content.decode())
    assert said in answer.content.decode()
    assert not Merge.objects.exists()


def test_a_moderator_merges_at_once_and_has_to_say_why(
    client: Client, pair: tuple[Claim, Claim], moderator: User
):
    source, target = pair
    client.force_login(moderator)
    address = f"{source.get_absolute_url()}merge/"
    typed = {"target": f"http://testserver{target.get_absolute_url()}", "at_once": "on"}
    assert "Say why." in client.post(address, typed).content.decode()
    client.post(address, typed | {"why": "The same river."})
    assert Merge.objects.get().state == MergeState.DONE


def test_what_is_merged_leads_on_through_chains(
    client: Client, pair: tuple[Claim, Claim], author: User, moderator: User
):
    source, target = pair
    end = make_claim(author=author, statement="Something about the river and the winter.")
    for one, into in ((source, target), (target, end)):
        merges.merge_at_once(one, into, by=moderator, reason="The same.")
    answer = client.get(source.get_absolute_url())
    assert answer.status_code == 301
    assert answer["Location"] == f"{end.get_absolute_url()}?from={source.pk}"
    assert answer["Cache-Control"] == "no-cache"
    assert f"Claim {source.pk} was merged into this one" in read(client, answer["Location"])
    for wrong in (str(end.pk), "x", "9" * 30, "-1"):
        text = client.get(end.get_absolute_url(), {"from": wrong}).content.decode()
        assert "was merged into this one" not in text
    client.force_login(author)
    assert client.get(f"{source.get_absolute_url()}edit/").status_code in {301, 403}


def test_moderators_accept_refuse_and_undo_with_a_reason(
    client: Client, pair: tuple[Claim, Claim], reader: User, moderator: User
):
    merge = merges.propose(*pair, by=reader, why="")
    client.force_login(reader)
    for deed in ("accept", "refuse", "undo"):
        assert client.post(f"/merges/{merge.pk}/{deed}/", {"reason": "x"}).status_code == 403
        assert client.post(f"/merges/{merge.pk}/{deed}/").status_code == 403
    client.force_login(moderator)
    assert "Merge them" in read(client, f"/merges/{merge.pk}/")
    refused = client.post(f"/merges/{merge.pk}/accept/", {"reason": ""})
    assert (refused.status_code, Merge.objects.get().state) == (200, MergeState.PROPOSED)
    client.post(f"/merges/{merge.pk}/accept/", {"reason": "They are one."})
    assert "They are one." in read(client, "/merges/")
    assert "Undo the merge" in read(client, f"/merges/{merge.pk}/")
    again = client.post(f"/merges/{merge.pk}/refuse/", {"reason": "No."})
    assert "decided already" in again.content.decode()
    client.post(f"/merges/{merge.pk}/undo/", {"reason": "They are two."})
    assert client.get(pair[0].get_absolute_url()).status_code == 200
    assert "They are two." in read(client, f"/merges/{merge.pk}/")


def test_who_proposed_it_takes_it_back_on_its_page(
    client: Client, pair: tuple[Claim, Claim], reader: User, moderator: User
):
    merge = merges.propose(*pair, by=reader, why="")
    for user in (None, moderator):
        if user:
            client.force_login(user)
        assert "Take my proposal back" not in read(client, f"/merges/{merge.pk}/")
        client.post(f"/merges/{merge.pk}/withdraw/")
        assert Merge.objects.get().state == MergeState.PROPOSED
    client.force_login(reader)
    assert "Take my proposal back" in read(client, f"/merges/{merge.pk}/")
    answer = client.post(f"/merges/{merge.pk}/withdraw/", follow=True)
    assert "Your proposal is taken back." in answer.content.decode()
    assert "<h1>Taken back</h1>" in read(client, f"/merges/{merge.pk}/")
    twice = client.post(f"/merges/{merge.pk}/withdraw/", follow=True)
    assert "It is decided already: Taken back." in twice.content.decode()


def test_its_author_withdraws_a_merged_claim_from_its_history(
    client: Client, pair: tuple[Claim, Claim], reader: User, moderator: User
):
    source, target = pair
    merges.merge_at_once(source, target, by=moderator, reason="The same.")
    history = f"{source.get_absolute_url()}history/"
    client.force_login(reader)
    assert "Withdraw the claim" not in read(client, history)
    client.force_login(source.author)
    assert f"{source.get_absolute_url()}withdraw/" in read(client, history)
    client.post(f"{source.get_absolute_url()}withdraw/")
    assert client.get(source.get_absolute_url())["Location"].startswith(target.get_absolute_url())
    client.force_login(reader)
    read(client, history, status=410)


def test_hidden_text_stands_on_no_page_of_merges(
    client: Client, pair: tuple[Claim, Claim], reader: User, moderator: User
):
    source, target = pair
    merge = merges.propose(source, target, by=reader, why="")
    Claim.objects.filter(pk=source.pk).update(state=State.HIDDEN)
    for user in (None, moderator):
        if user:
            client.force_login(user)
        for page in ("/merges/", f"/merges/{merge.pk}/", target.get_absolute_url()):
            assert source.statement not in read(client, page)
    answer = client.post(f"/merges/{merge.pk}/accept/", {"reason": "Yes."})
    assert f"Claim {source.pk} is hidden." in answer.content.decode()


def test_the_list_has_open_ones_first_and_a_constant_number_of_queries(
    client: Client, author: User, moderator: User
):
    claims = [make_claim(author=author) for _ in range(6)]
    first = merges.propose(claims[0], claims[1], by=author, why="")
    done = merges.merge_at_once(claims[2], claims[3], by=moderator, reason="Yes.")
    before = queries(client, "/merges/")
    merges.propose(claims[4], claims[5], by=author, why="")
    speakers = [make_speaker(name, author=author) for name in ("One", "Other")]
    merges.propose(*speakers, by=author, why="")
    merges.merge_at_once(claims[3], claims[5], by=moderator, reason="Yes.")
    assert queries(client, "/merges/") <= before + 1
    text = read(client, "/merges/")
    assert text.index(f"/merges/{first.pk}/") < text.index(f"/merges/{done.pk}/")


def test_a_mistyped_cursor_is_told(client: Client):
    assert client.get("/merges/", {"cursor": "nonsense"}).status_code == 400


def test_speakers_are_merged_the_same_way(client: Client, author: User, moderator: User):
    short, whole = (make_speaker(name, author=author) for name in ("Ada Brok", "Ada Brook"))
    client.force_login(moderator)
    address = f"{short.get_absolute_url()}merge/"
    assert "Ada Brook" in read(client, address)
    client.post(address, {"target": f"#{whole.pk}", "why": "A typing error.", "at_once": "on"})
    answer = client.get(short.get_absolute_url())
    assert answer["Location"] == f"{whole.get_absolute_url()}?from={short.pk}"
    assert f"Speaker {short.pk} was merged" in read(client, answer["Location"])
