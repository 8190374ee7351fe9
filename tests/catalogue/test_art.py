"""Pictures: one key, one picture."""

import re

from catalogue.art import art_of


def test_same_key_draws_the_same_picture() -> None:
    drawn = art_of("youtube:swje6NSdkfk")
    art_of.cache_clear()
    assert art_of("youtube:swje6NSdkfk") == drawn


def test_other_keys_draw_other_pictures() -> None:
    pictures = {art_of(f"sample:film-{number}") for number in range(60)}
    assert len(pictures) == 60
    assert len({picture.name for picture in pictures}) == 60


def test_every_scene_is_a_path_that_svg_understands() -> None:
    for number in range(60):
        for shape in art_of(f"sample:film-{number}").shapes:
            assert re.fullmatch(r"[MLHVhvQCSalZ0-9 .\-]+", shape.path), shape.path


def test_a_picture_is_small_enough_to_stand_in_a_list() -> None:
    sizes = [
        sum(len(shape.path) for shape in art_of(f"sample:film-{number}").shapes)
        for number in range(60)
    ]
    assert max(sizes) < 6_000
    assert sum(sizes) / len(sizes) < 3_000
