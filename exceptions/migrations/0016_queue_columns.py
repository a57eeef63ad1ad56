"""The queue by queue, team, payer and system, which a person may choose as columns; teams in names, as owners are."""

from django.conf import settings
from django.db import migrations, models

_OPEN = models.Q(('state__in', ('open', 'in_progress', 'releasing')))

NAMES = """
CREATE FUNCTION exceptions_name_team() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.team_name := coalesce((SELECT name FROM exceptions_team WHERE id = NEW.team_id), '');
    RETURN NEW;
END $$;
CREATE TRIGGER exceptions_name_team BEFORE INSERT OR UPDATE OF team_id, team_name ON exceptions_case
    FOR EACH ROW EXECUTE FUNCTION exceptions_name_team();
CREATE FUNCTION exceptions_rename_team() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE exceptions_case SET team_name = '' WHERE team_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER exceptions_rename_team AFTER UPDATE OF name ON exceptions_team
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION exceptions_rename_team();
UPDATE exceptions_case SET team_name = '' WHERE team_id IS NOT NULL;
"""
FORGET_NAMES = """
DROP TRIGGER exceptions_rename_team ON exceptions_team;
DROP FUNCTION exceptions_rename_team();
DROP TRIGGER exceptions_name_team ON exceptions_case;
DROP FUNCTION exceptions_name_team();
"""


def _index(name: str, field: str) -> migrations.AddIndex:
    return migrations.AddIndex(
        model_name='case', index=models.Index(condition=_OPEN, fields=[field, 'id'], name=name)
    )


class Migration(migrations.Migration):

    dependencies = [
        ('exceptions', '0015_reasons'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='team_name',
            field=models.CharField(blank=True, default='', editable=False, max_length=60),
        ),
        migrations.RunSQL(NAMES, FORGET_NAMES),
        _index('case_in_queues', 'queue'),
        _index('case_in_teams', 'team_name'),
        _index('case_in_payers', 'payer'),
        _index('case_in_systems', 'system'),
    ]
