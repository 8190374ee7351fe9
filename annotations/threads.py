"""A discussion as it is read: who said what in answer to whom, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Prefetch
from django.utils import timezone

from accounts.models import User
from annotations import discussion, talk
from annotations.comment_forms import CommentForm
from annotations.models import (
    Claim,
    Comment,
    Evidence,
    EvidenceSuggestion,
    Mention,
    Occurrence,
    State,
)
from annotations.permissions import Action, may
from catalogue.models import Video
from catalogue.prose import Piece

# Answers to answers to answers stand beside what they answer.
DEEPEST = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One comment as one person sees it; without `is_shown` only that there was one.

    `answers` is the comment it answers, None for the first of a thread; `named` are the
    members it names, by names in small letters.
    """

    comment: Comment
    depth: int
    is_shown: bool
    answers: Comment | None
    paragraphs: list[list[Piece]]
    named: frozenset[str]
    suggestions: list[EvidenceSuggestion]
    may_answer: bool
    may_edit: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """All that is said about a claim. Times in it lead to `film`, one of several if `is_one_of`.

    `answered` is the comment that the form answers.
    """

    lines: list[Line]
    count: int
    film: Video | None
    is_one_of: bool
    may_say: bool
    answered: Comment | None
    form: CommentForm


def thread_of(claim: Claim, user: User | AnonymousUser, *, answer: str = "") -> Thread:
    """Return the discussion of a claim, as a user may read it. Four queries, or fewer.

    `answer` is the number of the comment that somebody wants to answer, as typed.
    """
    comments = list(
        Comment.objects.filter(claim=claim)
        .for_page()
        .prefetch_related(Prefetch("mentions", Mention.objects.select_related("member")))
    )
    films = _films(claim) if comments else []
    film = films[0] if films else None
    reading = _Reading(claim, user, film, _suggestions(claim) if comments else {})
    lines = list(reading.lines(comments))
    answered = next(
        (one.comment for one in lines if one.may_answer and str(one.comment.pk) == answer), None
    )
    return Thread(
        lines=lines,
        count=sum(line.comment.is_readable for line in lines),
        film=film,
        is_one_of=len(films) > 1,
        may_say=may(user, Action.ADD, claim),
        answered=answered,
        form=CommentForm(initial={"parent": answered.pk} if answered else None),
    )


class _Reading:
    """One person reads one discussion."""

    def __init__(
        self,
        claim: Claim,
        user: User | AnonymousUser,
        film: Video | None,
        suggestions: dict[int, list[EvidenceSuggestion]],
    ) -> None:
        self.user = user
        self.claim = claim
        self.length = film.duration_ms if film else None
        self.suggestions = suggestions
        self.may_add = may(user, Action.ADD, claim)
        self.now: datetime = timezone.now()

    def lines(self, comments: Iterable[Comment]) -> Iterator[Line]:
        """Give comments in the order of reading: answers behind what they answer.

        What may not be read leaves a line only where something below it may be.
        """
        answers: dict[int | None, list[Comment]] = defaultdict(list)
        by_number = {comment.pk: comment for comment in comments}
        for comment in by_number.values():
            answers[comment.parent_id].append(comment)
        kept = self._kept(by_number)
        # A stack, for a thread may be deeper than Python recurses.
        waiting = [(comment, 0) for comment in reversed(answers[None])]
        while waiting:
            comment, depth = waiting.pop()
            if comment.pk not in kept:
                continue
            yield self._line(comment, depth, by_number.get(comment.parent_id or 0))
            waiting += [(one, min(depth + 1, DEEPEST)) for one in reversed(answers[comment.pk])]

    def _kept(self, by_number: dict[int, Comment]) -> set[int]:
        """Return the comments that are shown, and all that they stand under."""
        kept: set[int] = set()
        for comment in by_number.values():
            one: Comment | None = comment if may(self.user, Action.READ, comment) else None
            while one is not None and one.pk not in kept:
                kept.add(one.pk)
                one = by_number.get(one.parent_id or 0)
        return kept

    def _line(self, comment: Comment, depth: int, parent: Comment | None) -> Line:
        is_shown = may(self.user, Action.READ, comment)
        may_edit = may(self.user, Action.EDIT, comment, under=self.claim)
        return Line(
            comment=comment,
            depth=depth,
            is_shown=is_shown,
            answers=parent,
            paragraphs=talk.paragraphs(comment.body, duration_ms=self.length) if is_shown else [],
            named=frozenset(one.member.username.lower() for one in comment.mentions.all()),
            suggestions=self.suggestions.get(comment.pk, []) if self._may_offer(comment) else [],
            may_answer=may(self.user, Action.ADD, comment, under=self.claim),
            may_edit=may_edit and discussion.is_editable(comment, now=self.now),
            may_withdraw=may(self.user, Action.WITHDRAW, comment, under=self.claim),
        )

    def _may_offer(self, comment: Comment) -> bool:
        return self.may_add and comment.is_readable


def _films(claim: Claim) -> list[Video]:
    """Return the films that a claim is made in, the most seen first."""
    rows = (
        Occurrence.objects.visible()
        .filter(claim=claim)
        .select_related("video")
        .defer(
            "video__description",
            "video__search",
            "video__keywords",
            "video__origins",
            "video__replays",
        )
        .order_by(F("video__counts__views").desc(nulls_last=True), "video_id")
    )
    return list({row.video_id: row.video for row in rows}.values())


def _suggestions(claim: Claim) -> dict[int, list[EvidenceSuggestion]]:
    """Return the addresses in comments that are no card yet, by comment."""
    card = Evidence.objects.filter(claim=claim, url_key=OuterRef("url_key"))
    rows = EvidenceSuggestion.objects.filter(
        ~Exists(card.exclude(state=State.WITHDRAWN)), claim=claim, dismissed_by=None
    )
    found: dict[int, list[EvidenceSuggestion]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.comment_id].append(row)
    return found
