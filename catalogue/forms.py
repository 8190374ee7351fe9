"""Forms of the catalogue."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from catalogue import subscriptions, tags, transcripts
from catalogue.ingest.uploads import BYTES_MAX, FILES_MAX
from catalogue.models import (
    NOTE_MAX,
    PHRASE_MAX,
    SEARCH_NAME_MAX,
    Interval,
    Start,
    TranscriptKind,
    WatchPlace,
)
from catalogue.records import RecordError
from catalogue.records.fields import MAX_URL_LENGTH
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES, Subtitles, parse_subtitles
from catalogue.records.targets import (
    MAX_TARGET_LENGTH,
    MAX_TARGETS,
    Target,
    TargetError,
    parse_target,
    split_targets,
)
from catalogue.timecodes import TimecodeError, format_offset, parse_offset


class TagForm(forms.Form):
    """One tag for a film."""

    name = forms.CharField(label=_("Tag"), max_length=tags.NAME_MAX)

    def clean_name(self) -> str:
        """Return the name in its one spelling."""
        return tags.clean_name(self.cleaned_data["name"])


class NameForm(forms.Form):
    """A list of names, narrowed to those that hold a text."""

    q = forms.CharField(label=_("Name"), max_length=100, required=False)


class SearchNameForm(forms.Form):
    """What a saved search is called."""

    name = forms.CharField(
        label=_("Name"),
        max_length=SEARCH_NAME_MAX,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


class SaveSearchForm(SearchNameForm):
    """A search to keep: its name, and its query string."""

    query = forms.CharField(widget=forms.HiddenInput, required=False)


class _Files(forms.ClearableFileInput):
    """A control that takes several files."""

    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Several files, each checked like one."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the list of files."""
        return [super(_FilesField, self).clean(one, initial) for one in data or [None]]


class UploadForm(forms.Form):
    """Files of records and subtitles for the catalogue."""

    records = _FilesField(
        label=_("Record files"),
        allow_empty_file=True,
        help_text=format_lazy(
            ngettext_lazy(
                "Records, subtitles (.vtt, .srt), or zip and tar archives of them: up to {count} "
                "file, {size} MB in all. Subtitles belong to the record of the same name, or to "
                "the film whose id is in their name, as in “film [swje6NSdkfk].en.vtt”.",
                "Records, subtitles (.vtt, .srt), or zip and tar archives of them: up to {count} "
                "files, {size} MB in all. Subtitles belong to the record of the same name, or to "
                "the film whose id is in their name, as in “film [swje6NSdkfk].en.vtt”.",
                FILES_MAX,
            ),
            count=FILES_MAX,
            size=BYTES_MAX // 1_000_000,
        ),
    )
    dry_run = forms.BooleanField(
        label=_("Only tell what would happen, and change nothing"), required=False
    )

    def clean_records(self) -> list["UploadedFile[bytes]"]:
        """Return the files if one request can take them."""
        files: list[UploadedFile[bytes]] = self.cleaned_data["records"]
        size = sum(file.size or 0 for file in files)
        large = [file for file in files if (file.size or 0) > BYTES_MAX]
        if large:
            message = _("%(name)s has %(size)s; one upload takes %(most)s.")
            raise ValidationError(
                [
                    ValidationError(
                        message,
                        code="too_large",
                        params={
                            "name": file.name,
                            "size": filesizeformat(file.size or 0),
                            "most": filesizeformat(BYTES_MAX),
                        },
                    )
                    for file in large
                ]
            )
        if len(files) > FILES_MAX or size > BYTES_MAX:
            raise ValidationError(
                ngettext(
                    "%(count)d file of %(size)s is too much for one upload.",
                    "%(count)d files of %(size)s are too many for one upload.",
                    len(files),
                ),
                code="too_large",
                params={"count": len(files), "size": filesizeformat(size)},
            )
        return files


class AddressForm(forms.Form):
    """Addresses of films, lists and channels, one a line."""

    addresses = forms.CharField(
        label=_("Addresses"),
        max_length=MAX_TARGETS * MAX_TARGET_LENGTH,
        error_messages={"required": _("Paste an address first.")},
        help_text=format_lazy(
            ngettext_lazy(
                "A film, a playlist or a channel of YouTube, or any page with a film on it; "
                "{count} address.",
                "A film, a playlist or a channel of YouTube, or any page with a film on it; "
                "up to {count} addresses, one a line.",
                MAX_TARGETS,
            ),
            count=MAX_TARGETS,
        ),
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": "https://", "spellcheck": "false",
                   "autocapitalize": "none", "autocomplete": "off"}
        ),
    )  # fmt: skip

    def clean_addresses(self) -> list[Target]:
        """Return what each means, each once; every one that means nothing is told by line."""
        texts = split_targets(self.cleaned_data["addresses"])
        if len(texts) > MAX_TARGETS:
            message = ngettext(
                "%(given)d address is too many at once; %(most)d are taken.",
                "%(given)d addresses are too many at once; %(most)d are taken.",
                len(texts),
            )
            raise ValidationError(
                message, code="too_many", params={"given": len(texts), "most": MAX_TARGETS}
            )
        found: dict[str, Target] = {}
        wrong = []
        for number, text in enumerate(texts, start=1):
            try:
                target = parse_target(text)
                found.setdefault(target.url, target)
            except TargetError as error:
                told = error.reason
                if len(texts) > 1:
                    told = _now("Line %(line)d: %(reason)s") % {"line": number, "reason": told}
                wrong.append(ValidationError(told, code="address"))
        if wrong or not found:
            raise ValidationError(wrong or [_now("There is no address in it.")])
        return list(found.values())


