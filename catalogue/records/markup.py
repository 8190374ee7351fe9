"""From the markup of a record's body to plain text, losing nothing that could be read.

Everything here takes time linear in its input: each pattern stops at the next `<` or `{`,
or consumes what it looked at.
"""

import html
import re

import orjson

_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")

# The shape in which the seed's writer put every link: what is shown is where it leads.
_PLAIN_LINK = re.compile(rb'<a rel="nofollow" target="blank" href="([^"<>\s]*+)">\1</a>')

_ATTRIBUTES = r"""(?:[^<>"']++|"[^"<]*"|'[^'<]*')*+|[^<>]*"""
_TOKEN = re.compile(
    rf"""
    <!--.*?(?:-->|\Z)
    | <(?P<hidden>script|style)(?=[\s/>])(?:{_ATTRIBUTES})>.*?(?:</(?P=hidden)\s*>|\Z)
    | (?P<line><br(?=[\s/>])[^<>]*>(?:[ \t]*\n)?)
    | <(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?=[\s/>])(?P<attributes>{_ATTRIBUTES})>
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_HREF = re.compile(r"""(?<![\w-])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
# A semicolon is required: `?a=1&copy=2` is an address, not a copyright sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII)

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL_BYTES = bytes([*range(0x09), *range(0x0B, 0x20), 0x7F])
# Controls and blanks beyond ASCII, in UTF-8. That each has one beginning makes the search quick.
_ODD_BLANKS = (
    (b"\xc2", re.compile(rb"\xc2[\x80-\xa0]")),
    (b"\xe2", re.compile(rb"\xe2(?:\x80[\x80-\x8a\xa8\xa9\xaf]|\x81\x9f)")),
    (b"\xe3", re.compile(rb"\xe3\x80\x80")),
    (b"\xe1", re.compile(rb"\xe1\x9a\x80")),
)
_MANY_BLANK_LINES = re.compile(r"\n{4,}")

_BLOCK_NAMES = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li
    main menu nav ol optgroup option p pre search section summary table tbody td tfoot th thead
    title tr ul
"""
_INLINE_NAMES = """
    a abbr acronym applet area audio b base bdi bdo big blink button canvas cite code col colgroup
    data datalist del dfn em embed font frame i iframe img input ins kbd label link map mark
    marquee math meta meter nobr noframes noscript object output param picture progress q rp rt
    ruby s samp script select slot small source span strike strong style sub sup svg template
    textarea time track tt u var video wbr
"""
# Only real elements are markup: `List<string>` in someone's text is text.
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_ELEMENTS = _BLOCKS.union(_INLINE_NAMES.split())
_LINK_SCHEMES = ("http://", "https://", "mailto:")


def to_text(markup: str) -> str:
    """Return the plain text of a body in HTML, Markdown or both.

    Jekyll's raw tags go; `<br>` and blocks become line ends; a link becomes its text, with
    the address behind it in brackets where the two differ; scripts, styles and comments
    go; other elements leave their text; entities are decoded once. Markdown is left as it
    stands. Idempotent only on text without markup. Never raises.
    """
    text = _read_short_cut(markup)
    return to_text_carefully(markup) if text is None else text


def _read_short_cut(markup: str) -> str | None:
    body = markup.strip()
    if body.startswith("{% raw %}") and body.endswith("{% endraw %}"):
        body = body[len("{% raw %}") : -len("{% endraw %}")]
    try:
        return None if "\n" in body else read_one_line(body.encode())
    except UnicodeEncodeError:
        return None


def to_text_carefully(markup: str) -> str:
    """Return what `to_text` does, without taking its short cut for one line."""
    if "\r" in markup:
        markup = _LINE_ENDS.sub("\n", markup)
    if "{%" in markup:
        markup = _RAW.sub("", markup)
    markup = markup.strip()
    if "<" in markup:
        markup = _without_tags(markup)
    return tidy(decode_entities(markup))


def read_one_line(body: bytes) -> str | None:
    """Return `to_text` of a body in UTF-8, if it is of the usual kind, or else None.

    That is one line, without raw tags, in which there is no markup but `<br />`, links that
    show their address, and the entities that everybody uses. Raises UnicodeDecodeError.
    """
    if b"{" in body and b"{%" in body:
        return None
    lines = [*map(bytes.rstrip, body.split(b"<br />"))]
    written = b"\n".join(lines)
    if b"<" in written:
        # Splitting leaves what each link showed in its place.
        written = b"".join(_PLAIN_LINK.split(written))
        if b"<" in written:
            return None
    text = written.decode()
    if text.isascii():
        # Written as JSON, line ends, quotes, backslashes and controls take more room.
        added = len(orjson.dumps(text)) - len(text) - 1 - len(lines)
        if (added and added != text.count('"') + text.count("\\")) or "\x7f" in text:
            return None
    elif b"\n" in body or _has_controls(written) or _has_odd_blanks(written):
        return None
    if "\n\n\n\n" in text:
        return None
    return (_decode_usual(text) if "&" in text else text).strip()


def _has_controls(encoded: bytes) -> bool:
    return len(encoded.translate(None, _CONTROL_BYTES)) != len(encoded)


def _has_odd_blanks(encoded: bytes) -> bool:
    return any(begin in encoded and odd.search(encoded) for begin, odd in _ODD_BLANKS)


def _decode_usual(text: str) -> str:
    """Decode the entities that everybody uses fast, the others one by one."""
    usual = text.replace("&quot;", '"')
    if "&" in usual:
        # A stand-in for the sign itself, which the text does not hold: nothing is decoded twice.
        usual = usual.replace("&amp;", "\x01")
        if "&" in usual:
            usual = usual.replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">")
            if "&" in usual:
                return tidy(decode_entities(text))
        usual = usual.replace("\x01", "&")
    return usual


def from_text(text: str) -> str:
    """Return markup from which `to_text` makes `text` again, if `text` is tidy."""
    escaped = html.escape(text).replace("{%", "&#123;%")
    return escaped.replace("\n", "<br />")


def tidy(text: str) -> str:
    """Return text with LF line ends, no control characters but tabs, no trailing blanks.

    At most two blank lines stand in a row. Idempotent.
    """
    if _may_have_controls(text):
        text = strip_controls(_LINE_ENDS.sub("\n", text))
    if "\n" in text:
        text = "\n".join([line.rstrip() for line in text.split("\n")])
        if "\n\n\n\n" in text:
            text = _MANY_BLANK_LINES.sub("\n\n\n", text)
    return text.strip()


def _may_have_controls(text: str) -> bool:
    """Tell quickly that most text has nothing to clean: bytes are scanned at memory's speed.

    In UTF-8, controls from U+0080 on begin with C2; U+2028 and U+2029 with E2 80 A8 or A9.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    return (
        len(encoded.translate(None, _CONTROL_BYTES)) != len(encoded)
        or b"\xc2" in encoded
        or b"\xe2\x80\xa8" in encoded
        or b"\xe2\x80\xa9" in encoded
    )


def strip_controls(text: str) -> str:
    """Return text without control characters, except tabs and line feeds."""
    return _CONTROLS.sub("", text)


def decode_entities(markup: str) -> str:
    """Return markup with each entity that ends in a semicolon decoded, once."""
    return _ENTITY.sub(_decode, markup) if "&" in markup else markup


def _without_tags(markup: str) -> str:
    if "\n" not in markup:
        plain = markup.replace("<br />", "\n")
        if "<" not in plain:
            return plain
    text = _Text()
    position = 0
    for token in _TOKEN.finditer(markup):
        text.add(markup[position : token.start()])
        position = token.end()
        name = (token["name"] or "").lower()
        if token["line"]:
            text.add("\n")
        elif name == "a":
            text.close_link()
            if not token["end"]:
                text.open_link(token["attributes"])
        elif name in _BLOCKS:
            text.end_line()
        elif name and name not in _ELEMENTS:
            text.add(token[0])
    text.add(markup[position:])
    text.close_link()
    return "".join(text.parts)


class _Text:
    """Text as it is put together, and the link that is open, if any."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.link: tuple[int, str] | None = None

    def add(self, part: str) -> None:
        if part:
            self.parts.append(part)

    def end_line(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def open_link(self, attributes: str) -> None:
        found = _HREF.search(attributes)
        self.link = (len(self.parts), next(filter(None, found.groups()), "") if found else "")

    def close_link(self) -> None:
        if self.link:
            start, href = self.link
            shown = "".join(self.parts[start:])
            self.parts[start:] = [_link_text(shown, href)]
            self.link = None


def _link_text(shown: str, href: str) -> str:
    """Join what a link shows and where it leads; both still have their entities."""
    text = decode_entities(shown).strip()
    address = decode_entities(href).strip()
    if not address.lower().startswith(_LINK_SCHEMES) or _bare(text) == _bare(address):
        return shown
    beginning = text.removesuffix("…").removesuffix("...")
    if beginning != text and _bare(address).startswith(_bare(beginning)):
        # Shortened for show: the whole address says more.
        return href
    return f"{shown} ({href})" if text else href


def _bare(address: str) -> str:
    """Return what is left of an address when shown without its frills."""
    bare = address.lower()
    for prefix in (*_LINK_SCHEMES, "www."):
        bare = bare.removeprefix(prefix)
    return bare.removesuffix("/")


def _decode(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])
