"""What stands between the dashes of front matter: keys, and their values as written.

Values are text, None (nothing, `null`, `~`), or lists and mappings of those. YAML's guesses
are left out on purpose: `no` stays a title, `1e3` stays an id and `9:46` stays a length.
Nothing in a header can make anything run, point elsewhere or repeat itself: tags, anchors,
aliases and merge keys are refused.
"""

import json
import re
from typing import Any, NoReturn

import yaml

from catalogue.records.said import said

MAX_DEPTH = 20
MAX_VALUES = 20_000
# Longer headers might hold more values than that, so they take the path that counts.
_MAX_QUOTED_LENGTH = 2 * MAX_VALUES

# libyaml reads seven times as fast; PyYAML's wheels have it.
_LIBYAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PURE: Any = yaml.SafeLoader

# One line of the shape that JSON-quoting writers make: key: "text" | key: [..] | key: 12 | key:
_LINE = re.compile(r'^([A-Za-z_][A-Za-z0-9_]{0,99}):(?: "([^"\\\n]*)"|(.*))$', re.MULTILINE)
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_LIST = re.compile(rf" \[(?: *{_STRING}(?: *, *{_STRING})*+)? *\] *")
_NUMBER = re.compile(r" [0-9]{1,40} *")
_KEY = re.compile(r"""[ \t{,]*["']?([A-Za-z_][\w-]*)["']?[ \t]*:""")

# What YAML does not allow to stand as itself, and what it takes for the end of a line.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NOT_JSON = re.compile(r"[\t\x85\u2028\u2029\ufeff]")
_JSON = json.JSONDecoder()
_UNREADABLE = object()
_NULLS = frozenset(["", "~", "null", "Null", "NULL"])
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class HeaderError(ValueError):
    """A header that cannot be read: why, on which of its lines (from 0), and at which key."""

    def __init__(self, reason: str, line: int | None = None, field: str = "") -> None:
        super().__init__(reason, line, field)
        self.reason = reason
        self.line = line
        self.field = field


def read_header(text: str) -> dict[str, object]:
    """Return the keys and values of a header, in their order.

    Takes YAML and JSON; `text` has LF line ends. Lines that are quoted as JSON quotes them
    take a path several times as fast, with the same result.

    Raises:
        HeaderError: no mapping, not valid, a key twice, or anything that is refused above.
    """
    values = read_quoted_lines(text)
    if values is not None:
        return values
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start())
        code = f"U+{ord(found.group()):04X}"
        reason = said("there is a control character ({code}) in the front matter", code=code)
        raise HeaderError(reason, line, _key_at(text, line))
    if text.lstrip().startswith("{"):
        values = _read_json(text)
        if values is not None:
            return values
    return read_yaml(text)


def find_line(text: str, key: str) -> int | None:
    """Return on which line of a header (from 0) a key stands, preferring the outermost."""
    quoted = rf"""["']?{re.escape(key)}["']?[ \t]*:"""
    for before in ("^", r"^[ \t{,]*", r"[{,][ \t]*"):
        if found := re.search(before + quoted, text, re.MULTILINE):
            return text.count("\n", 0, found.start())
    return None


def read_quoted_lines(text: str) -> dict[str, object] | None:
    """Return the values of a header in which every line is quoted like JSON, else None."""
    if len(text) > _MAX_QUOTED_LENGTH or (
        not text.replace("\n", "").isprintable()
        and (_UNPRINTABLE.search(text) or _NOT_JSON.search(text))
    ):
        return None
    lines = _LINE.findall(text)
    values: dict[str, object] = {}
    for key, simple, other in lines:
        values[key] = simple
        if other:
            value = _read_quoted(other)
            if value is _UNREADABLE:
                return None
            values[key] = value
    if len(values) != text.count("\n") or not text.endswith("\n"):
        return None
    return values


def _read_quoted(written: str) -> object:
    """Read what stands behind a key's colon, with the space before it."""
    if written.startswith(' "'):
        try:
            value, end = _JSON.raw_decode(written, 1)
        except ValueError:
            return _UNREADABLE
        return _UNREADABLE if written[end:].strip(" ") else value
    if _LIST.fullmatch(written):
        try:
            return _JSON.raw_decode(written, 1)[0]
        except ValueError:
            return _UNREADABLE
    if _NUMBER.fullmatch(written):
        return written.strip(" ")
    return _UNREADABLE if written.strip(" ") else None


