"""Saved searches: what members look for again and again, under names of their own."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from catalogue import search
from catalogue.models import QUERY_MAX, SavedSearch

PER_MEMBER_MAX = 100


def clean_query(text: str) -> str:
    """Return a query string in its one spelling: the filters and the order, and nothing else.

    Also out of a whole address. Raises ValidationError (field "query") for one that is not
    understood, or that asks for nothing.
    """
    text = text.strip()
    before, mark, query = text.partition("?")
    is_address = mark and "=" not in before
    if len(text) > 2 * QUERY_MAX:
        raise _refused(_("This asks for too much at once."), "max_length")
    try:
        given = QueryDict(query if is_address else text)
        search.parse_query(given)
    except ValidationError as error:
        raise ValidationError({"query": error.messages}) from None
    kept = QueryDict(mutable=True)
    for name in search.filter_names():
        values = sorted({value.strip() for value in given.getlist(name)} - {""})
        if values:
            kept.setlist(name, values)
    cleaned = kept.urlencode()
    if not cleaned or list(kept) == ["sort"]:
        raise _refused(_("Search for something first, or choose a filter."), "required")
    if len(cleaned) > QUERY_MAX:
        raise _refused(_("This asks for too much at once."), "max_length")
    return cleaned


def clean_name(text: str) -> str:
    """Return a name in its one spelling: one line."""
    return " ".join(text.split())


def create(*, by: User, name: str, query: str) -> SavedSearch:
    """Keep a search under a name. Nobody else sees it. Raises ValidationError by field."""
    row = SavedSearch(owner=by, name=clean_name(name), query=clean_query(query))
    row.clean_fields(exclude={"owner"})
    with transaction.atomic():
        # Of two at once, the second counts the first.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if SavedSearch.objects.filter(owner=by).count() >= PER_MEMBER_MAX:
            message = ngettext(
                "You keep %(max)d search, and more are not possible.",
                "You keep %(max)d searches, and more are not possible.",
                PER_MEMBER_MAX,
            )
            params = {"max": PER_MEMBER_MAX}
            raise ValidationError({"name": ValidationError(message, "too_many", params)})
        _refuse_second(row)
        row.save(force_insert=True)
    return row


def rename(saved: SavedSearch, *, by: User, name: str) -> SavedSearch:
    """Call a search of one's own otherwise.

    Raises ValidationError (field "name"), SavedSearch.DoesNotExist for one that is gone or
    another's.
    """
    try:
        with transaction.atomic():
            row = SavedSearch.objects.select_for_update().get(pk=saved.pk, owner=by)
            row.name = clean_name(name)
            row.clean_fields(exclude={"owner", "query"})
            _refuse_second(row)
            row.save(update_fields=["name"])
    except IntegrityError:
        raise _taken() from None
    return row


def remove(saved: SavedSearch, *, by: User) -> None:
    """Keep a search no longer. Idempotent; of one's own only."""
    SavedSearch.objects.filter(pk=saved.pk, owner=by).delete()


def _refuse_second(row: SavedSearch) -> None:
    """Raise ValidationError if the owner calls another search so."""
    same = SavedSearch.objects.annotate(spelled=Lower("name")).filter(
        owner=row.owner_id, spelled=Lower(Value(row.name))
    )
    if same.exclude(pk=row.pk).exists():
        raise _taken()


def _taken() -> ValidationError:
    message = _("You have a search of this name already.")
    return ValidationError({"name": ValidationError(message, code="exists")})


def _refused(message: str, code: str) -> ValidationError:
    return ValidationError({"query": ValidationError(message, code=code)})
