from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.governance.roles import Role
from hub.masterdata.import_plan import Kind
from hub.masterdata.imports import preview_import
from hub.masterdata.mapping_csv import csv_lines, export_mappings
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from tests.hub.governance.people import actor
from tests.hub.masterdata.conftest import Group, mapping

pytestmark = pytest.mark.django_db

printable = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"]), min_size=1, max_size=40
)
codes = printable.map(str.strip).filter(lambda text: bool(text) and text.isprintable())
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@st.composite
def mappings(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Any mappings that the database may hold: of every state, approved ones of one code never on one day."""
    rows = []
    for local_code in draw(st.lists(codes, min_size=1, max_size=5, unique=True)):
        start = draw(st.none() | days)
        for state in draw(st.lists(st.sampled_from(MappingState.values), min_size=1, max_size=3)):
            end = (start or date(2020, 1, 1)) + timedelta(draw(st.integers(1, 500)))
            values = {"local_code": local_code, "canonical_code": draw(st.sampled_from(["CARD", "PHYS"]))}
            note = draw(st.just("") | codes)
            rows.append(values | {"effective": (start, end), "state": state, "note": note})
            start = end
    return rows


def exported() -> bytes:
    return "".join(csv_lines(export_mappings(Mapping.objects.all()))).encode()


@given(rows=mappings())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_export_imports_as_all_the_same(group: Group, rows: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        alice = actor("alice", Role.STEWARD)
        for values in rows:
            Mapping.objects.create(domain="department", system="scheduling", facility="C01", **values)

        seen = preview_import(content=exported(), actor=alice)

        assert [row.kind for row in seen.rows] == [Kind.SAME] * len(rows)
        transaction.set_rollback(True)


def test_an_export_opens_in_a_spreadsheet_without_running(group: Group) -> None:
    mapping("=1+1", "CARD")
    mapping("'quoted", "CARD")

    text = exported().decode("utf-8-sig")

    assert exported().startswith(b"\xef\xbb\xbf")
    assert "department,scheduling,C01,'=1+1,CARD,2026-01-01,,approved,,exact\r\n" in text
    assert ",''quoted," in text
