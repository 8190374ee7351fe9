"""All pages: who looks at what, and what is done there before it is looked at.

One list for the checks of every page and for `script/screenshots`. A new page gets a line
here, or its name goes to NOT_PAGES with what it is instead; `test_places` tells if it has neither.
Names in braces are those of `stage`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page

# Who looks at pages; `stage` makes them. The guest came by a link, and never chose a password.
VISITOR = ""
MEMBER, MODERATOR, NEWCOMER, OPERATOR = "mira-lund", "warden-oak", "new-here", "keeper-ash"
GUEST = "came-by-link"
SECURED = "asks-for-codes"


@dataclass(frozen=True)
class Place:
    """One page in one state. `name` names its picture."""

    name: str
    path: str
    by: str = VISITOR
    then: Callable[[Page], None] | None = None
    status: int = 200
    is_main: bool = False

    def at(self, names: Mapping[str, object]) -> str:
        return self.path.format_map(names)


# --- What is done on a page -------------------------------------------------------------


def send(page: Page) -> None:
    """Send the page's own form as it is, so that it tells what is missing."""
    page.locator("main form[method=post] [type=submit]").first.click()
    page.wait_for_load_state()


def send_stale(page: Page) -> None:
    """Send the form as somebody would who opened it before the last edit."""
    page.locator("input[name$=version]").first.evaluate("field => { field.value = 1; }")
    page.locator("main form[method=post] textarea").first.fill("Something else was typed here.")
    send(page)


def open_all(page: Page) -> None:
    """Open everything that folds, the menu of the account too."""
    page.locator("details:not([open])").evaluate_all(
        "all => { for (const one of all) one.open = true; }"
    )


def press(name: str) -> Callable[[Page], None]:
    def pressed(page: Page) -> None:
        page.get_by_role("main").get_by_role("button", name=name).first.click()
        page.wait_for_load_state()

    return pressed


def show_keys(page: Page) -> None:
    page.keyboard.press("?")


def rehearse(page: Page) -> None:
    """Ask what an upload of a good and a bad record would do."""
    good = b"""---
title: "Otters"
vid_id: "upload00001"
date: "2022-02-01T13:20:51+03:00"
---
Text.
"""
    files: list[FilePayload] = [
        {"name": "good.md", "mimeType": "text/markdown", "buffer": good},
        {"name": "bad.md", "mimeType": "text/markdown", "buffer": b"no record"},
    ]
    page.get_by_label("Record files").set_input_files(files)
    page.get_by_label("Only tell what would happen").check()
    press("Upload")(page)
    # A script sends it, and shows what came of it.
    page.get_by_role("link", name="Back to the upload").wait_for()


def make_token(page: Page) -> None:
    page.get_by_label("Name").fill("for a script")
    press("Make the token")(page)


def pass_for_another(page: Page) -> None:
    """Ask for a public name that is another member's."""
    page.locator("input[name=display_name]").fill(MODERATOR)
    send(page)


# --- The pages --------------------------------------------------------------------------

