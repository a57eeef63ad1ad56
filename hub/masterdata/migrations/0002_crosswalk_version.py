"""The crosswalk's version grows with every statement that changes master data, whatever door it came through.

The number comes from a sequence, which no rollback takes back: two different contents never share a number.
"""

from django.db import migrations

TABLES = (
    "mapping",
    "facility",
    "serviceline",
    "department",
    "costcenter",
    "location",
    "provider",
    "payer",
    "account",
    "fee",
)

# In DO UPDATE the number is drawn after the row is locked, so commits see it grow.
FUNCTION = """
CREATE SEQUENCE masterdata_crosswalk_number;
CREATE FUNCTION masterdata_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO masterdata_crosswalkversion (id, number) VALUES (1, nextval('masterdata_crosswalk_number'))
        ON CONFLICT (id) DO UPDATE SET number = nextval('masterdata_crosswalk_number');
    RETURN NULL;
END $$;
INSERT INTO masterdata_crosswalkversion (id, number) VALUES (1, nextval('masterdata_crosswalk_number'));
"""

UNDO = """
DELETE FROM masterdata_crosswalkversion;
DROP FUNCTION masterdata_bump();
DROP SEQUENCE masterdata_crosswalk_number;
"""


def trigger(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER masterdata_bump AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON masterdata_{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION masterdata_bump()",
        f"DROP TRIGGER masterdata_bump ON masterdata_{table}",
    )


class Migration(migrations.Migration):
    dependencies = [("masterdata", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTION, UNDO), *(trigger(table) for table in TABLES)]
