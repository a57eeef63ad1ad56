import hub.core.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("orchestration", "0003_expectation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("kept_at", models.DateTimeField(default=hub.core.clock.now)),
            ],
        ),
    ]
