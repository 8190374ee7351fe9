import pytest

from catalogue import languages


@pytest.mark.parametrize(
    ("language", "configuration"),
    [
        ("en", "english"), ("pt-BR", "portuguese"), ("nb", "norwegian"), ("FR", "french"),
        ("he", "simple"), ("x-0", "simple"), ("", "simple"),
        ("zh-Hans", ""), ("ja", ""), ("th", ""), ("km", ""), ("lo", ""), ("my", ""),
    ],
)  # fmt: skip
def test_language_has_a_configuration(language: str, configuration: str):
    assert languages.configuration_of(language) == configuration


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("电影院", ["影院", "电影"]),
        ("电影 院", ["影院", "电影"]),
        ("电影。院", ["电影", "院"]),
        ("i-hat 向量", ["hat", "i", "向量"]),
        ("กินข้าว", ["กิ", "ข้", "นข", "าว", "ิน", "้า"]),
        ("ﾃﾚﾋﾞ", ["テレ", "レビ"]),
        ("Water WATER", ["water"]),
    ],
)
def test_text_without_spaces_is_found_by_each_two_characters(text: str, parts: list[str]):
    assert languages.parts_of(text) == parts
