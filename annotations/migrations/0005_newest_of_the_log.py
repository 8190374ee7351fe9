"""Let the newest entries of the log be read without sorting it, for all and by person.

The tables of events are pghistory's to describe, and one is the catalogue's: so plain SQL.
"""

from django.db import migrations

TABLES = (
    "annotations_claimevent",
    "annotations_occurrenceevent",
    "annotations_claimtagevent",
    "annotations_evidenceevent",
    "annotations_commentevent",
    "annotations_speakerevent",
    "annotations_noteevent",
    "catalogue_videotagevent",
)


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0004_mentions_seen"),
        ("catalogue", "0013_log_of_tags"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        *(
            migrations.RunSQL(
                f'CREATE INDEX {table}_newest ON {table} (pgh_created_at DESC, pgh_id DESC)',
                f'DROP INDEX {table}_newest',
            )
            for table in TABLES
        ),
        migrations.RunSQL(
            "CREATE INDEX pghistory_context_by_person ON pghistory_context ((metadata -> 'user'))",
            "DROP INDEX pghistory_context_by_person",
        ),
    ]
