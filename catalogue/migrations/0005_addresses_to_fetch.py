import django.db.models.deletion
from django.db import migrations, models


def end(apps, schema_editor):
    """Call runs interrupted that wait to go on: before, no run waited."""
    runs = apps.get_model('catalogue', 'ImportRun').objects.filter(state='waiting')
    runs.update(state='failed')


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0004_origins_of_values'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importrun',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('finished', 'Finished'), ('failed', 'Interrupted')], default='running', max_length=8),
        ),
        migrations.RunPython(migrations.RunPython.noop, end, elidable=True),
        migrations.CreateModel(
            name='Fetch',
            fields=[
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='fetch', serialize=False, to='catalogue.importrun')),
                ('kind', models.CharField(choices=[('video', 'A film'), ('playlist', 'A list of films'), ('channel', 'A channel'), ('page', 'A page')], max_length=8)),
                ('url', models.CharField(max_length=2000)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('is_listed', models.BooleanField(default=False)),
                ('is_cancelled', models.BooleanField(default=False)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('doing', models.CharField(blank=True, max_length=300)),
                ('last_failure', models.CharField(blank=True, max_length=500)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('title', models.CharField(blank=True, max_length=300)),
                ('pages_found', models.PositiveIntegerField(default=0)),
                ('pages_asked', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'fetches',
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='fetch_due')],
            },
        ),
        migrations.CreateModel(
            name='FetchPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('url', models.CharField(max_length=2000)),
                ('said', models.JSONField(blank=True, default=dict)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('fetch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='catalogue.fetch')),
            ],
            options={
                'ordering': ('fetch', 'failures', 'number'),
                'indexes': [models.Index(fields=['fetch', 'failures', 'number'], name='fetchpage_in_order')],
                'constraints': [models.UniqueConstraint(fields=('fetch', 'number'), name='fetchpage_once')],
            },
        ),
    ]
