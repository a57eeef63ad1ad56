import hub.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestration', '0002_tally'),
    ]

    operations = [
        migrations.CreateModel(
            name='Expectation',
            fields=[
                ('id', models.UUIDField(default=hub.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('rule', models.CharField(max_length=20)),
                ('key', models.CharField(max_length=120)),
                ('journey_id', models.UUIDField(null=True)),
                ('facility', models.CharField(blank=True, max_length=20)),
                ('event_id', models.UUIDField(help_text='The event that it follows.', null=True)),
                ('since', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('breached_at', models.DateTimeField(null=True)),
                ('met_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('breached_at', None)), fields=['due_at'], name='expectation_due'), models.Index(fields=['journey_id'], name='expectation_by_journey')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('met_at', None)), fields=('rule', 'key'), name='expectation_open_once')],
            },
        ),
        migrations.CreateModel(
            name='FeedHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('feed', models.CharField(max_length=40)),
                ('hour', models.PositiveSmallIntegerField()),
                ('watched', models.PositiveSmallIntegerField(default=0)),
                ('heard', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('feed', 'hour'), name='feed_hour_once')],
            },
        ),
        migrations.CreateModel(
            name='FeedPulse',
            fields=[
                ('feed', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('hour', models.PositiveSmallIntegerField(default=0)),
                ('watched_seconds', models.PositiveIntegerField(default=0)),
                ('heard', models.BooleanField(default=False)),
                ('silence', models.FloatField(default=0)),
                ('silent_since', models.DateTimeField(null=True)),
                ('ticked_at', models.DateTimeField(help_text='Business time of the last look.')),
                ('machine_at', models.DateTimeField(help_text='Machine time of the last look.')),
            ],
        ),
    ]
