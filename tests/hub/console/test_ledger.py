"""The books: entries in scope, lines that balance, and the proof that both books agree."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.test import Client

from connectors.erp import AccountBalance, ErpEntry
from exceptions.models import Member
from exceptions.reconciliation import tie_out as reconciliation
from hub.core.errors import Outage
from hub.core.parking import Held
from hub.ledger.models import Entry, Line, TieOut
from hub.ledger.rules import NewLine
from hub.ledger.services import NewEntry, record_entry
from orchestration.models import Run
from tests.hub.console.cast import last_audit, signed_in, unmapped_case
from tests.hub.console.flow import Flow, nothing_of_a_patient


class MirrorErp:
    """An ERP whose books are the subledger's: off by `off` in cash clearing, out of reach, or without one entry."""

    def __init__(self, off: Decimal = Decimal(0), *, down: bool = False, lacks: str = "") -> None:
        self.off, self.down, self.lacks = off, down, lacks

    def balances(self, accounts: Sequence[str]) -> dict[str, AccountBalance]:
        if self.down:
            raise Outage("system-down", "The ERP does not answer.")
        sums = Line.objects.values("account").annotate(debits=Sum("debit"), credits=Sum("credit"))
        kept = {row["account"]: AccountBalance(row["debits"], row["credits"]) for row in sums}
        cash = kept.get("1010", AccountBalance())
        kept["1010"] = AccountBalance(cash.debit + self.off, cash.credit)
        return kept

    def entries_by_reference(self, posting_keys: Sequence[str]) -> dict[str, list[ErpEntry]]:
        kept = Entry.objects.filter(posting_key__in=posting_keys).exclude(posting_key=self.lacks)
        rows = kept.annotate(total=Sum("lines__debit"))
        return {row.posting_key: [ErpEntry("J", row.effective_date, row.total, ())] for row in rows}


@pytest.fixture
def frank(flow: Flow) -> Client:
    """The finance analyst."""
    return signed_in("frank")


def compare(client: Client, monkeypatch: pytest.MonkeyPatch, erp: MirrorErp) -> str:
    monkeypatch.setattr(reconciliation, "client", lambda system: erp)
    return client.post("/ledger/tie-outs/run/", follow=True).content.decode()


def listed(client: Client, query: str = "") -> set[str]:
    return {row.key for row in client.get(f"/ledger/?{query}").context["table"].rows}


def test_the_list_narrows_by_kind_state_facility_and_date(frank: Client, flow: Flow) -> None:
    charges = {str(pk) for pk in Entry.objects.filter(kind="charge").values_list("pk", flat=True)}

    assert listed(frank, "kind=charge") == charges
    assert listed(frank, "facility=C05") == set()
    assert listed(frank, "since=2026-11-10&until=2026-11-16") == {
        str(pk) for pk in Entry.objects.filter(kind="claim_payment").values_list("pk", flat=True)
    }
    assert frank.get("/ledger/?kind=odd&since=zz").status_code == 200


def test_an_entry_shows_its_lines_their_balance_and_how_it_was_posted(frank: Client, flow: Flow) -> None:
    entry = Entry.objects.get(kind="claim_payment")
    page = frank.get(f"/ledger/{entry.pk}/").content.decode()

    assert nothing_of_a_patient(page)
    for words in ("Contractual allowance", "$120.00", "$200.00", "Balanced", "How it was posted", "Claim to cash"):
        assert words in page


def test_the_export_says_of_each_entry_what_it_is(frank: Client, flow: Flow) -> None:
    content = frank.get("/ledger/?kind=claim_payment&export=csv").streaming_content  # type: ignore[attr-defined]
    row = next(csv.DictReader(b"".join(content).decode().splitlines()))

    entry = Entry.objects.get(kind="claim_payment")
    assert (row["Entry"], row["Description"]) == ("Claim payment", entry.description)
    assert (row["Amount"], row["Currency"], row["Id"]) == ("200.00", "USD", str(entry.pk))


def test_the_first_tie_out_is_offered_and_agrees_to_the_cent(
    frank: Client, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "not compared yet" in frank.get("/ledger/tie-outs/").content.decode()

    page = compare(frank, monkeypatch, MirrorErp())
    assert "Ties out" in page
    assert "data-print" in page
    assert TieOut.objects.get().difference == Decimal(0)
    assert (last_audit().action, last_audit().actor) == ("ledger.tie_out", "frank")


def test_a_cent_too_much_is_seen_at_its_account(frank: Client, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    page = compare(frank, monkeypatch, MirrorErp(Decimal("0.01")))

    assert "Does not tie out" in page
    assert "Differs" in page
    assert TieOut.objects.get().difference == Decimal("0.01")


def test_a_break_leads_to_its_entry_and_says_how_that_stands_now(
    frank: Client, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Entry.objects.get(kind="claim_payment")
    page = compare(frank, monkeypatch, MirrorErp(lacks=broken.posting_key))

    assert f'href="/ledger/{broken.pk}/"' in page
    for words in ("1 break", "1 entry open", "posted here, missing at the ERP", "$200.00", "Posted"):
        assert words in page
    assert nothing_of_a_patient(page)


def test_an_entry_that_a_case_keeps_from_the_erp_leads_to_the_case(
    frank: Client, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, run = unmapped_case(), Run.objects.filter(workflow="W4").latest("id")
    lines = (NewLine(account="1010", debit=Decimal("18.00")), NewLine(account="1100", credit=Decimal("18.00")))
    entry = record_entry(
        NewEntry(
            posting_key="W4:late", kind="claim_payment", effective_date=date(2026, 10, 27), facility=run.facility,
            description="Remittance", lines=lines, journey_id=run.journey_id, source_event_id=run.event_id,
        )
    )  # fmt: skip
    assert f"/cases/{case.number}/" not in frank.get(f"/ledger/{entry.pk}/").content.decode()
    Member.objects.create(case=case, kind=Held.RUN.value, ref=run.pk, facility=case.facility)

    page = compare(frank, monkeypatch, MirrorErp(lacks=entry.posting_key))
    assert f'held by <a href="/cases/{case.number}/">' in page
    assert f'href="/cases/{case.number}/"' in frank.get(f"/ledger/{entry.pk}/").content.decode()


def test_an_erp_out_of_reach_is_said_and_nothing_is_kept(
    frank: Client, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "The ERP does not answer." in compare(frank, monkeypatch, MirrorErp(down=True))
    assert not TieOut.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("linda", 403), ("audrey", 403), ("erin", 403), ("stella", 403)])
def test_only_finance_compares(flow: Flow, name: str, status: int) -> None:
    assert signed_in(name).post("/ledger/tie-outs/run/").status_code == status


def test_the_books_are_for_those_who_may_see_them(flow: Flow) -> None:
    assert signed_in("audrey").get("/ledger/").status_code == 200
    assert signed_in("sandra").get("/ledger/").status_code == 403