RICH = "/videos/youtube/aaaaaaaaaaa/"
CLIP = "/videos/sample/tern-island-in-ninety-seconds/"
PLACES: tuple[Place, ...] = (
    Place("catalogue", "/", is_main=True),
    Place("catalogue-facets", "/?tag={tag}&sort=views", then=open_all),
    Place("search", "/?q=water", is_main=True),
    Place("nothing-found", "/?q=xyzzy"),
    Place("bad-query", "/?sort=wrong", status=400),
    Place("watch", "/videos/sample/the-vanishing-aquifer/", is_main=True),
    Place("watch-arabic", "/videos/sample/tareeq-al-milh/"),
    Place("watch-youtube", "/videos/youtube/swje6NSdkfk/"),
    Place("watch-rich", RICH, MEMBER, open_all, is_main=True),
    Place("watch-rich-moderator", RICH, MODERATOR),
    Place("watch-keys", f"{CLIP}?t=12", then=show_keys),
    Place("watch-plays", f"{CLIP}?t=12", MEMBER, is_main=True),
    Place("watch-found", f"{CLIP}?find=island"),
    Place("watch-choosing-lines", f"{CLIP}?pick=on", MEMBER),
    Place("watch-lost", "/videos/youtube/bbbbbbbbbbb/", is_main=True),
    Place("watch-lost-for-good", "/videos/youtube/ccccccccccc/"),
    Place("watch-bare", "/videos/vimeo/1/", MEMBER),
    Place("film-history", f"{RICH}history/"),
    Place("film-anchors", "/videos/youtube/{moved_film}/anchors/", MEMBER),
    Place("mark", f"{CLIP}claims/new/?t=12", MEMBER, is_main=True),
    Place("mark-errors", f"{CLIP}claims/new/?t=12", MEMBER, send),
    Place("note-edit", f"{RICH}note/", MEMBER),
    Place("note-edit-stale", f"{RICH}note/", MEMBER, send_stale),
    Place("copy-new", f"{RICH}copies/new/", MEMBER),
    Place("copy-new-errors", f"{RICH}copies/new/", MEMBER, send),
    Place("copy-edit", "/copies/{copy}/edit/", MEMBER),
    Place("copy-withdraw", "/copies/{copy}/withdraw/", MEMBER),
    Place("transcript-new", f"{RICH}transcripts/new/", MEMBER),
    Place("transcript-new-errors", f"{RICH}transcripts/new/", MEMBER, send),
    Place("claims", "/claims/", is_main=True),
    Place("claims-none", "/claims/?q=xyzzy"),
    Place("claim", "/claims/{claim}/", is_main=True),
    Place("claim-own", "/claims/{claim}/", MEMBER, open_all),
    Place("claim-newcomer", "/claims/{claim}/", NEWCOMER, is_main=True),
    Place("claim-moderator", "/claims/{others}/", MODERATOR, open_all),
    Place("claim-stated", "/claims/?state=accurate"),
    Place("claim-bare", "/claims/{bare}/", MEMBER),
    Place("claim-past", "/claims/{claim}/?at=2020-01-01", status=404),
    Place("claim-history", "/claims/{claim}/history/"),
    Place("claim-history-own", "/claims/{claim}/history/", MEMBER, open_all),
    Place("claim-hidden", "/claims/{hidden}/", status=410),
    Place("claim-hidden-own", "/claims/{hidden}/", MEMBER),
    Place("claim-locked", "/claims/{locked}/", NEWCOMER),
    Place("claim-withdrawn", "/claims/{withdrawn}/", MEMBER, status=410),
    Place("claim-edit", "/claims/{claim}/edit/", MEMBER),
    Place("claim-edit-stale", "/claims/{claim}/edit/", MEMBER, send_stale),
    Place("claim-withdraw", "/claims/{claim}/withdraw/", MEMBER),
    Place("claim-merge", "/claims/{claim}/merge/", MEMBER),
    Place("claim-merge-errors", "/claims/{claim}/merge/", MEMBER, send),
    Place("evidence-new", "/claims/{claim}/evidence/new/", MEMBER),
    Place("evidence-new-errors", "/claims/{claim}/evidence/new/", MEMBER, send),
    Place("evidence-edit", "/evidence/{card}/edit/", MEMBER),
    Place("evidence-edit-stale", "/evidence/{card}/edit/", MEMBER, send_stale),
    Place("evidence-history", "/evidence/{card}/history/"),
    Place("evidence-withdraw", "/evidence/{card}/withdraw/", MEMBER),
    Place("comment-new", "/claims/{claim}/comments/new/?answer={comment}", MEMBER),
    Place("comment-edit", "/comments/{comment}/edit/", MEMBER),
    Place("comment-withdraw", "/comments/{comment}/withdraw/", MEMBER),
    Place("comment-history", "/comments/{comment}/history/"),
    Place("moment-new", "/claims/{claim}/occurrences/new/", MEMBER),
    Place("moment-speaker", "/occurrences/{moment}/speaker/", MEMBER),
    Place("speakers", "/speakers/"),
    Place("speaker", "/speakers/{speaker}/", MEMBER),
    Place("speaker-edit", "/speakers/{speaker}/edit/", MEMBER),
    Place("speaker-merge", "/speakers/{speaker}/merge/", MEMBER),
    Place("speaker-history", "/speakers/{speaker}/history/"),
    Place("merges", "/merges/", MODERATOR),
    Place("merge", "/merges/{merge}/", MODERATOR),
    Place("changes", "/changes/", MEMBER, is_main=True),
    Place("mentions", "/mentions/", MEMBER),
    Place("mentions-none", "/mentions/", NEWCOMER),
    Place("anchors", "/anchors/", MEMBER),
    Place("anchor-place", "/anchors/{proposal}/place/", MEMBER),
    Place("flag", "/flags/new/?thing=claim&id={others}", MEMBER),
    Place("flag-errors", "/flags/new/?thing=claim&id={others}", MEMBER, send),
    Place("moderation", "/moderation/", MODERATOR, is_main=True),
    Place("moderation-refused", "/moderation/", MEMBER, status=403),
    Place("moderation-log", "/moderation/log/"),
    Place("moderation-record", "/moderation/claim/{others}/", MODERATOR),
    Place("method", "/about/method/"),
    Place("channels", "/channels/"),
    Place("channel", "/channels/{channel}/x/"),
    Place("tags", "/tags/"),
    Place("tag", "/tags/{tag}/"),
    Place("imports", "/imports/", MEMBER),
    Place("imports-visitor", "/imports/"),
    Place("imports-errors", "/imports/", MEMBER, send),
    Place("import-rehearsal", "/imports/", MEMBER, rehearse),
    Place("import-addresses", "/imports/addresses/", MEMBER),
    Place("import", "/imports/{run}/", MEMBER),
    Place("import-undone", "/imports/{undone}/", MEMBER),
    Place("import-undo", "/imports/{run}/undo/", MEMBER),
    Place("import-undo-told", "/imports/{run}/undo/", MEMBER, press("Only tell")),
    Place("subscriptions", "/subscriptions/", MEMBER, open_all),
    Place("subscriptions-none", "/subscriptions/", NEWCOMER),
    Place("subscription-delete", "/subscriptions/{subscription}/delete/", MEMBER),
    Place("watches", "/watches/", MEMBER),
    Place("watches-none", "/watches/", NEWCOMER),
    Place("watch-phrase", "/watches/{watch}/", MEMBER),
    Place("watch-phrase-new", "/watches/new/", MEMBER),
    Place("watch-phrase-edit", "/watches/{watch}/edit/", MEMBER),
    Place("watch-phrase-delete", "/watches/{watch}/delete/", MEMBER),
    Place("watch-phrase-stop", "/watches/stop/not-a-token/", status=404),
    Place("tokens", "/accounts/tokens/", MEMBER),
    Place("tokens-made", "/accounts/tokens/", NEWCOMER, make_token),
    Place("settings-profile", "/accounts/settings/profile/", MEMBER, is_main=True),
    Place("settings-display", "/accounts/settings/display/", MEMBER),
    Place("settings-data", "/accounts/settings/data/", MEMBER),
    Place("settings-leave", "/accounts/settings/leave/", MEMBER),
    Place("settings-leave-errors", "/accounts/settings/leave/", MEMBER, send),
    Place("sessions", "/accounts/sessions/", MEMBER),
    Place("second-step", "/accounts/2fa/", MEMBER),
    Place("settings-profile-errors", "/accounts/settings/profile/", MEMBER, pass_for_another),
    Place("second-step-on", "/accounts/2fa/", SECURED),
    Place("second-step-activate", "/accounts/2fa/totp/activate/", MEMBER),
    Place("second-step-end", "/accounts/2fa/totp/deactivate/", SECURED),
    Place("second-step-codes", "/accounts/2fa/recovery-codes/", SECURED),
    Place("second-step-new-codes", "/accounts/2fa/recovery-codes/generate/", SECURED),
    Place("second-step-again", "/accounts/2fa/reauthenticate/", SECURED),
    Place("person", f"/people/{MEMBER}/", is_main=True),
    Place("searches", "/searches/", MEMBER),
    Place("searches-none", "/searches/", NEWCOMER),
    Place("search-rename", "/searches/{search}/rename/", MEMBER),
    Place("channel-note-new", "/channels/{channel}/notes/new/", MEMBER),
    Place("channel-note-errors", "/channels/{channel}/notes/new/", MEMBER, send),
    Place("channel-note-edit", "/disclosures/{disclosure}/edit/", MEMBER),
    Place("channel-note-withdraw", "/disclosures/{disclosure}/withdraw/", MEMBER),
    Place("channel-note-history", "/disclosures/{disclosure}/history/"),
    Place("sign-in", "/accounts/login/", is_main=True),
    Place("sign-up", "/accounts/signup/"),
    Place("sign-up-errors", "/accounts/signup/", then=send),
    Place("sign-out", "/accounts/logout/", MEMBER),
    Place("inactive", "/accounts/inactive/"),
    Place("reauthenticate", "/accounts/reauthenticate/", MEMBER),
    Place("email", "/accounts/email/", MEMBER),
    Place("email-sent", "/accounts/confirm-email/"),
    Place("email-confirm", "/accounts/confirm-email/{confirmation}/"),
    Place("password-change", "/accounts/password/change/", MEMBER),
    Place("password-set", "/accounts/password/set/", GUEST),
    Place("password-reset", "/accounts/password/reset/"),
    Place("password-reset-sent", "/accounts/password/reset/done/"),
    Place("password-reset-key", "/accounts/password/reset/key/{reset}/"),
    Place("password-reset-done", "/accounts/password/reset/key/done/"),
    Place("api-docs", "/api/v1/docs/"),
    Place("refresh", "/admin/refresh/", OPERATOR),
    Place("not-found", "/nowhere/", status=404),
)

