from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0006_numbers_are_found")]
    operations = [
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("processed", "Processed"),
                    ("duplicate", "Duplicate"),
                    ("held", "Held"),
                    ("rejected", "Rejected"),
                    ("returned", "Returned to source"),
                    ("replaced", "Replaced by its correction"),
                ],
                default="received",
                max_length=10,
            ),
        ),
    ]
