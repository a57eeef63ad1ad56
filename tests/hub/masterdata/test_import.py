"""A file of mappings: read as people's tools write it, previewed by row, applied whole or not at all."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command

from hub.core.errors import BusinessRefusal
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from hub.masterdata import crosswalk
from hub.masterdata.import_plan import Kind
from hub.masterdata.imports import ImportPreview, apply_import, preview_import
from hub.masterdata.mapping_csv import LARGEST_BYTES
from hub.masterdata.models import Department, Mapping
from hub.masterdata.states import MappingState
from tests.hub.governance.people import actor
from tests.hub.masterdata.conftest import Group, mapping

pytestmark = pytest.mark.django_db
SUMMER = date(2026, 7, 1)
DAY = date(2026, 11, 21)
HEADER = "domain,system,facility,local_code,canonical_code,effective_from,effective_until,state,note\n"


@pytest.fixture
def alice(db: None) -> Actor:
    """Steward of the whole group."""
    return actor("alice", Role.STEWARD)


def preview(who: Actor, *rows: str) -> ImportPreview:
    return preview_import(content=(HEADER + "\n".join(rows)).encode(), actor=who, name="codes.csv")


def apply(who: Actor, *rows: str) -> dict[str, int]:
    return apply_import(token=preview(who, *rows).token, actor=who)


def means(local_code: str, on: date = DAY) -> str:
    return crosswalk.snapshot(fresh=True).resolve("department", "scheduling", "C01", local_code, on)


def test_each_row_is_new_changed_same_or_wrong(group: Group, alice: Actor) -> None:
    mapping("KEPT", "CARD")
    mapping("MOVED", "CARD")

    seen = preview(
        alice,
        "department,scheduling,C01,KEPT,CARD,2026-01-01,,approved,",
        "department,scheduling,C01,MOVED,PHYS,2026-01-01,,approved,",
        "department,scheduling,C01,FRESH,PHYS,,,,",
        "department,scheduling,C99,FRESH,NONE,tomorrow,,,",
    )

    assert [(row.number, row.kind) for row in seen.rows] == [
        (2, Kind.SAME),
        (3, Kind.CHANGED),
        (4, Kind.NEW),
        (5, Kind.ERROR),
    ]
    change = seen.rows[1].changes[0]
    assert (change.field, change.old, change.new) == ("canonical_code", "CARD (from 2026-01-01 on)", "PHYS")
    assert seen.counts == {"new": 1, "changed": 1, "same": 1, "error": 1}
    assert seen.errors[0].reasons == (
        "effective_from is no date such as 2026-11-21.",
        "canonical_code: There is no department 'NONE' in use.",
        "facility: There is no facility 'C99' in use.",
    )
    assert seen.token == ""


def test_a_preview_changes_nothing(group: Group, alice: Actor) -> None:
    before = crosswalk.version()

    assert preview(alice, "department,scheduling,C01,FRESH,PHYS,,,,").token

    assert crosswalk.version() == before
    assert not AuditEntry.objects.exists()


def test_an_import_is_applied_audited_and_kept_in_the_history(group: Group, alice: Actor) -> None:
    mapping("MOVED", "CARD")

    counts = apply(
        alice,
        "department,scheduling,C01,FRESH,PHYS,,,,from the fax",
        "department,scheduling,C01,MOVED,PHYS,2026-07-01,,,",
    )

    assert counts == {"new": 1, "changed": 1, "same": 0, "error": 0}
    assert means("FRESH") == "PHYS"
    assert (means("MOVED", date(2026, 6, 30)), means("MOVED", SUMMER)) == ("CARD", "PHYS")
    act = AuditEntry.objects.get()
    assert (act.action, act.actor, act.after["file"], act.after["new"]) == ("mapping.import", "alice", "codes.csv", 1)
    fresh = Mapping.objects.get(local_code="FRESH")
    assert fresh.history.get().history_user == alice.user
    assert fresh.history.get().history_change_reason == "import codes.csv"
    assert (fresh.decided_by, fresh.note) == ("alice", "from the fax")


def test_one_wrong_row_and_nothing_can_be_applied(group: Group, alice: Actor) -> None:
    seen = preview(alice, "department,scheduling,C01,FRESH,PHYS,,,,", "department,scheduling,C01,WRONG,NONE,,,,")

    with pytest.raises(BusinessRefusal) as raised:
        apply_import(token=seen.token, actor=alice)

    assert raised.value.code == "import-expired"
    assert not Mapping.objects.exists()


def test_a_preview_that_no_longer_holds_is_refused(group: Group, alice: Actor) -> None:
    seen = preview(alice, "department,scheduling,C01,FRESH,PHYS,2026-07-01,,,", "department,scheduling,C01,B,PHYS,,,,")
    mapping("FRESH", "CARD")

    with pytest.raises(BusinessRefusal) as raised:
        apply_import(token=seen.token, actor=alice)

    assert raised.value.code == "crosswalk-changed"
    assert Mapping.objects.count() == 1
    assert means("FRESH") == "CARD"


def test_an_unrelated_change_does_not_stand_in_the_way(group: Group, alice: Actor) -> None:
    seen = preview(alice, "department,scheduling,C01,FRESH,PHYS,,,,")
    mapping("OTHER", "CARD")

    assert apply_import(token=seen.token, actor=alice)["new"] == 1


def test_a_preview_is_applied_once_and_by_whom_it_was_made(group: Group, alice: Actor) -> None:
    seen = preview(alice, "department,scheduling,C01,FRESH,PHYS,,,,")
    bob = actor("bob", Role.STEWARD)
    with pytest.raises(BusinessRefusal, match="no longer there"):
        apply_import(token=seen.token, actor=bob)

    apply_import(token=seen.token, actor=alice)

    with pytest.raises(BusinessRefusal, match="no longer there"):
        apply_import(token=seen.token, actor=alice)
    assert Mapping.objects.count() == 1


def test_room_is_made_before_it_is_taken(group: Group, alice: Actor) -> None:
    """The proposal can only be approved once the standing mapping has ended."""
    mapping("X", "CARD")
    mapping("X", "PHYS", effective=(SUMMER, None), state=MappingState.PROPOSED, proposed_by="bob")

    apply(alice, "department,scheduling,C01,X,PHYS,2026-07-01,,,")

    assert (means("X", date(2026, 6, 30)), means("X", SUMMER)) == ("CARD", "PHYS")
    assert Mapping.objects.filter(state=MappingState.APPROVED).count() == 2


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        # Shortened.
        (["X,CARD,2026-01-01,2026-07-01"], [Kind.CHANGED]),
        # Shortened, and another one goes on from there.
        (["X,CARD,2026-01-01,2026-07-01", "X,PHYS,2026-07-01,"], [Kind.CHANGED, Kind.NEW]),
        # Said to go on and to be replaced.
        (["X,CARD,2026-01-01,", "X,PHYS,2026-07-01,"], [Kind.SAME, Kind.ERROR]),
        # Taken over.
        (["X,PHYS,2026-07-01,"], [Kind.CHANGED]),
        # A hole in the middle.
        (["X,PHYS,2026-07-01,2026-08-01"], [Kind.ERROR]),
        # Before it began.
        (["X,PHYS,2025-01-01,2026-01-01"], [Kind.NEW]),
        (["X,PHYS,2025-01-01,2026-01-02"], [Kind.ERROR]),
        (["X,PHYS,,"], [Kind.ERROR]),
        # Twice the same in one file.
        (["Y,PHYS,,", "Y,PHYS,,"], [Kind.NEW, Kind.ERROR]),
        # Backwards.
        (["Y,PHYS,2026-07-01,2026-01-01"], [Kind.ERROR]),
    ],
)
def test_days_decide_what_a_row_is(group: Group, alice: Actor, rows: list[str], kinds: list[Kind]) -> None:
    mapping("X", "CARD")

    seen = preview(alice, *(f"department,scheduling,C01,{row},,".replace(",,,,", ",,,") for row in rows))

    assert [row.kind for row in seen.rows] == kinds
    if Kind.ERROR not in kinds:
        apply_import(token=seen.token, actor=alice)
        again = preview(alice, *(f"department,scheduling,C01,{row},,".replace(",,,,", ",,,") for row in rows))
        assert {row.kind for row in again.rows} == {Kind.SAME}


def test_a_row_that_says_what_was_proposed_approves_it(group: Group, alice: Actor) -> None:
    waiting = mapping("X", "CARD", state=MappingState.PROPOSED, proposed_by="bob")

    counts = apply(alice, "department,scheduling,C01,X,CARD,2026-01-01,,,")

    waiting.refresh_from_db()
    assert counts["changed"] == 1
    assert (waiting.state, waiting.decided_by) == (MappingState.APPROVED, "alice")
    assert Mapping.objects.count() == 1


def test_in_a_domain_of_two_people_an_import_proposes(group: Group, alice: Actor) -> None:
    row = "payer,scheduling,C01,AET,AETNA,,,,"
    seen = preview(alice, row)
    assert "second person" in seen.rows[0].reasons[0]

    apply_import(token=seen.token, actor=alice)
    assert Mapping.objects.get().state == MappingState.PROPOSED
    assert preview(alice, row).rows[0].kind is Kind.SAME

    bob = actor("bob", Role.STEWARD)
    apply(bob, row)
    assert Mapping.objects.get().state == MappingState.APPROVED


def test_a_steward_of_one_clinic_imports_for_that_clinic_only(group: Group) -> None:
    carla = actor("carla", Role.STEWARD, facility="C01")

    seen = preview(
        carla,
        "department,scheduling,C01,A,CARD,,,,",
        "department,scheduling,C02,A,CARD,,,,",
        "department,scheduling,,A,CARD,,,,",
    )

    assert [row.kind for row in seen.rows] == [Kind.NEW, Kind.ERROR, Kind.ERROR]
    assert seen.rows[1].reasons == ("You may not change mappings at C02.",)


def test_whoever_may_not_propose_may_not_even_preview(group: Group) -> None:
    with pytest.raises(PermissionDenied):
        preview(actor("sam", Role.SPECIALIST), "department,scheduling,C01,A,CARD,,,,")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfdomain,system,local_code,canonical_code\r\ndepartment,scheduling,A,CARD\r\n",
        b"domain;system;local_code;canonical_code\r\ndepartment;scheduling;A;CARD\r\n\r\n",
        b"canonical_code\tlocal_code\tsystem\tdomain\nCARD\t A \tscheduling\tdepartment",
        b'"domain","system","local_code","canonical_code"\n"department","scheduling","A","CARD"\n',
        b"Domain,System,Local_Code,Canonical_Code,Effective_From\ndepartment,scheduling,A,CARD,1/31/2026\n",
    ],
)
def test_files_are_read_as_peoples_tools_write_them(group: Group, alice: Actor, content: bytes) -> None:
    seen = preview_import(content=content, actor=alice)

    assert [(row.kind, row.wanted.local_code) for row in seen.rows] == [(Kind.NEW, "A")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "lacks canonical_code"),
        (HEADER.encode(), "no rows"),
        (b"domain,system\n", "lacks canonical_code, local_code"),
        (b"domain,system,local_code,canonical_code,colour\n", "Unknown columns: colour"),
        (b"domain,domain,system,local_code,canonical_code\n", "domain twice"),
        ("domain,system,local_code,canonical_code\nx,Zoë".encode("latin-1"), "not UTF-8"),
        (b"x" * (LARGEST_BYTES + 1), "larger than 5 MB"),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(group: Group, alice: Actor, content: bytes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        preview_import(content=content, actor=alice)


def test_the_command_previews_and_applies_only_when_told_to(group: Group, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text(HEADER + "department,scheduling,C01,FRESH,PHYS,,,,\n")
    said = StringIO()

    call_command("import_mappings", str(file), stdout=said)
    assert "row 2 new: scheduling C01 department FRESH = PHYS" in said.getvalue()
    assert not Mapping.objects.exists()

    call_command("import_mappings", str(file), "--apply", stdout=said)
    assert Mapping.objects.get().local_code == "FRESH"

    Department.objects.filter(code="PHYS").update(active=False)
    with pytest.raises(CommandError, match="while a row is wrong"):
        call_command("import_mappings", str(file), "--apply", stdout=StringIO())
