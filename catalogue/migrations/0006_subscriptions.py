import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0005_addresses_to_fetch'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=2000)),
                ('kind', models.CharField(choices=[('video', 'A film'), ('playlist', 'A list of films'), ('channel', 'A channel'), ('page', 'A page')], max_length=8)),
                ('title', models.CharField(blank=True, max_length=300)),
                ('interval', models.PositiveSmallIntegerField(choices=[(1, 'Every hour'), (6, 'Every six hours'), (24, 'Every day'), (168, 'Every week')], default=24)),
                ('start', models.CharField(choices=[('new', 'Only what is published from now on'), ('newest', 'Also the newest 30 that are there')], default='new', max_length=6)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('words_not', models.CharField(blank=True, max_length=300)),
                ('shortest_ms', models.PositiveIntegerField(blank=True, null=True)),
                ('longest_ms', models.PositiveIntegerField(blank=True, null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('due_at', models.DateTimeField()),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('last_failure', models.CharField(blank=True, max_length=500)),
                ('last_result', models.CharField(blank=True, max_length=300)),
                ('brought_in', models.PositiveIntegerField(default=0)),
                ('passed_by', models.PositiveIntegerField(default=0)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='SeenUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seen', to='catalogue.subscription')),
            ],
        ),
        migrations.AddField(
            model_name='importrun',
            name='subscription',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='catalogue.subscription'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['due_at'], name='subscription_due'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(models.F('by'), django.db.models.functions.text.MD5('url'), name='subscription_once'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('shortest_ms__isnull', True), ('longest_ms__isnull', True), ('shortest_ms__lte', models.F('longest_ms')), _connector='OR'), name='subscription_lengths_in_order'),
        ),
        migrations.AddConstraint(
            model_name='seenupload',
            constraint=models.UniqueConstraint(fields=('subscription', 'key'), name='seenupload_once'),
        ),
    ]
