"""Words that nobody can translate: text of templates outside translate tags, plain literals."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

from config.words import extracting

# Said alike in every language.
NAMES = frozenset({
    "Atom", "CSV", "DOI", "HTTP", "JSON", "OPML", "OpenAPI", "REST", "RSS", "SRT", "Sidenote",
    "URL", "UTC", "WebVTT", "Wikidata", "YouTube", "doi", "yt-dlp",
})  # fmt: skip
# What these hold is typed or read by machines.
_VERBATIM = frozenset({"code", "kbd", "pre", "samp", "script", "style"})
_SPOKEN = frozenset({"alt", "aria-description", "aria-label", "aria-roledescription",
                     "aria-valuetext", "label", "placeholder", "title"})  # fmt: skip
_WORD = re.compile(r"[^\W\d_][^\W\d_'’.-]*[^\W\d_]")
_ATTRIBUTE = re.compile(r"\b[a-z-]+=[\"']")
_HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
# `default:"No title"`, `with label="What it says"`; what is inside _("…") can be translated.
_LITERAL = re.compile(
    r"""\|(?:default|default_if_none|yesno|join|add):(["'])(?P<filter>.*?)\1"""
    r"""|\b\w+=(["'])(?P<with>[^"']*)\3"""
)
# Where a language puts a space, or another sign: it belongs into the message.
_LOOSE_COLON = re.compile(rf"[{_HOLE}\s]*:\s")
_PHRASE = re.compile(r"^[A-Z][a-z]+$|[^\W\d_]\S* [^\W\d_]")
# Who raises these, or hands these on, speaks to people.
_SPEAKERS = frozenset(
    {
        "AuthenticationFailed",
        "NotFound",
        "ParseError",
        "PermissionDenied",
        "ValidationError",
        "success",
        "warning",
        "error",
        "info",
    }
)
_SPOKEN_KEYWORDS = frozenset({"label", "help_text", "empty_label", "verbose_name"})


def findings(root: Path) -> Iterator[str]:
    """Yield `file:line: words` for all that cannot be translated."""
    for path in extracting.sources(root):
        text = path.read_text(encoding="utf-8")
        found: Iterator[tuple[int, str]]
        if path.suffix == ".py":
            found = chain(
                of_code(text, is_for_programs=_is_for_programs(path)),
                of_reasons(text, is_parser="records" in path.parts),
            )
        else:
            found = of_template(text)
        for line, words in sorted(set(found)):
            yield f"{path.relative_to(root)}:{line}: {words}"


# --- Templates ------------------------------------------------------------------------


def of_template(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and words of a template's text, spoken attributes and literals."""
    reader = _Reader()
    for token in _outside(text):
        if token.token_type == TokenType.TEXT:
            reader.feed(token.contents)
            continue
        reader.feed(_HOLE + "\n" * token.contents.count("\n"))
        yield from ((token.lineno or 0, words) for words in _literals(token.contents))
    reader.close()
    yield from reader.found


def _outside(text: str) -> Iterator[Token]:
    """Yield the tokens of a template that do not belong to what is translated or a comment."""
    ends = ""
    for token in Lexer(text).tokenize():
        name = token.contents.split(None, 1)[0] if token.token_type == TokenType.BLOCK else ""
        if ends:
            if name in ends.split():
                ends = ""
            # Lines are counted on.
            yield Token(TokenType.COMMENT, "\n" * token.contents.count("\n"), token.position, 0)
        elif name in {"blocktranslate", "blocktrans"}:
            ends = "endblocktranslate endblocktrans"
            yield token
        elif name == "comment":
            ends = "endcomment"
        elif name == "block" and token.contents.endswith("_class"):
            ends = "endblock"
        else:
            yield token


def _literals(tag: str) -> Iterator[str]:
    if tag.startswith(("trans", "blocktrans", "#")):
        return
    for literal in _LITERAL.finditer(tag):
        words = literal["filter"] or literal["with"] or ""
        is_said = _WORD.search(words) if literal["filter"] else _PHRASE.search(words)
        if is_said and words not in NAMES:
            yield words
    if "|pluralize" in tag:
        yield "|pluralize"


class _Reader(HTMLParser):
    """Gathers what people read or hear in a page whose template tags are cut out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._verbatim += tag in _VERBATIM
        given = dict(attrs)
        spoken = [value for name, value in attrs if name in _SPOKEN]
        if tag == "meta" and given.get("name") == "description":
            spoken.append(given.get("content"))
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            spoken.append(given.get("value"))
        for value in spoken:
            self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._verbatim -= tag in _VERBATIM

    def handle_data(self, data: str) -> None:
        if not self._verbatim:
            self._look(data)

    def _look(self, text: str) -> None:
        # A partial may be nothing but attributes.
        said = _ATTRIBUTE.sub("", text)
        is_loose = _LOOSE_COLON.match(said)
        if is_loose or any(word not in NAMES for word in _WORD.findall(said)):
            words = " ".join(text.replace(_HOLE, "…").split())
            self.found.append((self.getpos()[0], words))


# --- Code -----------------------------------------------------------------------------


def _is_for_programs(path: Path) -> bool:
    """Tell whether a module describes the REST interface, which is done in English."""
    return path.stem.endswith("serializers") or path.parent.name == "rest"


def of_code(text: str, *, is_for_programs: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line and words of literals that are shown to people as they are."""
    tree = ast.parse(text)
    lazy = frozenset(_lazy_names(tree))
    yield from _frozen(tree, lazy)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node, frozenset() if is_for_programs else _SPOKEN_KEYWORDS)
        elif isinstance(node, ast.ClassDef) and "TextChoices" in ast.unparse(node).split(":")[0]:
            yield from _of_choices(node)


def _lazy_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names by which a module calls for words that are found when they are shown."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            yield from (one.asname or one.name for one in node.names if one.name.endswith("_lazy"))


def _frozen(node: ast.AST, lazy: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Yield lazy words with values put in where a module is read: they stay in one language."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.BinOp) and isinstance(child.op, ast.Mod):
            call = child.left
            if isinstance(call, ast.Call) and ast.unparse(call.func) in lazy:
                yield child.lineno, _literal(call.args[0])
        yield from _frozen(child, lazy)


def _of_call(call: ast.Call, keywords: frozenset[str]) -> Iterator[tuple[int, str]]:
    name = ast.unparse(call.func).rpartition(".")[2]
    said = [keyword.value for keyword in call.keywords if keyword.arg in keywords]
    if name in _SPEAKERS and not ast.unparse(call.func).startswith(("log", "self.")):
        said += call.args[1:2] if name.islower() else call.args[:1]
    for value in said:
        for part in value.values if isinstance(value, ast.Dict) else [value]:
            if words := _literal(part):
                yield part.lineno, words


def _of_choices(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for line in node.body:
        if not (isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple)):
            continue
        if words := _literal(line.value.elts[-1]):
            yield line.lineno, words


# --- Reasons that are stored ----------------------------------------------------------

# Where the reason stands among the arguments of what takes one.
_REASON_AT = {
    "RecordError": 1, "FieldError": 1, "HeaderError": 0, "JsonError": 0, "TargetError": 0,
    "ArchiveError": 0, "Failure": 1, "_fail": 1, "_refusing": 0, "_beside": 3,
}  # fmt: skip
# What a parser raises for a value becomes a reason too.
_RAISED_BY_PARSERS = {"ValueError": 0}
# These take a reason first, but their names are those of other things elsewhere.
_METHODS = {"error": frozenset({"place", "below"}), "add": frozenset({"problems", "unused"})}
_SAID = frozenset({"said", "said_many", "saying"})


def of_reasons(text: str, *, is_parser: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line and words of reasons that are stored and were not `said`."""
    tree = ast.parse(text)
    places = {**_REASON_AT, **(_RAISED_BY_PARSERS if is_parser else {})}
    assigned = _assigned_in(tree)
    for node in ast.walk(tree):
        for value in _reasons_of(node, places):
            yield from _unsaid(value, assigned)


def _reasons_of(node: ast.AST, places: dict[str, int]) -> Iterator[ast.AST]:
    """Yield what a piece of code gives as a reason."""
    if isinstance(node, ast.Call):
        owner, _dot, name = ast.unparse(node.func).rpartition(".")
        if name in _SAID:
            yield from (one for one in node.args if isinstance(one, ast.JoinedStr))
        at = 0 if owner.rpartition(".")[2] in _METHODS.get(name, ()) else places.get(name)
        if at is not None:
            yield from node.args[at : at + 1]
            yield from (one.value for one in node.keywords if one.arg == "reason")
    elif isinstance(node, ast.FunctionDef) and node.name.lstrip("_").startswith("why"):
        returns = (one for one in ast.walk(node) if isinstance(one, ast.Return))
        yield from (one.value for one in returns if one.value)


def _assigned_in(tree: ast.AST) -> dict[str, list[ast.AST]]:
    """Return what the names of a module stand for, wherever they do, and what calls return."""
    assigned: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.NamedExpr):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    assigned.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.FunctionDef):
            returns = (one for one in ast.walk(node) if isinstance(one, ast.Return))
            assigned.setdefault(node.name, []).extend(one.value for one in returns if one.value)
    return assigned


def _unsaid(node: ast.AST, assigned: dict[str, list[ast.AST]]) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Name):
        # Each name once: one may be made of itself.
        known = {name: values for name, values in assigned.items() if name != node.id}
        for value in assigned.get(node.id, ()):
            yield from _unsaid(value, known)
    elif isinstance(node, ast.IfExp):
        yield from chain(_unsaid(node.body, assigned), _unsaid(node.orelse, assigned))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _unsaid(value, assigned)
    elif words := _literal(node):
        yield getattr(node, "lineno", 0), words


def _literal(node: ast.AST) -> str:
    """Return the words of a plain literal; none for a call, which may be gettext."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = " ".join(_literal(part) for part in node.values)
    elif isinstance(node, ast.BinOp):
        return _literal(node.left)
    else:
        return ""
    return text if any(word not in NAMES for word in _WORD.findall(text)) else ""
