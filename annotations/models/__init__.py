"""The tables of claims and of what people say about them."""

from annotations.models.channels import DISCLOSURE_MAX, Backing, Disclosure
from annotations.models.claims import (
    NOT_JUDGED,
    QUOTE_MAX,
    SPAN_MAX_MS,
    STATEMENT_MAX,
    STATEMENT_MIN,
    AnchorHealth,
    Claim,
    ClaimQuerySet,
    ClaimTag,
    Kind,
    Occurrence,
    OccurrenceQuerySet,
)
from annotations.models.discussion import BODY_MAX, Comment, CommentQuerySet, LastLook, Mention
from annotations.models.evidence import (
    URL_MAX,
    Evidence,
    EvidenceQuerySet,
    EvidenceSuggestion,
    Link,
    LinkCheck,
    LinkState,
    SourceKind,
    Stance,
)
from annotations.models.films import NOTE_MAX, AnchorProposal, Note, ProposalState
from annotations.models.moderation import (
    Decision,
    Deed,
    Flag,
    FlagKind,
    Merge,
    MergeState,
    Moved,
    Thing,
)
from annotations.models.ratings import (
    BridgingScore,
    ClaimStanding,
    EvidenceStanding,
    Helpfulness,
    HelpfulnessChange,
    HelpfulnessRating,
    Rating,
    Verdict,
    VerdictChange,
    VerdictState,
    VerdictVote,
)
from annotations.models.speakers import NAME_MAX, Speaker, SpeakerQuerySet
from annotations.models.states import READABLE, REASON_MAX, State, Stated

__all__ = [
    "BODY_MAX", "DISCLOSURE_MAX", "NAME_MAX", "NOTE_MAX", "NOT_JUDGED", "QUOTE_MAX", "READABLE",
    "REASON_MAX", "SPAN_MAX_MS", "STATEMENT_MAX", "STATEMENT_MIN", "URL_MAX", "AnchorHealth",
    "AnchorProposal", "Backing", "BridgingScore", "Claim", "ClaimQuerySet", "ClaimStanding",
    "ClaimTag", "Comment", "CommentQuerySet", "Decision", "Deed", "Disclosure", "Evidence",
    "EvidenceQuerySet", "EvidenceStanding", "EvidenceSuggestion", "Flag", "FlagKind", "Helpfulness",
    "HelpfulnessChange", "HelpfulnessRating", "Kind", "LastLook", "Link", "LinkCheck", "LinkState",
    "Mention", "Merge", "MergeState", "Moved", "Note", "Occurrence", "OccurrenceQuerySet",
    "ProposalState", "Rating", "SourceKind", "Speaker", "SpeakerQuerySet", "Stance", "State",
    "Stated", "Thing", "Verdict", "VerdictChange", "VerdictState", "VerdictVote",
]  # fmt: skip
