"""A list of a system's own codes: read as people's tools write it, kept whole or not at all."""

from __future__ import annotations

from io import BytesIO

import pytest
import xlsxwriter
from django.core.exceptions import PermissionDenied, ValidationError

from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from hub.masterdata.code_models import LocalCode
from hub.masterdata.local_codes import ListedCode, keep_list, local_name, read_list
from tests.hub.governance.people import actor
from tests.hub.masterdata.conftest import Group

pytestmark = pytest.mark.django_db


def workbook(*rows: tuple[object, ...]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def test_csv_and_excel_say_the_same_whatever_the_columns_are_called() -> None:
    expected = [ListedCode("department", "4410", "Cardiology"), ListedCode("payer", "AET", "")]
    written = "\ufeffType;Name;Local code\r\ndepartments;Cardiology;4410\r\n\r\nPayer;;AET\r\n".encode()

    assert read_list(written) == expected
    assert read_list(
        workbook(("code", "name", "domain"), (4410, "Cardiology", "department"), ("AET", "", "payer"))
    ) == (expected)
    assert read_list(b"code\n4410\n", domain="department") == [ListedCode("department", "4410", "")]


def test_every_wrong_row_is_named_and_nothing_is_kept() -> None:
    with pytest.raises(ValidationError) as told:
        read_list(b"code,domain\n,payer\nX,planet\nX,payer\nX,payer\n")
    assert [text.partition(":")[0] for text in told.value.messages] == ["Row 2", "Row 3", "Row 5"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"name\nx\n", b"code\n", b"PK\x03\x04 no workbook", b"\n\n"])
def test_what_is_no_list_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValidationError):
        read_list(content, domain="payer")


def test_a_list_is_kept_by_a_steward_and_renames_what_was_known(group: Group) -> None:
    stella = actor("stella", Role.STEWARD)
    codes = read_list(b"code,name,domain\nCARDIO,Cardiology clinic,department\nNW,Northwest,facility\n")

    assert keep_list(system="scheduling", facility="C01", codes=codes, actor=stella) == 2
    renamed = [ListedCode("department", "CARDIO", "Heart clinic")]
    assert keep_list(system="scheduling", facility="C01", codes=renamed, actor=stella) == 0

    assert set(LocalCode.objects.values_list("facility", "local_code", "name")) == {
        ("C01", "CARDIO", "Heart clinic"),
        ("", "NW", "Northwest"),
    }
    assert local_name("department", "scheduling", "C01", "CARDIO") == "Heart clinic"
    assert local_name("department", "scheduling", "C02", "CARDIO") == ""
    assert AuditEntry.objects.filter(action="local_codes.list").count() == 2
    with pytest.raises(PermissionDenied):
        keep_list(system="scheduling", facility="C01", codes=codes, actor=actor("erin", Role.ENGINEER))
