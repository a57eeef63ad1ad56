"""Open cases and their dollars by queue and facility, appended by the database with every change of cases."""

from django.db import migrations

TALLY = """
CREATE FUNCTION exceptions_tally_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exceptions_casetally (queue, failure_class, facility, count, amount)
    SELECT queue, failure_class, facility, count(*), sum(amount) FROM changed
     WHERE state <> 'resolved' GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE FUNCTION exceptions_tally_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exceptions_casetally (queue, failure_class, facility, count, amount)
    SELECT queue, failure_class, facility, sum(change), sum(dollars) FROM (
        SELECT queue, failure_class, facility, 1 AS change, amount AS dollars FROM changed WHERE state <> 'resolved'
        UNION ALL
        SELECT queue, failure_class, facility, -1, -amount FROM before WHERE state <> 'resolved'
    ) AS both_sides GROUP BY 1, 2, 3 HAVING sum(change) <> 0 OR sum(dollars) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER exceptions_tally_insert AFTER INSERT ON exceptions_case
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION exceptions_tally_insert();
CREATE TRIGGER exceptions_tally_update AFTER UPDATE ON exceptions_case
    REFERENCING NEW TABLE AS changed OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION exceptions_tally_update();
"""

UNDO = """
DROP TRIGGER exceptions_tally_update ON exceptions_case;
DROP TRIGGER exceptions_tally_insert ON exceptions_case;
DROP FUNCTION exceptions_tally_update();
DROP FUNCTION exceptions_tally_insert();
"""


class Migration(migrations.Migration):
    dependencies = [("exceptions", "0001_initial")]
    operations = [migrations.RunSQL(TALLY, UNDO)]
