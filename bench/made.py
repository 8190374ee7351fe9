"""Made-up records for measuring: of the seed's shape and size, the same for the same seed.

About 1,600 bytes each: a header quoted as JSON quotes, and a body of 200 to 3,000 characters
in one line with `<br />`. As in the seed, most files have CRLF line ends, half of the bodies
have links, a third of them times, some entities, some letters beyond ASCII. Words follow
Zipf's law, since that is what search indexes are slow or fast by.
"""

import base64
import functools
import hashlib
import itertools
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from catalogue import records

_VOCABULARY_SIZE = 20_000
_SENTENCE_COUNT = 8_000
_CHANNEL_COUNT = 2_000
_CATEGORIES = (
    "Education", "Science-Technology", "Film-Animation", "News-Politics", "People-Blogs",
    "Travel-Events", "Entertainment", "Nonprofits-Activism", "Howto-Style", "Music",
)  # fmt: skip
_COMMON = "the of and to in a is that for on with as by from at this we how they not its was"
_SYLLABLES = "ra ve mi lo ta ne ki so du pa li mo fe ga no ri te ba su co vi la em or an"
_BEYOND_ASCII = ("– ", "’s ", "naïve ", "Žižek ", "река ", "河流 ", "🗺️ ")
_LINK = '<a rel="nofollow" target="blank" href="{0}">{0}</a>'
_FIRST = datetime(2008, 1, 1, tzinfo=UTC)
_WRITTEN = datetime(2021, 9, 1, tzinfo=timezone(timedelta(hours=3)))


def make_record(n: int, seed: int = 1) -> bytes:
    """Return the nth record as front matter."""
    digest = hashlib.blake2b(f"{seed}:{n}".encode(), digest_size=8).digest()
    chance = random.Random(digest)
    words = _words(seed)
    platform_id = base64.urlsafe_b64encode(digest)[:11].decode()
    views = int(chance.lognormvariate(8, 2))
    image = f"https://i.ytimg.com/vi/{platform_id}/hqdefault.jpg"
    values: dict[str, object] = {
        "title": " ".join(chance.sample(words.titles, chance.randint(3, 9))).title(),
        "image": image,
        "vid_id": platform_id,
        "categories": chance.choice(_CATEGORIES),
        "tags": chance.sample(words.titles, chance.randint(2, 3)),
        "date": (_WRITTEN + timedelta(seconds=chance.randrange(20_000_000))).isoformat(),
        "vid_date": f"{_FIRST + timedelta(seconds=chance.randrange(430_000_000)):%FT%TZ}",
        "duration": _duration(chance.randint(30, 7_200)),
        "viewcount": str(views),
        "likeCount": str(views // 40),
        "dislikeCount": "" if chance.random() < 0.75 else str(views // 2_000),
        "channel": words.channels[int(_CHANNEL_COUNT * chance.random() ** 3)],
    }
    lines = [f"{key}: {_quote(value)}" for key, value in values.items()]
    body = _body(chance, words.sentences)
    text = "\n".join(["---", *lines, "---", f"{{% raw %}}{body}{{% endraw %}}\n"])
    return (text if n % 8 == 0 else text.replace("\n", "\r\n")).encode()


def make_line(n: int, seed: int = 1) -> bytes:
    """Return the nth record as a line of our own JSON, with its line end."""
    return records.write_json_line(records.parse("made", make_record(n, seed))).encode()


def _quote(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M{seconds}S" if hours else f"PT{minutes}M{seconds}S"


def _body(chance: random.Random, sentences: list[str]) -> str:
    """Return a description: most are short, some are long."""
    size = int(200 + 2_800 * chance.random() ** 2)
    has_links, has_times = chance.random() < 0.5, chance.random() < 0.33
    has_entities, is_ascii = chance.random() < 0.25, chance.random() < 0.6
    pieces: list[str] = []
    length = number = 0
    while length < size:
        sentence = chance.choice(sentences)
        draw = chance.random()
        if not is_ascii and draw < 0.3:
            sentence = chance.choice(_BEYOND_ASCII) + sentence
        if has_entities and draw > 0.8:
            sentence = f"&quot;{sentence}&quot; &amp; more"
        if has_times:
            sentence = f"{number * 2}:{int(draw * 60):02} - {sentence}"
        if has_links and draw > 0.85:
            address = f"https://films.example/{draw:.6f}".replace("0.", "?n=")
            sentence = f"{sentence} {_LINK.format(address)}<br />"
        elif has_times:
            sentence += "<br />"
        else:
            sentence += "<br /><br />" if draw < 0.25 else " "
        pieces.append(sentence)
        length += len(sentence)
        number += 1
    return "".join(pieces).rstrip().removesuffix("<br />")


class _Words:
    """Words, sentences and names to draw from."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        common, syllables = _COMMON.split(), _SYLLABLES.split()
        made = (
            "".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in itertools.count()
        )
        vocabulary = [*common, *_first_different(made, _VOCABULARY_SIZE)]
        weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(vocabulary))))
        self.titles = vocabulary[len(common) :]
        self.channels = [
            " ".join(chance.sample(self.titles, 2)).title() for _ in range(_CHANNEL_COUNT)
        ]
        self.sentences = [
            " ".join(
                chance.choices(vocabulary, cum_weights=weights, k=chance.randint(6, 24))
            ).capitalize()
            + "."
            for _ in range(_SENTENCE_COUNT)
        ]


@functools.lru_cache(maxsize=4)
def _words(seed: int) -> _Words:
    return _Words(seed)


def _first_different(words: Iterator[str], count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[next(words)] = None
    return list(found)
