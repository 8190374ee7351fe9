"""Every sentence about a wrong time is one that translators are shown."""

import pytest

from catalogue.timecode_words import SENTENCES, in_words
from catalogue.timecodes import TimecodeError, parse_offset, parse_timecode


@pytest.mark.parametrize(
    ("parse", "typed"),
    [
        (parse_timecode, "noon"),
        (parse_timecode, "1:75"),
        (parse_timecode, "9999:00:00"),
        (parse_offset, "later"),
    ],
)
def test_what_is_wrong_is_a_known_sentence(parse, typed):
    with pytest.raises(TimecodeError) as caught:
        parse(typed)
    assert in_words(caught.value) in SENTENCES
