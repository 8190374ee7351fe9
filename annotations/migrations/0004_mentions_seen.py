"""Members see which mentions are new to them."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0003_speakers_and_standings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="mention",
            name="seen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(
                fields=["member"],
                name="mention_unseen",
                condition=models.Q(("seen_at__isnull", True)),
            ),
        ),
    ]
