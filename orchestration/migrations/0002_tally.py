"""Run counts by state, appended by the database with every statement that changes runs."""

from django.db import migrations

TALLY = """
CREATE FUNCTION orchestration_tally_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orchestration_runtally (workflow, facility, state, count)
    SELECT workflow, facility, state, count(*) FROM changed GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE FUNCTION orchestration_tally_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orchestration_runtally (workflow, facility, state, count)
    SELECT workflow, facility, state, sum(change) FROM (
        SELECT workflow, facility, state, 1 AS change FROM changed
        UNION ALL
        SELECT workflow, facility, state, -1 FROM before
    ) AS both_sides GROUP BY 1, 2, 3 HAVING sum(change) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER orchestration_tally_insert AFTER INSERT ON orchestration_run
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION orchestration_tally_insert();
CREATE TRIGGER orchestration_tally_update AFTER UPDATE ON orchestration_run
    REFERENCING NEW TABLE AS changed OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION orchestration_tally_update();
"""

UNDO = """
DROP TRIGGER orchestration_tally_update ON orchestration_run;
DROP TRIGGER orchestration_tally_insert ON orchestration_run;
DROP FUNCTION orchestration_tally_update();
DROP FUNCTION orchestration_tally_insert();
"""


class Migration(migrations.Migration):
    dependencies = [("orchestration", "0001_initial")]
    operations = [migrations.RunSQL(TALLY, UNDO)]
