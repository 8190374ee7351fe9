"""Reasons for people that are stored in English, and retold to each reader in their language.

What a parser or a worker says is kept as English text: exports, the REST interface and the
terminal show it so. It is made of a template, which translators find (`script/words update`), and
`catalogue.retelling` finds the template again that a stored text was made of. So:

- `said("“{value}” is too large a number", value=…)`: always a whole sentence or clause.
- Numbers have a format, by which they are known again: `{count:,}`, `{line:d}`.
- `{reason}` is what was said before, or comes from outside and then stays as it is;
  `{reasons}` are several of those with `; ` between them.
- `{fact}` is always what was said before; `{facts}` are several with `, ` between them.
- Any other value is somebody's text, and stays. What is quoted has its quotation marks in the
  template, since languages have marks of their own.
"""

from collections.abc import Iterable

# By it translators tell these texts from those of pages, and `retelling` finds them.
CONTEXT = "said"


def said(template: str, /, **values: object) -> str:
    """Return a reason in English. Where the template is no literal, it was a `saying`."""
    return template.format_map(values)


def said_many(one: str, many: str, /, *, count: int, **values: object) -> str:
    """Return a reason about a number of things, in English."""
    return said(one if count == 1 else many, count=count, **values)


def saying(template: str, /) -> str:
    """Return a template that is to be `said` elsewhere, as it is; it is marked for translators."""
    return template


def listed(parts: Iterable[str], *, between: str = "; ") -> str:
    """Return what was said several times as one text, each thing once."""
    return between.join(dict.fromkeys(parts))
