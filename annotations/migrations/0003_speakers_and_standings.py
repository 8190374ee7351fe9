"""Give every name a speaker, and every claim a standing."""

from django.db import migrations

SPEAKERS = """
INSERT INTO annotations_speaker
    (name, role, wikidata_id, state, state_reason, author_id, version, created_at)
SELECT DISTINCT ON (upper(speaker)) speaker, '', '', 'visible', '', author_id, 1, now()
  FROM annotations_occurrence WHERE speaker <> '' ORDER BY upper(speaker), id;
UPDATE annotations_occurrence o SET spoken_by_id = s.id
  FROM annotations_speaker s WHERE o.speaker <> '' AND upper(s.name) = upper(o.speaker);
"""

STANDINGS = """
INSERT INTO annotations_claimstanding
    (claim_id, state, votes, vote_count, helpful_count, helpful_to, rules_version,
     held_state, held_votes, evidence_count, comment_count)
SELECT id, 'needs_ratings', '{}', 0, 0, '{}', 1, '', 0, 0, 0 FROM annotations_claim
"""


class Migration(migrations.Migration):
    """Rows only; going back needs nothing, since the tables go."""

    dependencies = [("annotations", "0002_evidence_votes_and_states")]

    operations = [
        migrations.RunSQL(SPEAKERS, migrations.RunSQL.noop),
        migrations.RunSQL(STANDINGS, migrations.RunSQL.noop),
    ]
