"""Forms that mark and edit claims. What may be stored is decided by the operations."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from annotations.models import NAME_MAX, NOTE_MAX, QUOTE_MAX, Claim, Kind, Occurrence
from annotations.picking import Picked
from catalogue import language_names, timecode_words
from catalogue.models import Video
from catalogue.records.copies import parse_place
from catalogue.records.fields import MAX_URL_LENGTH, FieldError
from catalogue.tags import clean_name
from catalogue.text import split_at_commas, validate_readable
from catalogue.timecodes import TimecodeError, format_timecode, parse_timecode

# A claim usually takes a sentence's time.
SENTENCE_MS = 10_000

# What statements are mostly written in; they are named and sorted for the reader.
LANGUAGES = (
    "ar", "cs", "de", "el", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl",
    "pt", "ru", "sv", "tr", "uk", "vi", "zh",
)  # fmt: skip


class TimecodeField(forms.CharField):
    """A time in a film: `12:34.5` to people, whole milliseconds to us."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> Any:
        """Return milliseconds, None for nothing."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_timecode(text)
        except TimecodeError as error:
            raise ValidationError(timecode_words.in_words(error), code="timecode") from error

    def prepare_value(self, value: Any) -> Any:
        """Return milliseconds as people write them; what a person typed stays as it is."""
        return format_timecode(value, exact=True) if isinstance(value, int) else value


class TagsField(forms.CharField):
    """Tags with commas between them."""

    def clean(self, value: Any) -> Any:
        """Return a list of names, in their one spelling."""
        text = super().clean(value)
        return [clean_name(name) for name in split_at_commas(text) if name.strip()]

    def prepare_value(self, value: Any) -> Any:
        """Return names with commas between them."""
        return ", ".join(value) if isinstance(value, list) else value


class StatementForm(forms.Form):
    """What is claimed, whoever says it and wherever."""

    statement = forms.CharField(
        label=_("Statement"),
        help_text=_("One sentence that can be checked, in your own words, 10 to 280 characters."),
        widget=forms.Textarea(attrs={"rows": 2, "class": "reading", "dir": "auto"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Kind.choices,
        initial=Kind.OTHER,
        help_text=_("Predictions and personal experience are filed, not judged."),
    )
    language = forms.ChoiceField(label=_("Language of the statement"), initial="en")
    not_checkable_why = forms.CharField(
        label=_("Why it cannot be checked"),
        required=False,
        help_text=_("Leave it empty if it can. What cannot be checked is filed, not judged."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    tags = TagsField(
        label=_("Tags"),
        required=False,
        help_text=_("With commas between them: rivers, dams"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "list": "tag-names", "data-tags": "several"}
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        present = self.initial.get("language")
        # A language that is not in the list (over REST any is) stays choosable.
        others = [present] if present and present not in LANGUAGES else []
        field.choices = language_names.choices([*LANGUAGES, *others])


class MomentForm(forms.Form):
    """Where in a film a claim is made, in which words, and by whom."""

    start_ms = TimecodeField(label=_("Start"), help_text=_("12:34, 1:02:03.5 or seconds"))
    end_ms = TimecodeField(label=_("End"), help_text=_("At most 10 minutes later"))
    quote = forms.CharField(
        label=_("Quote"),
        required=False,
        help_text=format_lazy(
            ngettext_lazy(
                "What is said, word for word, up to {max} character.",
                "What is said, word for word, up to {max} characters.",
                QUOTE_MAX,
            ),
            max=QUOTE_MAX,
        ),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    speaker = forms.CharField(
        label=_("Speaker"),
        required=False,
        max_length=NAME_MAX,
        validators=[validate_readable],
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    speaker_role = forms.CharField(
        label=_("Speaker’s role"),
        required=False,
        help_text=_("Narrator, witness, hydrologist …"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class ClaimForm(MomentForm, StatementForm):
    """A new claim, at a moment of a film; or another moment of the claim that `same_as` names.

    It is "new" once somebody has looked at the similar ones, empty before.
    """

    same_as = forms.RegexField(r"^(new|[1-9][0-9]{0,17})\Z", required=False)

    field_order = (
        "statement", "start_ms", "end_ms", "quote", "speaker", "speaker_role", "kind", "language",
        "not_checkable_why", "tags",
    )  # fmt: skip

    @classmethod
    def starting_at(
        cls, video: Video, start_ms: int | None, picked: Picked | None = None
    ) -> "ClaimForm":
        """Return an empty form for a moment, or for what was picked from the transcript.

        Of a moment the end is a guess, inside the film.
        """
        initial: dict[str, Any] = {"language": language_of(video)}
        if picked is not None:
            initial |= {
                "start_ms": picked.start_ms,
                "end_ms": picked.end_ms,
                "quote": picked.quote,
            }
        elif start_ms is not None:
            end_ms = start_ms + SENTENCE_MS
            length = video.duration_ms
            initial |= {"start_ms": start_ms, "end_ms": min(end_ms, length) if length else end_ms}
        return cls(initial=initial)


class OccurrenceForm(MomentForm):
    """Another film in which a claim is made, and where in it. `site` is our own host."""

    film = forms.CharField(
        label=_("Film"),
        max_length=MAX_URL_LENGTH,
        help_text=_("The address of its page here, of its page on YouTube, or its key."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "dir": "ltr"}),
    )

    field_order = ("film", "start_ms", "end_ms", "quote", "speaker", "speaker_role")

    def __init__(self, *args: Any, site: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.site = site

    def clean_film(self) -> Video:
        """Return the film of the catalogue that was named."""
        try:
            place = parse_place(self.cleaned_data["film"], site=self.site)
        except FieldError as error:
            message = _(
                "This names no single film: give the address of its page here, of its page on "
                "YouTube, or its key."
            )
            raise ValidationError(message, code="address") from error
        film = Video.objects.identified(place.platform, place.platform_id).first()
        if film is None:
            message = _("This film is not in the catalogue. Bring it in first, then mark it.")
            raise ValidationError(message, code="does_not_exist")
        return film


class VersionedForm(forms.Form):
    """Carries the version that an edit started from."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def start_from(self, version: int) -> None:
        """Keep what was typed, over another version: the next save is made with both in view."""
        typed = dict(self.data.items())
        typed[self.add_prefix("version")] = str(version)
        self.data = typed


