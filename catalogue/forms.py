"""Forms of the catalogue."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from catalogue import tags, transcripts
from catalogue.ingest.uploads import BYTES_MAX, FILES_MAX
from catalogue.models import TranscriptKind
from catalogue.records import RecordError
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES, Subtitles, parse_subtitles


class TagForm(forms.Form):
    """One tag for a film."""

    name = forms.CharField(label=_("Tag"), max_length=tags.NAME_MAX)

    def clean_name(self) -> str:
        """Return the name in its one spelling."""
        return tags.clean_name(self.cleaned_data["name"])


class NameForm(forms.Form):
    """A list of names, narrowed to those that hold a text."""

    q = forms.CharField(label=_("Name"), max_length=100, required=False)


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
        help_text=_(
            "Records, subtitles (.vtt, .srt), or zip and tar archives of them: up to %(count)d "
            "files, %(size)s in all. Subtitles belong to the record of the same name, or to the "
            "film whose id is in their name, as in “film [swje6NSdkfk].en.vtt”."
        )
        % {"count": FILES_MAX, "size": f"{BYTES_MAX // 1_000_000} MB"},
    )
    dry_run = forms.BooleanField(
        label=_("Only tell what would happen, and change nothing"), required=False
    )

    def clean_records(self) -> list["UploadedFile[bytes]"]:
        """Return the files if one request can take them."""
        files: list[UploadedFile[bytes]] = self.cleaned_data["records"]
        size = sum(file.size or 0 for file in files)
        if len(files) > FILES_MAX or size > BYTES_MAX:
            raise ValidationError(
                _("%(count)d files of %(size)s are too many for one upload."),
                code="too_large",
                params={"count": len(files), "size": filesizeformat(size)},
            )
        return files


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
