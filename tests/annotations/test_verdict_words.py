"""What is missing, in sentences, for those who see votes and those who do not."""

import pytest

from annotations import verdict_words
from annotations.consensus import Lack, Need


@pytest.mark.parametrize("need", Need)
@pytest.mark.parametrize("sees_votes", [True, False])
def test_everything_that_can_be_missing_has_a_sentence(need: Need, *, sees_votes: bool):
    (one,) = verdict_words.missing([Lack(need, 0.5, 0.9)], sees_votes=sees_votes)
    assert one.words.endswith(".")
    assert "%(" not in one.words


def test_counts_and_chances_are_told_so_that_they_never_read_as_reached():
    votes, chance, hours = verdict_words.missing(
        [Lack(Need.VOTES, 4, 5), Lack(Need.MAJORITY, 0.8999, 0.9), Lack(Need.HOURS, 23.99, 24.0)],
        sees_votes=True,
    )
    assert votes.words == "Votes: 4 so far, at least 5 needed."
    assert "89\u00a0% likely" in chance.words
    assert "at least 90\u00a0%" in chance.words
    assert hours.words == "Hours since it was earned: 23 so far, 24 needed."


def test_without_votes_sides_are_one_sentence_without_numbers():
    lacks = [
        Lack(Need.RATINGS, 4, 5),
        Lack(Need.RATINGS_FROM_ACCURATE, 2, 3),
        Lack(Need.RATINGS_FROM_INACCURATE, 1, 3),
    ]
    ratings, sides = verdict_words.missing(lacks, sees_votes=False)
    assert (ratings.has, sides.has) == (4, None)
    assert len(verdict_words.missing(lacks, sees_votes=True)) == 3


def test_in_short_is_empty_once_enough_have_voted():
    assert verdict_words.in_short(4, 5) == "Needs more ratings: 4 so far, at least 5 needed"
    assert verdict_words.in_short(5, 5) == ""