class SubscriptionForm(forms.Form):
    """A channel, list or feed to follow."""

    url = forms.CharField(
        label=_("Address"),
        max_length=MAX_TARGET_LENGTH,
        help_text=_("Of a channel or a playlist of YouTube, or of a feed or page with films."),
        widget=forms.TextInput(
            attrs={"placeholder": "https://www.youtube.com/@…", "spellcheck": "false",
                   "autocapitalize": "none", "autocomplete": "off", "inputmode": "url"}
        ),
    )  # fmt: skip
    interval = forms.TypedChoiceField(
        label=_("Look for new films"), choices=Interval, coerce=int, initial=Interval.DAILY
    )
    start = forms.ChoiceField(
        label=_("Bring in"), choices=Start, initial=Start.NEW, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("Only titles with one of these words"),
        required=False,
        help_text=_("Apart by commas; parts of words count."),
    )
    words_not = forms.CharField(label=_("No titles with one of these words"), required=False)
    shortest = forms.IntegerField(
        label=_("Not shorter than"), required=False, min_value=0, help_text=_("In minutes.")
    )
    longest = forms.IntegerField(
        label=_("Not longer than"), required=False, min_value=0, help_text=_("In minutes.")
    )

    def clean_url(self) -> Target:
        """Return what the address means."""
        try:
            return parse_target(self.cleaned_data["url"])
        except TargetError as error:
            raise ValidationError(error.reason, code="address") from None

    @property
    def filters(self) -> subscriptions.Filters:
        """What was asked for, in the operation's own measures."""
        clean = self.cleaned_data
        return subscriptions.Filters(
            words=clean["words"],
            words_not=clean["words_not"],
            shortest_ms=_minutes(clean["shortest"]),
            longest_ms=_minutes(clean["longest"]),
        )

    def tell(self, error: ValidationError) -> None:
        """Take over what the operation refused, field by field."""
        names = {"shortest_ms": "shortest", "longest_ms": "longest"}
        for name, errors in error.error_dict.items():
            self.add_error(names.get(name, name), ValidationError(errors))


def _minutes(value: int | None) -> int | None:
    return None if value is None else value * 60_000


class SubtitlesField(forms.FileField):
    """A file of subtitles; what it says to us."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the file's name and what it says; the reason if it says nothing."""
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return None
        return str(file.name), _read_subtitles(file)


def _read_subtitles(file: "UploadedFile[Any]") -> Subtitles:
    # What is too large to be read is not read.
    content = file.read(MAX_SUBTITLES_BYTES + 1)
    try:
        return parse_subtitles(str(file.name), content)
    except RecordError as error:
        told = error.reason
        if error.line is not None:
            told = _now("Line %(line)d: %(reason)s") % {"line": error.line, "reason": told}
        raise ValidationError(told, code="subtitles") from None


class TranscriptForm(forms.Form):
    """A transcript of a film, from a file."""

    file = SubtitlesField(
        label=_("File"),
        help_text=_("WebVTT or SRT in UTF-8, up to 10 MB."),
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,text/vtt,application/x-subrip"}),
    )
    language = forms.CharField(
        label=_("Language"),
        help_text=_("What it is written in: en, fr, pt-BR, zh-Hans …"),
        widget=forms.TextInput(attrs={"list": "languages", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Written by"),
        required=False,
        choices=[
            ("", _("As the file tells")),
            (TranscriptKind.MANUAL, _("A person")),
            (TranscriptKind.AUTOMATIC, _("A machine")),
        ],
    )

    def clean_language(self) -> str:
        """Return the language in its usual case."""
        try:
            return transcripts.clean_language(self.cleaned_data["language"])
        except ValidationError as error:
            raise ValidationError(error.messages, code="language") from None


class OffsetField(forms.CharField):
    """A shift in time: `0:12` or `-3.5` to people, whole milliseconds to us."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> Any:
        """Return milliseconds, 0 for nothing."""
        text = super().clean(value)
        try:
            return parse_offset(text) if text else 0
        except TimecodeError as error:
            raise ValidationError(str(error), code="timecode") from error

    def prepare_value(self, value: Any) -> Any:
        """Return milliseconds as people write them; what a person typed stays as it is."""
        return format_offset(value) if isinstance(value, int) else value


class CopyEditForm(forms.Form):
    """What of another place can be changed."""

    offset_ms = OffsetField(
        label=_("Shift"),
        required=False,
        help_text=_(
            "How much later the film begins there: 0:12 after a trailer of 12 seconds, "
            "-3.5 if its first 3.5 seconds are missing. Empty if both begin alike."
        ),
        widget=forms.TextInput(attrs={"placeholder": "0:00", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_MAX,
        help_text=_("What is different there: the director’s cut, French subtitles …"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class CopyForm(CopyEditForm):
    """Another place where a film can be seen."""

    address = forms.CharField(
        label=_("Address"),
        max_length=MAX_URL_LENGTH,
        help_text=_(
            "Of a page, of a file (.mp4, .webm), on YouTube, or of another film of this catalogue."
        ),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "dir": "ltr"}),
    )

    field_order = ("address", "offset_ms", "note")


class WatchForm(forms.Form):
    """A phrase to watch for."""

    phrase = forms.CharField(
        label=_("Phrase"),
        max_length=PHRASE_MAX,
        help_text=_("Words that stand next to each other: social credit, carbon offset."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    place = forms.ChoiceField(label=_("Where"), choices=WatchPlace.choices)
    language = forms.CharField(
        label=_("Language of the film"),
        required=False,
        help_text=_("en, fr, pt-BR … Empty for any."),
        widget=forms.TextInput(attrs={"list": "languages", "autocomplete": "off"}),
    )
    by_mail = forms.BooleanField(label=_("Write to me when films come in"), required=False)
