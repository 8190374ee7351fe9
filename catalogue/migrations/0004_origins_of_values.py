from django.db import migrations, models

# Before, nobody wrote down what the file of the newest record was called; the ledger still
# knows. Without it a corrected file would not be known again.
FILL = r"""
UPDATE catalogue_video v SET record_name = latest.name
  FROM (
    SELECT DISTINCT ON (video_id) video_id,
           left(substring(source FROM '[^/!]*$'), 200) AS name
      FROM catalogue_importrow
     WHERE video_id IS NOT NULL AND subject = 'video' AND outcome IN ('created', 'updated')
     ORDER BY video_id, id DESC
  ) latest
 WHERE latest.video_id = v.id AND latest.name <> ''
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0003_transcript_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='keywords_due_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='named_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='video',
            name='origins',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='video',
            name='record_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='videocounts',
            name='earlier',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddIndex(
            model_name='channel',
            index=models.Index(condition=models.Q(('keywords_due_at__isnull', False)), fields=['keywords_due_at'], name='channel_keywords_due'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop, elidable=True),
    ]
