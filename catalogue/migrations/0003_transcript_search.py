import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


from catalogue import languages


def fill(apps, schema_editor):
    """Tell of the cues that are there how they are searched; others than words have parts."""
    Cue = apps.get_model('catalogue', 'Cue')
    Transcript = apps.get_model('catalogue', 'Transcript')
    for transcript in Transcript.objects.only('language').iterator():
        configuration = languages.configuration_of(transcript.language)
        cues = Cue.objects.filter(transcript=transcript)
        if configuration != languages.BY_PARTS:
            cues.update(configuration=configuration)
            continue
        found = list(cues.only('text'))
        for cue in found:
            cue.configuration, cue.parts = configuration, languages.parts_of(cue.text)
        Cue.objects.bulk_update(found, ['configuration', 'parts'], batch_size=500)


def forget(apps, schema_editor):
    """Take transcripts out of the ledger: before, it knew of records only."""
    apps.get_model('catalogue', 'ImportRow').objects.filter(subject='transcript').delete()


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_undo_of_imports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='importrow',
            name='importrow_rejected_with_reason',
        ),
        migrations.AddField(
            model_name='cue',
            name='configuration',
            field=models.CharField(blank=True, default='simple', max_length=20),
        ),
        migrations.AddField(
            model_name='cue',
            name='parts',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='transcript',
            name='added_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='importrow',
            name='subject',
            field=models.CharField(choices=[('video', 'A record of a video'), ('transcript', 'A transcript of a video')], db_default='video', default='video', max_length=10),
        ),
        migrations.AddField(
            model_name='transcript',
            name='content_hash',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.AddField(
            model_name='transcript',
            name='source',
            field=models.CharField(blank=True, default='', max_length=500),
        ),
        migrations.AddField(
            model_name='importrow',
            name='transcript',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='import_rows', to='catalogue.transcript'),
        ),
        migrations.RunPython(fill, forget, elidable=True),
        migrations.AddField(
            model_name='cue',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(configuration='arabic', then=django.contrib.postgres.search.SearchVector('text', config='arabic')), models.When(configuration='armenian', then=django.contrib.postgres.search.SearchVector('text', config='armenian')), models.When(configuration='basque', then=django.contrib.postgres.search.SearchVector('text', config='basque')), models.When(configuration='catalan', then=django.contrib.postgres.search.SearchVector('text', config='catalan')), models.When(configuration='danish', then=django.contrib.postgres.search.SearchVector('text', config='danish')), models.When(configuration='dutch', then=django.contrib.postgres.search.SearchVector('text', config='dutch')), models.When(configuration='english', then=django.contrib.postgres.search.SearchVector('text', config='english')), models.When(configuration='finnish', then=django.contrib.postgres.search.SearchVector('text', config='finnish')), models.When(configuration='french', then=django.contrib.postgres.search.SearchVector('text', config='french')), models.When(configuration='german', then=django.contrib.postgres.search.SearchVector('text', config='german')), models.When(configuration='greek', then=django.contrib.postgres.search.SearchVector('text', config='greek')), models.When(configuration='hindi', then=django.contrib.postgres.search.SearchVector('text', config='hindi')), models.When(configuration='hungarian', then=django.contrib.postgres.search.SearchVector('text', config='hungarian')), models.When(configuration='indonesian', then=django.contrib.postgres.search.SearchVector('text', config='indonesian')), models.When(configuration='irish', then=django.contrib.postgres.search.SearchVector('text', config='irish')), models.When(configuration='italian', then=django.contrib.postgres.search.SearchVector('text', config='italian')), models.When(configuration='lithuanian', then=django.contrib.postgres.search.SearchVector('text', config='lithuanian')), models.When(configuration='nepali', then=django.contrib.postgres.search.SearchVector('text', config='nepali')), models.When(configuration='norwegian', then=django.contrib.postgres.search.SearchVector('text', config='norwegian')), models.When(configuration='portuguese', then=django.contrib.postgres.search.SearchVector('text', config='portuguese')), models.When(configuration='romanian', then=django.contrib.postgres.search.SearchVector('text', config='romanian')), models.When(configuration='russian', then=django.contrib.postgres.search.SearchVector('text', config='russian')), models.When(configuration='serbian', then=django.contrib.postgres.search.SearchVector('text', config='serbian')), models.When(configuration='simple', then=django.contrib.postgres.search.SearchVector('text', config='simple')), models.When(configuration='spanish', then=django.contrib.postgres.search.SearchVector('text', config='spanish')), models.When(configuration='swedish', then=django.contrib.postgres.search.SearchVector('text', config='swedish')), models.When(configuration='tamil', then=django.contrib.postgres.search.SearchVector('text', config='tamil')), models.When(configuration='turkish', then=django.contrib.postgres.search.SearchVector('text', config='turkish')), models.When(configuration='yiddish', then=django.contrib.postgres.search.SearchVector('text', config='yiddish'))), output_field=django.contrib.postgres.search.SearchVectorField(null=True)),
        ),
        migrations.AddIndex(
            model_name='cue',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='cue_search'),
        ),
        migrations.AddIndex(
            model_name='cue',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('configuration', '')), fields=['parts'], name='cue_parts'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('transcript__isnull', False)), fields=['transcript'], name='importrow_by_transcript'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'rejected'), ('video__isnull', True), models.Q(('reason', ''), _negated=True)), models.Q(models.Q(('outcome', 'rejected'), _negated=True), models.Q(('reason', ''), ('subject', 'transcript'), _connector='OR')), _connector='OR'), name='importrow_rejected_with_reason'),
        ),
    ]
