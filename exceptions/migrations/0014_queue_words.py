"""The queue by title, and everything by priority; how often a word occurs in titles, so that looking for a frequent
one reads the queue in its order and looking for a rare one the index of words."""

from django.conf import settings
from django.db import migrations, models


STATISTICS = "CREATE STATISTICS exceptions_case_words ON (upper(title::text)) FROM exceptions_case"


class Migration(migrations.Migration):

    dependencies = [
        ('exceptions', '0013_runbooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['title', 'id'], name='case_in_titles'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['-priority', '-id'], name='case_in_any_state'),
        ),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS exceptions_case_words"),
    ]
