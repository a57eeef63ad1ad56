"""The rules of the books, held by the database whatever writes to it."""

from django.db import migrations

RULES = """
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry uuid;
    debits numeric;
    credits numeric;
    lines integer;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' THEN entry := NEW.id; ELSE entry := NEW.entry_id; END IF;
    SELECT coalesce(sum(debit), 0), coalesce(sum(credit), 0), count(*)
      INTO debits, credits, lines FROM ledger_line WHERE entry_id = entry;
    IF debits <> credits OR lines < 2 THEN
        RAISE EXCEPTION 'entry % does not balance: debits %, credits %', entry, debits, credits
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();
CREATE CONSTRAINT TRIGGER ledger_line_balances AFTER INSERT ON ledger_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('hub.maintenance', true) = 'on' THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'the ledger is append-only: reverse the entry instead' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER ledger_line_append_only BEFORE UPDATE OR DELETE ON ledger_line
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_line_not_truncated BEFORE TRUNCATE ON ledger_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_not_deleted BEFORE DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_not_truncated BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE ON ledger_entry
    FOR EACH ROW WHEN (
        (OLD.id, OLD.posting_key, OLD.kind, OLD.effective_date, OLD.currency, OLD.facility, OLD.reverses_id)
        IS DISTINCT FROM
        (NEW.id, NEW.posting_key, NEW.kind, NEW.effective_date, NEW.currency, NEW.facility, NEW.reverses_id)
        OR (OLD.state = 'posted' AND NEW.state <> 'posted')
    ) EXECUTE FUNCTION ledger_append_only();
"""

UNDO = """
DROP TRIGGER ledger_entry_append_only ON ledger_entry;
DROP TRIGGER ledger_entry_not_truncated ON ledger_entry;
DROP TRIGGER ledger_entry_not_deleted ON ledger_entry;
DROP TRIGGER ledger_line_not_truncated ON ledger_line;
DROP TRIGGER ledger_line_append_only ON ledger_line;
DROP TRIGGER ledger_line_balances ON ledger_line;
DROP TRIGGER ledger_entry_balances ON ledger_entry;
DROP FUNCTION ledger_append_only();
DROP FUNCTION ledger_entry_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(RULES, UNDO)]
