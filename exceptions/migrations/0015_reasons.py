"""The kind of reason why a deed left a case alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exceptions', '0014_queue_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='deeditem',
            name='code',
            field=models.CharField(blank=True, help_text='The kind of reason why it was left alone.', max_length=60),
        ),
        migrations.AlterField(
            model_name='deeditem',
            name='said',
            field=models.CharField(blank=True, help_text='The reason in words.', max_length=300),
        ),
    ]
