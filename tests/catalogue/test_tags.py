"""Tags and their one identity."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict

from accounts.models import User
from catalogue import ingest, search, tags
from catalogue.models import Tag, TagSource, Video, VideoTag
from tests.makers import RECORDED, make_claim, make_record, make_tag, make_video
from tests.racing import race


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Sci-Fi", "sci-fi"),
        ("sci fi", "sci-fi"),
        ("  SCI   FI ", "sci-fi"),
        ("Économie", "économie"),
        ("تاريخ", "تاريخ"),
    ],
)
def test_spellings_of_one_word_share_a_slug(name: str, slug: str):
    assert tags.slug_of(name) == slug


def test_names_that_a_slug_cannot_tell_apart_stay_apart():
    slugs = {tags.slug_of(name) for name in ("C", "C++", "C#", "c.", "🎬", "🎥")}
    assert len(slugs) == 6
    assert all(slugs)


def test_the_longest_name_has_a_slug_that_fits():
    longest = Tag._meta.get_field("slug").max_length or 0
    for name in ("x" * tags.NAME_MAX, "ß" * tags.NAME_MAX, "ﷺ" * tags.NAME_MAX):
        assert len(tags.slug_of(name)) <= longest, name


@pytest.mark.parametrize("name", ["", "   ", "#", "x" * 101, "a\nb\x07", "a\0b"])
def test_what_is_no_name_is_refused(name: str):
    with pytest.raises(ValidationError):
        tags.clean_name(name)


def test_a_hash_sign_in_front_is_not_part_of_the_name():
    assert tags.clean_name(" #Water ") == "Water"


@pytest.mark.django_db
def test_tags_come_in_the_order_given_each_once(django_assert_num_queries):
    make_tag("Water")
    with django_assert_num_queries(4):  # and a savepoint
        found = tags.find_or_create(["Zinc", "water", "Zinc", "Air"])
    assert [tag.name for tag in found] == ["Zinc", "Water", "Air"]


@pytest.mark.django_db
def test_a_member_tags_a_video_once(video: Video, author: User, reader: User):
    tags.add_to_video(video, "Rivers", by=author)
    tags.add_to_video(video, "rivers", by=reader)
    placed = VideoTag.objects.get(video=video)
    assert (placed.tag.name, placed.source, placed.added_by) == (
        "Rivers",
        TagSource.MEMBER,
        author,
    )


@pytest.mark.django_db
def test_only_who_added_a_tag_takes_it_off(
    video: Video, author: User, stranger: User, moderator: User
):
    tag = tags.add_to_video(video, "Rivers", by=author).tag
    with pytest.raises(PermissionDenied):
        tags.remove_from_video(video, tag, by=stranger)
    tags.remove_from_video(video, tag, by=author)
    assert not video.video_tags.exists()
    tags.remove_from_video(video, tag, by=author)
    tags.add_to_video(video, "Rivers", by=author)
    tags.remove_from_video(video, tag, by=moderator)
    assert not video.video_tags.exists()


@pytest.mark.django_db
def test_a_film_is_found_by_what_a_member_called_it_also_after_its_record_came_again(author: User):
    def found() -> bool:
        query = search.parse_query(QueryDict("q=hydrology"))
        return search.videos(query).filter(pk=video.pk).exists()

    record = make_record(tags=("Rivers",))
    ingest.run([record], source="test", by=None)
    video = Video.objects.get()
    tag = tags.add_to_video(video, "Hydrology", by=author).tag
    assert found()
    later = replace(record, title="Another title", recorded_at=RECORDED + timedelta(days=1))
    ingest.run([later], source="test", by=None)
    assert found()
    tags.remove_from_video(video, tag, by=author)
    assert not found()
    video.refresh_from_db()
    assert video.keywords == "Quiet Rivers\nEducation\nRivers"


@pytest.mark.django_db
def test_a_tag_of_the_record_belongs_to_the_record(author: User, moderator: User):
    video = make_video(tags=["Rivers"])
    for member in (author, moderator):
        with pytest.raises(PermissionDenied):
            tags.remove_from_video(video, video.tags.get(), by=member)


@pytest.mark.django_db
def test_a_tag_exists_once(author: User):
    tags.create(by=author, name="Rivers", description="Flowing water.")
    with pytest.raises(ValidationError) as refusal:
        tags.create(by=author, name="rivers")
    assert list(refusal.value.message_dict) == ["name"]


@pytest.mark.django_db
def test_a_tag_in_use_cannot_be_withdrawn(author: User, stranger: User, video: Video):
    tag = tags.create(by=author, name="Rivers")
    with pytest.raises(PermissionDenied):
        tags.withdraw(tag, by=stranger)
    tags.add_to_video(video, "Rivers", by=author)
    with pytest.raises(tags.TagInUse):
        tags.withdraw(tag, by=author)
    tags.remove_from_video(video, tag, by=author)
    make_claim(author=author, tags=["Rivers"])
    with pytest.raises(tags.TagInUse):
        tags.withdraw(tag, by=author)


@pytest.mark.django_db
def test_an_unused_tag_is_withdrawn(author: User):
    tag = tags.create(by=author, name="Rivers")
    seen_by_another_request = Tag.objects.get()
    tags.withdraw(tag, by=author)
    tags.withdraw(seen_by_another_request, by=author)
    assert not Tag.objects.exists()


@pytest.mark.django_db
def test_only_its_maker_describes_a_tag(author: User, stranger: User):
    tag = tags.create(by=author, name="Rivers")
    with pytest.raises(PermissionDenied):
        tags.edit(tag, by=stranger, description="Mine.")
    assert tags.edit(tag, by=author, description="Ours.").description == "Ours."


@pytest.mark.django_db(transaction=True)
def test_many_make_the_same_tags_at_once_and_none_fails():
    names = [f"tag {number}" for number in range(40)]

    def make(order: list[str]) -> None:
        assert len(tags.find_or_create(order)) == 40

    race(*(partial(make, names if number % 2 else names[::-1]) for number in range(6)))
    assert Tag.objects.count() == 40


@pytest.mark.django_db
def test_a_film_that_was_taken_back_meanwhile_takes_no_tag(video: Video, author: User):
    seen_before = Video.objects.get(pk=video.pk)
    video.delete()
    with pytest.raises(Video.DoesNotExist, match="no longer in the catalogue"):
        tags.add_to_video(seen_before, "Rivers", by=author)
    assert not Tag.objects.filter(slug="rivers").exists()