# What answers at these addresses instead of a page.
NOT_PAGES: dict[str, str] = {
    **dict.fromkeys(("healthz", "readyz", "metrics"), "for machines"),
    **dict.fromkeys(
        (
            "refresh-find-loads", "annotations:anchor-accept", "annotations:anchor-refuse",
            "accounts:language", "annotations:film-tag-bring-back", "catalogue:search-delete",
            "annotations:here-leave", "annotations:merge-withdraw",
            "annotations:merge-accept", "annotations:merge-refuse", "annotations:merge-undo",
            "annotations:claim-vote", "annotations:claim-vote-back",
            "annotations:evidence-rating", "annotations:evidence-rating-back",
            "annotations:suggestion-dismiss", "annotations:mentions-seen",
            "annotations:changes-seen", "annotations:decide", "accounts:token-revoke",
            "catalogue:import-cancel", "catalogue:subscription-pause",
            "catalogue:subscription-resume", "catalogue:subscription-look",
            "catalogue:watch-seen", "catalogue:watch-pause", "catalogue:video-tag-add",
            "catalogue:video-tag-remove",
            *(
                f"annotations:{thing}-{way}"
                for thing in (
                    "claim", "occurrence", "evidence", "comment", "speaker", "note", "disclosure",
                )
                for way in ("restore", "bring-back")
            ),
        ),
        "does something, and leads on",
    ),
    "refresh-close-breaker": "asks only while a breaker is open: test_operators",
    "catalogue:poster": "a picture",
    "accounts:settings": "leads to the profile",
    "annotations:disclosure": "leads to the channel",
    "annotations:archive": "a file",
    "mfa_download_recovery_codes": "a file",
    "mfa_authenticate": "asks only in the midst of signing in",
    "annotations:comment": "leads to the claim",
    **dict.fromkeys(("annotations:video-here", "annotations:claim-here"), "a part of a page"),
    "annotations:video-news": "JSON",
    "annotations:claim-news": "JSON",
    "annotations:reach": "a part of the watch page",
    "annotations:similar": "a part of the form that marks a claim",
    "annotations:changes-feed": "Atom",
    "catalogue:import-rejects": "CSV",
    "account_confirm_login_code": "leads to signing in while no code was sent",
}  # fmt: skip