def _read_json(text: str) -> dict[str, object] | None:
    """Return the members of a JSON object, their scalars as written; None if it is no JSON."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        collected: dict[str, object] = {}
        for key, value in pairs:
            if key in collected:
                _refuse_second(key, find_line(text, key))
            collected[key] = as_written(value)
        return collected

    try:
        value = json.loads(
            text, object_pairs_hook=members, parse_int=str, parse_float=str, parse_constant=str
        )
    except json.JSONDecodeError:
        return None
    except RecursionError:
        _refuse_depth(None)
    return value if isinstance(value, dict) else None


def as_written(value: object) -> object:
    """Return a value of JSON with its scalars as text, those of a list too."""
    if isinstance(value, list):
        return [_scalar_as_written(member) for member in value]
    return _scalar_as_written(value)


def _scalar_as_written(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def read_yaml(text: str) -> dict[str, object]:
    """Return the values of a header as YAML's own grammar has them.

    Raises:
        HeaderError: as read_header does.
    """
    # JSON writes a character beyond U+FFFF as two halves; libyaml refuses halves.
    halves = _SURROGATE_ESCAPE.search(text) is not None
    document = _Document(join_halves=halves)
    try:
        for event in yaml.parse(text, Loader=_PURE if halves else _LIBYAML):
            document.add(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else None
        reason = said(
            "the front matter is not valid YAML: {reason} (text with special characters must "
            "stand in double quotes)",
            reason=error.problem or error.context or said("it cannot be read"),
        )
        raise HeaderError(reason, line, _key_at(text, line)) from None
    except HeaderError as error:
        error.field = error.field or _key_at(text, error.line)
        raise
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML reads \U escapes with chr(), which refuses what is no character.
        reason = said("the front matter is not valid YAML: it holds what is no character")
        raise HeaderError(reason) from None
    if document.root is None:
        raise HeaderError(said("the front matter is empty"))
    if not isinstance(document.root, dict):
        raise HeaderError(said("the front matter is not a list of keys and their values"), 0)
    return document.root


class _Open:
    """A list or mapping whose end has not been seen yet."""

    __slots__ = ("container", "key")

    def __init__(self, container: list[object] | dict[str, object]) -> None:
        self.container = container
        self.key: str | None = None

    @property
    def expects_key(self) -> bool:
        return self.key is None and isinstance(self.container, dict)


class _Document:
    """A YAML document, put together without recursion: no nesting exhausts a stack."""

    def __init__(self, *, join_halves: bool) -> None:
        self.root: object = None
        self._join_halves = join_halves
        self._opened: list[_Open] = []
        self._count = 0

    def add(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._place(self._scalar(event), event)
            case yaml.SequenceStartEvent():
                self._open([], event)
            case yaml.MappingStartEvent():
                self._open({}, event)
            case yaml.CollectionEndEvent():
                self._place(self._opened.pop().container, event)
            case yaml.AliasEvent():
                _refuse_properties(event)
            case _:
                pass

    def _open(self, container: list[object] | dict[str, object], event: yaml.NodeEvent) -> None:
        _refuse_properties(event)
        if len(self._opened) == MAX_DEPTH:
            _refuse_depth(_line(event))
        if self._opened and self._opened[-1].expects_key:
            raise HeaderError(said("a key must be text, not a list or mapping"), _line(event))
        self._opened.append(_Open(container))

    def _scalar(self, event: yaml.ScalarEvent) -> str | None:
        _refuse_properties(event)
        text = str(event.value)
        is_key = bool(self._opened) and self._opened[-1].expects_key
        if not event.style and not is_key and text in _NULLS:
            return None
        if self._join_halves:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return text

    def _place(self, value: object, event: yaml.Event) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise HeaderError(
                said("there are more than {most:,} values in the front matter", most=MAX_VALUES)
            )
        if not self._opened:
            self.root = value
            return
        place = self._opened[-1]
        if isinstance(place.container, list):
            place.container.append(value)
        elif place.key is None:
            place.key = str(value)
            if place.key == "<<":
                raise HeaderError(said("merge keys (<<) are not read"), _line(event))
            if place.key in place.container:
                _refuse_second(place.key, _line(event))
        else:
            place.container[place.key] = value
            place.key = None


def _line(event: yaml.Event) -> int | None:
    return event.start_mark.line if event.start_mark else None


def _refuse_properties(event: yaml.NodeEvent) -> None:
    """Refuse what makes YAML more than data: tags, anchors and aliases."""
    if event.anchor is not None:
        raise HeaderError(
            said(
                "anchors (&) and aliases (*) are not read; text that begins with one of these "
                "must stand in quotes"
            ),
            _line(event),
        )
    tag = getattr(event, "tag", None)
    if tag is not None:
        written = tag.replace("tag:yaml.org,2002:", "!!")[:60]
        reason = said(
            "tags (here {value}) are not read: nothing in a record is executed",
            value=ascii(written),
        )
        raise HeaderError(reason, _line(event))


def _refuse_second(key: str, line: int | None) -> NoReturn:
    raise HeaderError(said("this key is there twice"), line, key)


def _refuse_depth(line: int | None) -> NoReturn:
    reason = said("lists or mappings are nested more than {most:d} deep", most=MAX_DEPTH)
    raise HeaderError(reason, line)


def _key_at(text: str, line: int | None) -> str:
    """Return the key that is written on a line, if one is."""
    if line is None:
        return ""
    lines = text.split("\n", line + 1)
    found = _KEY.match(lines[line]) if line < len(lines) else None
    return found[1] if found else ""
