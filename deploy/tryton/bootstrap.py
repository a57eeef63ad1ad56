"""Turn an empty Tryton database into the sandbox group's ERP; runs in Tryton's own environment.

    TRYTOND_DATABASE__URI=... TRYTON_HUB_PASSWORD=... TRYTON_REST_KEY=... python deploy/tryton/bootstrap.py DATABASE

Makes the company, our chart of accounts, cost centers as analytic accounts, the fiscal years before, of and after
this one with a month each, a closed period, the journals HUB and PLAN, and the hub's user with its REST key.
Prints what it made as one JSON line.
"""

from __future__ import annotations

import calendar
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

from proteus import Model, config

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from connectors.sandbox import chart  # noqa: E402

# statement and further flags of the account types; off-balance accounts never touch the books.
_KINDS: dict[str, dict[str, object]] = {
    "asset": {"name": "Assets", "statement": "balance", "assets": True},
    "liability": {"name": "Liabilities", "statement": "balance"},
    "revenue": {"name": "Revenue", "statement": "income", "revenue": True},
    "expense": {"name": "Expense", "statement": "income", "expense": True},
    "memo": {"name": "Memo", "statement": "off-balance"},
}
# Everything that the hub does: journal entries and analytic lines. No administration, no set-up.
_GROUPS = ("Accounting", "Analytic Account")


def main() -> None:
    database = sys.argv[1]
    config.set_trytond(database, user="admin")
    from trytond.modules.company.tests.tools import create_company, get_company

    if Model.get("company.company").find():
        sys.exit("already bootstrapped")
    enterprise = Model.get("party.party")(name=chart.ENTERPRISE)
    enterprise.save()
    create_company(party=enterprise, currency=chart.CURRENCY)
    company = get_company()
    make_accounts(company)
    make_cost_centers(company)
    make_calendar(company)
    make_journals()
    make_hub_user(company)
    index_references(database)
    made = {"company": company.id, "accounts": len(chart.ACCOUNTS), "cost_centers": len(chart.COST_CENTERS)}
    sys.stdout.write(json.dumps(made) + "\n")


def make_accounts(company: Any) -> None:
    type_of = Model.get("account.account.type")
    account_of = Model.get("account.account")
    types = {}
    for kind, flags in _KINDS.items():
        types[kind] = type_of(company=company, **flags)
        types[kind].save()
    for account in chart.ACCOUNTS:
        # Balances are carried over the years by the statement, not by account: `deferral` of balance accounts.
        account_of(company=company, code=account.code, name=account.name, type=types[account.kind]).save()


def make_cost_centers(company: Any) -> None:
    analytic = Model.get("analytic_account.account")
    root = analytic(type="root", name=chart.ENTERPRISE, company=company)
    root.save()
    analytic.save(
        [
            analytic(type="normal", code=code, name=name, company=company, root=root, parent=root)
            for code, name in chart.COST_CENTERS.items()
        ]
    )


def make_calendar(company: Any) -> None:
    sequence_type = Model.get("ir.sequence.type").find([("name", "=", "Account Move")], limit=1)[0]
    period_of = Model.get("account.period")
    this_year = date.today().year  # noqa: DTZ011 (runs in Tryton's environment, apart from the hub's clock)
    for year in chart.open_years(this_year):
        sequence = Model.get("ir.sequence.strict")(
            name=f"Journal {year}", prefix=f"{year}/", padding=8, sequence_type=sequence_type, company=company
        )
        sequence.save()
        fiscal_year = Model.get("account.fiscalyear")(name=str(year), company=company)
        fiscal_year.start_date, fiscal_year.end_date = date(year, 1, 1), date(year, 12, 31)
        fiscal_year.move_sequence = sequence
        fiscal_year.save()
        for month in range(1, 13):
            period_of(
                name=f"{year}-{month:02}",
                fiscalyear=fiscal_year,
                type="standard",
                start_date=date(year, month, 1),
                end_date=date(year, month, calendar.monthrange(year, month)[1]),
            ).save()
    period_of.find([("name", "=", chart.closed_at_start(this_year))])[0].click("close")


def make_journals() -> None:
    journal_of = Model.get("account.journal")
    journal_of(name="Hub", code="HUB", type="general").save()
    journal_of(name="Plans", code="PLAN", type="general").save()


def make_hub_user(company: Any) -> None:
    user = Model.get("res.user")(name="Integration hub", login="hub", password=os.environ["TRYTON_HUB_PASSWORD"])
    # The texts of refusals are English and mapped to codes by the hub.
    user.language = Model.get("ir.lang").find([("code", "=", "en")])[0]
    user.companies.append(company)
    user.company = company
    for group in Model.get("res.group").find([("name", "in", _GROUPS)]):
        user.groups.append(group)
    user.save()
    application = Model.get("res.user.application")(user=user, application="rest", key=os.environ["TRYTON_REST_KEY"])
    application.save()


def index_references(database: str) -> None:
    """Tryton does not index what the hub reads entries back by."""
    from trytond.transaction import Transaction

    with Transaction().start(database, 0) as transaction:
        transaction.connection.cursor().execute("create index account_move_hub_reference on account_move (description)")
        transaction.commit()


if __name__ == "__main__":
    main()