class StatementEditForm(VersionedForm, StatementForm):
    """One's own claim."""

    prefix = "claim"

    @classmethod
    def initial_of(cls, claim: Claim) -> dict[str, Any]:
        """Return a claim as the form shows it."""
        return {
            "version": claim.version,
            "statement": claim.statement,
            "kind": claim.kind,
            "language": claim.language,
            "not_checkable_why": claim.not_checkable_why,
            "tags": [tag.name for tag in claim.tags.all()],
        }


class MomentEditForm(VersionedForm, MomentForm):
    """One's own occurrence of a claim in one film. What `initial` leaves out stays as it is."""

    def __init__(self, data: Any, *, prefix: str, initial: dict[str, Any]) -> None:
        super().__init__(data, prefix=prefix, initial=initial)
        if "speaker" not in initial:
            del self.fields["speaker"], self.fields["speaker_role"]

    @classmethod
    def initial_of(cls, occurrence: Occurrence) -> dict[str, Any]:
        """Return an occurrence as the form shows it: without a speaker who is hidden."""
        place = {name: getattr(occurrence, name) for name in ("start_ms", "end_ms", "quote")}
        said = {"speaker": occurrence.speaker, "speaker_role": occurrence.speaker_role}
        return {"version": occurrence.version, **place, **(said if occurrence.is_named else {})}


class NoteForm(VersionedForm):
    """What members add to a film's description. Version 0: there is no note yet."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    text = forms.CharField(
        label=_("Note"),
        required=False,
        help_text=format_lazy(
            ngettext_lazy(
                "What the description leaves out, up to {max} character: who made the film and "
                "when, what was cut, where it was shown. Times such as 12:34 become links.",
                "What the description leaves out, up to {max} characters: who made the film and "
                "when, what was cut, where it was shown. Times such as 12:34 become links.",
                NOTE_MAX,
            ),
            max=NOTE_MAX,
        ),
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
    )


def language_of(video: Video) -> str:
    """Return the language people most likely write in about a film."""
    code = video.language.partition("-")[0].lower()
    return code if code in LANGUAGES else "en"
