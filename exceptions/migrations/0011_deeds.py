"""What people do to many cases at once; the queue's indexes for every order; owners in names and tallies."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import hub.core.clock
import hub.core.ids
from django.conf import settings
from django.db import migrations, models


# A person's name as lists show it, beside every case that is theirs.
NAMES = """
CREATE FUNCTION exceptions_owner_name(bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT coalesce(nullif(trim(first_name || ' ' || last_name), ''), username)
                       FROM auth_user WHERE id = $1), '')
$$;
CREATE FUNCTION exceptions_name_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.owner_name := CASE WHEN NEW.owner_id IS NULL THEN '' ELSE exceptions_owner_name(NEW.owner_id) END;
    RETURN NEW;
END $$;
CREATE TRIGGER exceptions_name_owner BEFORE INSERT OR UPDATE OF owner_id, owner_name ON exceptions_case
    FOR EACH ROW EXECUTE FUNCTION exceptions_name_owner();
CREATE FUNCTION exceptions_rename_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE exceptions_case SET owner_name = '' WHERE owner_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER exceptions_rename_owner AFTER UPDATE OF username, first_name, last_name ON auth_user
    FOR EACH ROW WHEN ((OLD.username, OLD.first_name, OLD.last_name)
                       IS DISTINCT FROM (NEW.username, NEW.first_name, NEW.last_name))
    EXECUTE FUNCTION exceptions_rename_owner();
UPDATE exceptions_case SET owner_name = '' WHERE owner_id IS NOT NULL;
"""
FORGET_NAMES = """
DROP TRIGGER exceptions_rename_owner ON auth_user;
DROP FUNCTION exceptions_rename_owner();
DROP TRIGGER exceptions_name_owner ON exceptions_case;
DROP FUNCTION exceptions_name_owner();
DROP FUNCTION exceptions_owner_name(bigint);
"""

_TALLY = """
CREATE OR REPLACE FUNCTION exceptions_tally_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exceptions_casetally ({names}, count, amount)
    SELECT {names}, count(*), sum(amount) FROM changed WHERE state <> 'resolved' GROUP BY {names};
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION exceptions_tally_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exceptions_casetally ({names}, count, amount)
    SELECT {names}, sum(change), sum(dollars) FROM (
        SELECT {names}, 1 AS change, amount AS dollars FROM changed WHERE state <> 'resolved'
        UNION ALL
        SELECT {names}, -1, -amount FROM before WHERE state <> 'resolved'
    ) AS both_sides GROUP BY {names} HAVING sum(change) <> 0 OR sum(dollars) <> 0;
    RETURN NULL;
END $$;
LOCK TABLE exceptions_case IN SHARE MODE;
DELETE FROM exceptions_casetally;
INSERT INTO exceptions_casetally ({names}, count, amount)
SELECT {names}, count(*), sum(amount) FROM exceptions_case WHERE state <> 'resolved' GROUP BY {names};
"""
BY_OWNER = _TALLY.format(names="queue, failure_class, facility, owner_id")
BY_PLACE = _TALLY.format(names="queue, failure_class, facility")


class Migration(migrations.Migration):

    dependencies = [
        ('exceptions', '0010_teams'),
        ('masterdata', '0001_initial'),  # the extension that finds words within titles
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Deed',
            fields=[
                ('id', models.UUIDField(default=hub.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('act', models.CharField(choices=[('take', 'Take'), ('assign', 'Assign'), ('snooze', 'Snooze'), ('wake', 'Put back'), ('watch', 'Watch'), ('unwatch', 'Stop watching'), ('resolve', 'Resolve'), ('retry', 'Retry'), ('undo', 'Undo')], max_length=10)),
                ('data', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('under_way', 'Under way'), ('done', 'Done'), ('stopped', 'Stopped')], default='under_way', max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('at', models.DateTimeField(default=hub.core.clock.now)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='DeedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('left', 'Left alone')], default='waiting', max_length=10)),
                ('said', models.CharField(blank=True, help_text='Why it was left alone.', max_length=300)),
                ('before', models.JSONField(default=dict)),
                ('version_after', models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='owner_name',
            field=models.CharField(blank=True, default='', editable=False, max_length=310),
        ),
        migrations.AddField(
            model_name='case',
            name='payer',
            field=models.CharField(blank=True, help_text='Whose money it is about; empty for many or none.', max_length=20),
        ),
        migrations.AddField(
            model_name='casetally',
            name='owner_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['system', '-priority', '-id'], name='case_by_system'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['payer', '-priority', '-id'], name='case_by_payer'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['amount', 'id'], name='case_in_dollars'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['held', 'id'], name='case_in_held'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['opened_at', 'id'], name='case_in_age'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['due_at', 'id'], name='case_in_clocks'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['failure_class', 'id'], name='case_in_classes'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['facility', 'id'], name='case_in_facilities'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['owner_name', 'id'], name='case_in_owners'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), fields=['state', 'id'], name='case_in_states'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ('open', 'in_progress', 'releasing')), ('snoozed_until__isnull', False)), fields=['snoozed_until'], name='case_snoozed'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('title'), name='gin_trgm_ops'), condition=models.Q(('state__in', ('open', 'in_progress', 'releasing'))), name='case_by_words'),
        ),
        migrations.AddField(
            model_name='deed',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='undone_by', to='exceptions.deed'),
        ),
        migrations.AddField(
            model_name='deed',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='case_deeds', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='deeditem',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='exceptions.case'),
        ),
        migrations.AddField(
            model_name='deeditem',
            name='deed',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='exceptions.deed'),
        ),
        migrations.AddIndex(
            model_name='deed',
            index=models.Index(condition=models.Q(('state', 'under_way')), fields=['id'], name='deed_under_way'),
        ),
        migrations.AddIndex(
            model_name='deed',
            index=models.Index(fields=['user', '-id'], name='deed_of_user'),
        ),
        migrations.AddIndex(
            model_name='deed',
            index=models.Index(fields=['ended_at'], name='deed_ended'),
        ),
        migrations.AddIndex(
            model_name='deeditem',
            index=models.Index(fields=['deed', 'state', 'id'], name='deed_item_by_state'),
        ),
        migrations.RunSQL(NAMES, FORGET_NAMES),
        migrations.RunSQL(BY_OWNER, BY_PLACE),
    ]
