from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.governance import audit
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry

ALICE = Actor("alice", None, Door.PAGE)


def act(action: str = "case.resolve", **values: object) -> AuditEntry:
    return audit.record(actor=ALICE, action=action, object_kind="case", object_id="7", **values)  # type: ignore[arg-type]


@contextmanager
def intruder() -> Iterator[None]:
    """Someone who may switch the database's own guard off."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_auditentry DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE governance_auditentry ENABLE TRIGGER USER")


@pytest.mark.django_db
def test_the_first_entry_starts_the_chain_and_the_next_one_continues_it() -> None:
    first, second = act(), act("case.reopen", reason="came back")

    assert (first.sequence, second.sequence) == (1, 2)
    assert second.previous_hash == first.hash
    assert (second.actor, second.door, second.reason) == ("alice", "page", "came back")
    assert audit.verify() is None
    assert audit.head() == audit.Head(2, second.hash)


@pytest.mark.django_db
def test_values_of_any_type_keep_their_seal_through_the_database() -> None:
    act(
        before={"amount": Decimal("12.10"), "ratio": 1e16, "on": date(2026, 11, 21), "none": None, "yes": True},
        after={"at": datetime(2026, 11, 21, tzinfo=UTC), "codes": {"b", "a"}, "nested": [{"n": 3}], "name": "Zoë"},
    )

    entry = AuditEntry.objects.get()
    assert entry.before == {"amount": "12.10", "ratio": "1e+16", "on": "2026-11-21", "none": None, "yes": True}
    assert entry.after["codes"] == ["a", "b"]
    assert audit.verify() is None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.django_db
@given(values=st.dictionaries(st.sampled_from(["old", "new"]), json_values))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_recorded_verifies(values: dict[str, object]) -> None:
    with transaction.atomic():
        act(after=values)
        assert audit.verify() is None
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_auditentry SET reason = 'forged'",
        "DELETE FROM governance_auditentry",
        "TRUNCATE governance_auditentry",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(statement: str) -> None:
    act()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hub.maintenance = 'off'")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)

    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE governance_auditentry SET reason = 'forged' WHERE sequence = 2",
        "UPDATE governance_auditentry SET actor = 'bob' WHERE sequence = 2",
        "UPDATE governance_auditentry SET at = at + interval '1 second' WHERE sequence = 2",
        'UPDATE governance_auditentry SET after = \'{"state": "open"}\' WHERE sequence = 2',
        "UPDATE governance_auditentry SET hash = previous_hash WHERE sequence = 2",
        "DELETE FROM governance_auditentry WHERE sequence = 2",
    ],
)
def test_an_entry_changed_behind_the_guard_is_named(forgery: str) -> None:
    for _ in range(3):
        act()

    with intruder(), connection.cursor() as cursor:
        cursor.execute(forgery)

    assert audit.verify() == 2
    with pytest.raises(CommandError, match="broken at entry 2"):
        call_command("verify_audit")


@pytest.mark.django_db
def test_a_cut_at_the_end_is_found_by_the_head_that_was_noted_outside() -> None:
    act()
    act()
    printed = StringIO()
    call_command("verify_audit", stdout=printed)
    noted = printed.getvalue().split()[-1]
    call_command("verify_audit", expect=noted, stdout=StringIO())

    with intruder(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM governance_auditentry WHERE sequence = 2")

    assert audit.verify() is None
    with pytest.raises(CommandError, match="cut or rewritten"):
        call_command("verify_audit", expect=noted, stdout=StringIO())


@pytest.mark.django_db
def test_an_act_that_is_rolled_back_leaves_neither_entry_nor_gap() -> None:
    act()
    with transaction.atomic():
        act()
        transaction.set_rollback(True)

    assert act().sequence == 2
    assert audit.verify() is None
