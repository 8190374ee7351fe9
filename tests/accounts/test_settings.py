"""A member's settings: their pages, what is refused, and who is meant."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import settings
from accounts.models import User
from tests.makers import make_user
from tests.pages import queries, read

pytestmark = pytest.mark.django_db

PROFILE, DISPLAY = "/accounts/settings/profile/", "/accounts/settings/display/"
PAGES = (PROFILE, DISPLAY, "/accounts/settings/data/", "/accounts/settings/leave/")


@pytest.mark.parametrize("page", [*PAGES, "/accounts/sessions/", "/accounts/2fa/"])
def test_settings_are_for_who_is_signed_in(client: Client, reader: User, page: str):
    response = client.get(page)
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/accounts/login/?next={page}",
    )
    client.force_login(reader)
    text = read(client, page)
    assert 'aria-current="page"' in text or page.endswith("/leave/")
    assert 'content="noindex"' in text


def test_the_way_in_leads_to_the_profile(client: Client):
    assert client.get("/accounts/settings/").headers["Location"] == PROFILE


@pytest.mark.parametrize(("page", "most"), [(PROFILE, 6), (DISPLAY, 6)])
def test_settings_pages_take_few_queries(client: Client, reader: User, page: str, most: int):
    client.force_login(reader)
    assert queries(client, page) <= most


def test_a_member_says_who_they_are(client: Client, reader: User):
    client.force_login(reader)
    about = "I film rivers.\r\nhttps://rivers.example/ <script>alert(1)</script>"
    response = client.post(
        PROFILE, {"display_name": "  Ana   Ruiz ", "about": about, "shows_presence": "on"}
    )
    assert (response.status_code, response.headers["Location"]) == (302, PROFILE)
    reader.refresh_from_db()
    assert (reader.display_name, reader.shows_presence) == ("Ana Ruiz", True)
    assert reader.get_full_name() == "Ana Ruiz"
    text = read(client, PROFILE)
    assert "Your settings are stored." in text
    assert '<a href="https://rivers.example/" rel="nofollow">' in text
    assert "&lt;script&gt;" in text
    text = read(Client(), "/people/reader/")
    assert "Ana Ruiz" in text
    assert '<a href="https://rivers.example/" rel="nofollow">' in text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"display_name": "AUTHOR"}, "display_name"),
        ({"display_name": "a\u202eb"}, "display_name"),
        ({"display_name": "a\0b"}, "display_name"),
        ({"display_name": "x" * 61}, "display_name"),
        ({"about": "x" * 501}, "about"),
        ({"about": "a\u2066b"}, "about"),
        ({"language": "tlh"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"theme": "pink"}, "theme"),
    ],
)
def test_what_is_no_good_setting_is_refused_and_nothing_is_stored(
    author: User, reader: User, values: dict[str, str], field: str
):
    with pytest.raises(ValidationError) as caught:
        settings.change(by=reader, shows_presence=True, **values)
    assert list(caught.value.error_dict) == [field]
    assert not reader.shows_presence
    reader.refresh_from_db()
    assert (reader.display_name, reader.shows_presence) == ("", False)


def test_ones_own_user_name_and_the_letters_of_all_scripts_are_good_names(reader: User):
    for name in ("reader", "سارة الأحمد", "Łukasz", "नि\u200dता", ""):
        settings.change(by=reader, display_name=name)
        reader.refresh_from_db()
        assert reader.display_name == name


def test_a_refused_form_shows_what_was_typed_and_the_page_who_one_is(
    client: Client, author: User, reader: User
):
    client.force_login(reader)
    response = client.post(PROFILE, {"display_name": "Author", "about": "Still here"})
    text = response.content.decode()
    assert "another member" in text
    assert "Still here" in text
    assert "As others see it" not in text


def test_a_member_chooses_language_zone_and_theme(client: Client, reader: User):
    client.force_login(reader)
    text = read(client, DISPLAY)
    assert '<option value="America/Argentina/Buenos_Aires">Argentina/Buenos Aires</option>' in text
    client.post(DISPLAY, {"language": "fr", "time_zone": "Asia/Kathmandu", "theme": "dark"})
    reader.refresh_from_db()
    assert (reader.language, reader.time_zone) == ("fr", "Asia/Kathmandu")
    text = read(client, DISPLAY)
    assert '<html lang="fr" dir="ltr" data-theme="dark">' in text
    assert "Asia/Kathmandu" in text


def test_a_visitor_is_served_no_theme(client: Client):
    assert '<html lang="en" dir="ltr">' in read(client, "/claims/")


def test_times_are_told_in_the_members_zone_and_in_nobody_elses(client: Client, reader: User):
    User.objects.filter(pk=reader.pk).update(time_zone="Asia/Kathmandu")
    client.post("/accounts/login/", {"login": "reader", "password": "a long enough pass phrase"})
    assert "+0545" in read(client, "/accounts/sessions/")
    other = Client()
    make_user("somebody")
    other.post("/accounts/login/", {"login": "somebody", "password": "a long enough pass phrase"})
    assert " UTC" in read(other, "/accounts/sessions/")


def test_nobody_sets_anything_of_another(client: Client, reader: User, stranger: User):
    client.force_login(stranger)
    client.post(PROFILE, {"display_name": "Mine", "pk": reader.pk, "username": "reader"})
    reader.refresh_from_db()
    stranger.refresh_from_db()
    assert (reader.display_name, stranger.display_name) == ("", "Mine")
    assert stranger.username == "stranger"


def test_who_signs_up_keeps_the_language_of_the_page(client: Client):
    client.post(
        "/accounts/signup/",
        {"email": "new@example.org", "username": "newcomer", "password1": "a long river, moved"},
        headers={"accept-language": "es"},
    )
    assert User.objects.get(username="newcomer").language == "es"


def test_nobody_signs_up_as_one_who_left(client: Client):
    response = client.post(
        "/accounts/signup/",
        {
            "email": "a@example.org",
            "username": "Former-Member-1",
            "password1": "a long river, moved",
        },
    )
    assert "kept for members who left" in response.content.decode()
    assert not User.objects.exists()
