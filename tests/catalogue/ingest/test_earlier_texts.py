"""Taking back a run that brought transcripts: to the last cue, and nothing of anybody else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalogue import ingest, languages, transcripts
from catalogue.ingest import earlier_texts
from catalogue.models import Cue, ImportRow, ImportRun, RunState, Transcript, Video
from catalogue.records.cues import Cue as RecordCue
from tests.makers import make_claim, make_video
from tests.racing import race

pytestmark = pytest.mark.django_db

RECORD = '---\ntitle: "A film"\nvid_id: "{}"\nlanguage: "{}"\n---\nText.\n'
FILM = "swje6NSdkfk"


def webvtt(*lines: str) -> str:
    cues = [f"00:{at:02}.000 --> 00:{at:02}.900\n{line}\n" for at, line in enumerate(lines)]
    return "\n".join(["WEBVTT\n", *cues])


def run(folder: Path, **files: str) -> ImportRun:
    """Bring in files of these languages and texts for FILM, and nothing else."""
    for path in folder.iterdir():
        path.unlink()
    for language, text in files.items():
        (folder / f"{FILM}.{language}.vtt").write_text(webvtt(text), encoding="utf-8")
    return ingest.run(ingest.read([folder]), source="test", by=None)


def state() -> list[tuple[object, ...]]:
    """Return all that transcripts say and are found by."""
    return list(
        Cue.objects.order_by("transcript__language", "transcript__kind", "start_ms", "pk")
        .values_list(
            "transcript__language", "transcript__kind", "transcript__source",
            "transcript__content_hash", "transcript__added_by", "start_ms", "end_ms", "text",
            "configuration", "parts", "search",
        )
    )  # fmt: skip


def verdicts(made: ImportRun) -> list[tuple[str, str]]:
    rows = made.rows.exclude(outcome="unchanged").order_by("number")
    return list(rows.values_list("undone", "undo_reason"))


def test_undo_takes_films_and_their_transcripts_back(tmp_path: Path):
    (tmp_path / "a.md").write_text(RECORD.format("aaaaaaaaaaa", ""))
    (tmp_path / "a.en.vtt").write_text(webvtt("One"))
    made = ingest.run(ingest.read([tmp_path]), source="test", by=None)

    told = ingest.undo(made, by=None, is_dry=True)
    assert (told.removed, told.spared) == (2, 0)
    assert Transcript.objects.count() == 1
    told = ingest.undo(made, by=None)
    assert (told.removed, told.spared) == (2, 0)
    assert not Video.objects.exists()


def test_undo_leaves_a_film_that_was_there_before(tmp_path: Path):
    video = make_video(platform_id=FILM)
    ingest.undo(run(tmp_path, en="One"), by=None)
    assert Video.objects.get() == video
    assert not Transcript.objects.exists()


def test_what_an_import_replaced_comes_back_with_its_search(tmp_path: Path):
    make_video(platform_id=FILM)
    run(tmp_path, en="The rivers ran north", zh="长江流域")
    before = state()
    second = run(tmp_path, en="The rivers ran south", zh="黄河流域")
    assert second.updated == 2
    assert state() != before

    told = ingest.undo(second, by=None, is_dry=True)
    assert (told.restored, told.spared) == (2, 0)
    assert state() != before
    told = ingest.undo(second, by=None)
    assert (told.restored, told.spared) == (2, 0)
    assert verdicts(second) == [("restored", "its earlier text is back")] * 2
    assert state() == before
    assert languages.BY_PARTS in {row[8] for row in before}


def test_a_replaced_text_is_found_in_search_again(tmp_path: Path, client):
    make_video(platform_id=FILM, title="Law")
    run(tmp_path, en="The wells dried up")
    second = run(tmp_path, en="Nothing of the kind")
    ingest.undo(second, by=None)
    assert "<mark>wells</mark>" in client.get("/", {"q": "wells"}).content.decode()


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(
        st.dictionaries(
            st.sampled_from(["en", "fr", "ja"]), st.sampled_from(["One", "Two", "Drei 三"]),
            min_size=1,
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_in_reverse_order_runs_lead_back_to_the_last_cue(tmp_path: Path, texts):
    Video.objects.all().delete()
    make_video(platform_id=FILM)
    states, runs = [], []
    for files in texts:
        states.append(state())
        runs.append(run(tmp_path, **files))
    for made, before in zip(reversed(runs), reversed(states), strict=True):
        told = ingest.undo(made, by=None)
        assert (told.spared, told.partly) == (0, 0)
        assert state() == before
    assert not Transcript.objects.exists()


def test_undo_spares_what_was_replaced_since_and_says_so(tmp_path: Path, moderator: User):
    video = make_video(platform_id=FILM)
    first = run(tmp_path, en="One", fr="Un", de="Eins", es="Uno")
    second = run(tmp_path, en="Two")
    transcripts.store(video, language="fr", cues=[RecordCue(0, 9, "Non")], by=moderator)
    transcripts.store(video, language="es", cues=[RecordCue(0, 9, "Dos")])

    told = ingest.undo(first, by=None)
    assert (told.removed, told.spared) == (1, 3)
    assert dict(first.rows.values_list("source", "undo_reason")) == {
        f"{tmp_path.name}/{FILM}.de.vtt": "the transcript is no longer in the catalogue",
        f"{tmp_path.name}/{FILM}.en.vtt": "a later import replaced the transcript",
        f"{tmp_path.name}/{FILM}.es.vtt": "the transcript was replaced since",
        f"{tmp_path.name}/{FILM}.fr.vtt": "somebody has replaced the transcript since",
    }
    # Once the later run is taken back, the earlier one can follow.
    assert ingest.undo(second, by=None).restored == 1
    assert ingest.undo(first, by=None).spared == 2
    assert set(Transcript.objects.values_list("language", flat=True)) == {"es", "fr"}


def test_what_a_later_import_brought_again_is_spared_until_that_is_taken_back(tmp_path: Path):
    make_video(platform_id=FILM)
    first = run(tmp_path, en="One")
    second = run(tmp_path, en="One")
    assert second.unchanged == 1

    assert ingest.undo(first, by=None).spared == 1
    assert verdicts(first) == [("spared", "a later import brought the same text")]
    ingest.undo(second, by=None)
    assert ingest.undo(first, by=None).removed == 1


def test_a_text_that_was_replaced_and_put_back_since_is_not_the_runs(tmp_path: Path):
    make_video(platform_id=FILM)
    run(tmp_path, en="One")
    second = run(tmp_path, en="Two")
    run(tmp_path, en="Three")
    last = run(tmp_path, en="Two")
    assert ingest.undo(second, by=None).spared == 1
    assert Cue.objects.get().text == "Two"
    ingest.undo(last, by=None)
    assert Cue.objects.get().text == "Three"


def test_several_files_of_one_run_for_one_transcript_are_one_step(tmp_path: Path):
    make_video(platform_id=FILM)
    run(tmp_path, en="One")
    before = state()
    (tmp_path / f"{FILM}.en.vtt").write_text(webvtt("Two"))
    (tmp_path / f"The film [{FILM}].en.vtt").write_text(webvtt("Three"))
    both = ingest.run(ingest.read([tmp_path]), source="test", by=None)
    assert both.updated == 2

    assert ingest.undo(both, by=None).restored == 2
    assert state() == before


def test_a_run_that_made_and_replaced_a_transcript_removes_it(tmp_path: Path):
    make_video(platform_id=FILM)
    (tmp_path / f"{FILM}.en.vtt").write_text(webvtt("Two"))
    (tmp_path / f"The film [{FILM}].en.vtt").write_text(webvtt("Three"))
    both = ingest.run(ingest.read([tmp_path]), source="test", by=None)
    assert (both.created, both.updated) == (1, 1)
    assert ingest.undo(both, by=None).removed == 2
    assert not Transcript.objects.exists()


def test_manual_and_automatic_of_one_language_are_two(tmp_path: Path):
    make_video(platform_id=FILM)
    made = run(tmp_path, **{"en": "By hand", "en-orig": "By machine"})
    assert made.created == 2
    again = run(tmp_path, **{"en": "By another hand", "en-orig": "By machine"})
    assert (again.updated, again.unchanged) == (1, 1)
    ingest.undo(again, by=None)
    assert [row[7] for row in state()] == ["By machine", "By hand"]


def test_rows_from_before_texts_were_kept_are_spared(tmp_path: Path):
    make_video(platform_id=FILM)
    run(tmp_path, en="One", fr="Un")
    second = run(tmp_path, en="Two", de="Zwei")
    ImportRow.objects.update(changed=None)
    told = ingest.undo(second, by=None)
    assert (told.removed, told.spared) == (1, 1)
    assert ("spared", "it was imported before anything was kept to restore") in verdicts(second)


def test_a_film_with_a_claim_keeps_its_place_and_loses_the_transcript(tmp_path: Path, author: User):
    (tmp_path / "a.md").write_text(RECORD.format("aaaaaaaaaaa", ""))
    (tmp_path / "a.en.vtt").write_text(webvtt("One"))
    made = ingest.run(ingest.read([tmp_path]), source="test", by=None)
    make_claim(author=author, video=Video.objects.get())
    assert verdicts_after(made) == [
        ("spared", "it has occurrences"),
        ("removed", "the transcript is no longer in the catalogue"),
    ]


def verdicts_after(made: ImportRun) -> list[tuple[str, str]]:
    ingest.undo(made, by=None)
    return verdicts(made)


def test_taking_many_transcripts_back_costs_the_same(
    tmp_path: Path, django_assert_max_num_queries, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(earlier_texts, "_BATCH_SIZE", 10)
    for number in range(25):
        name = f"film{number:07}"
        make_video(platform_id=name)
        (tmp_path / f"{name}.en.vtt").write_text(webvtt(name))
    made = ingest.run(ingest.read([tmp_path]), source="test", by=None)
    with django_assert_max_num_queries(50):
        assert ingest.undo(made, by=None).removed == 25
    assert not Transcript.objects.exists()


# --- At the same time -----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_turn", range(5))
def test_film_that_is_undone_while_its_transcript_is_uploaded(
    tmp_path: Path, author: User, _turn: int
):
    (tmp_path / f"{FILM}.md").write_text(RECORD.format(FILM, ""))
    (tmp_path / f"{FILM}.fr.vtt").write_text(webvtt("Un"))
    made = ingest.run(ingest.read([tmp_path]), source="test", by=None)
    video = Video.objects.get()
    outcomes: list[object] = []

    def upload() -> None:
        try:
            outcomes.append(
                transcripts.store(video, language="en", cues=[RecordCue(0, 9, "Mine")], by=author)
            )
        except Video.DoesNotExist as error:
            outcomes.append(error)

    race(upload, lambda: ingest.undo(made, by=None))
    if isinstance(outcomes[0], transcripts.Stored):
        assert Cue.objects.get().text == "Mine"
        assert made.rows.get(subject="video").undo_reason == "it has transcripts"
    else:
        assert not Video.objects.exists()
    assert not Transcript.objects.filter(language="fr").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_turn", range(5))
def test_transcript_that_staff_replace_while_it_is_undone(
    tmp_path: Path, moderator: User, _turn: int
):
    video = make_video(platform_id=FILM)
    made = run(tmp_path, en="One")
    race(
        lambda: transcripts.store(
            video, language="en", cues=[RecordCue(0, 9, "Mine")], by=moderator
        ),
        lambda: ingest.undo(made, by=None),
    )
    assert Cue.objects.get().text == "Mine"
    assert Transcript.objects.get().added_by == moderator


@pytest.mark.django_db(transaction=True)
def test_the_same_subtitles_twice_at_once_and_an_undo(tmp_path: Path):
    make_video(platform_id=FILM)
    first = run(tmp_path, en="One")
    (tmp_path / f"{FILM}.en.vtt").write_text(webvtt("Two"))

    def bring() -> None:
        ingest.run(ingest.read([tmp_path]), source="test", by=None)

    race(bring, bring, lambda: ingest.undo(first, by=None))
    assert [cue.text for cue in Cue.objects.all()] == ["Two"]
    assert set(ImportRun.objects.values_list("state", flat=True)) == {RunState.FINISHED}
    # Which of the two was first to write, nobody knows; each waits for the later one.
    for _turn in range(3):
        for made in ImportRun.objects.all():
            ingest.undo(made, by=None)
    assert not Transcript.objects.exists()
