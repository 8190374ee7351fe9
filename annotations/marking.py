"""Marking a claim on a page: it may be a new one, or one that is there already."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import claims, occurrences
from annotations.forms import ClaimForm
from annotations.models import Claim, Occurrence
from annotations.similar import Similar, similar_to
from catalogue.models import Video


class Marking:
    """One form that marks a claim in a film.

    Who writes what was claimed before is first shown the claims that are like it (`similar`),
    and either chooses one, which gets another moment, or says that it is a new one.
    """

    def __init__(self, form: ClaimForm, video: Video, *, by: User) -> None:
        self.form = form
        self.video = video
        self.by = by
        self.similar: list[Similar] = []
        self.moment: Occurrence | None = None
        self.said = ""

    def save(self) -> Occurrence | None:
        """Store what was typed; None if it was refused, or if there are similar claims to see.

        Raises Http404 if the film is gone.
        """
        values = dict(self.form.cleaned_data)
        same_as = values.pop("same_as")
        try:
            if same_as.isdigit():
                self._add_to(int(same_as), values)
            elif same_as or not self._find_similar(values):
                marked = claims.create(by=self.by, video=self.video, **values)
                self.moment, self.said = marked.occurrences.get(), _("Marked. Thank you.")
        except ValidationError as error:
            self.form.add_error(None, error)
        except Video.DoesNotExist as error:
            raise Http404 from error
        return self.moment

    def _find_similar(self, values: dict[str, Any]) -> bool:
        self.similar = similar_to(
            values["statement"], language=values["language"], speaker=values["speaker"]
        )
        return bool(self.similar)

    def _add_to(self, number: int, values: dict[str, Any]) -> None:
        claim = Claim.objects.visible().filter(pk=number).first()
        if claim is None:
            # Or it would be chosen again.
            self.form.data = {**dict(self.form.data.items()), "same_as": ""}
            raise ValidationError(_("The claim you chose is no longer there."))
        moment = {name: values[name] for name in occurrences.EDITABLE}
        self.moment = occurrences.add(claim, by=self.by, video=self.video, **moment)
        self.said = _("Marked here too. Thank you.")
