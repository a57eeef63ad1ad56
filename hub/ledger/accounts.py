"""The canonical general-ledger accounts that entries use. The ERP is the authority for the chart itself."""

from __future__ import annotations

CASH_CLEARING = "1010"
PAYER_RECEIVABLE = "1100"
PATIENT_RECEIVABLE = "1110"
UNAPPLIED_CASH = "2010"
CREDIT_BALANCE_PAYABLE = "2020"
GROSS_REVENUE = "4010"
CONTRACTUAL_ALLOWANCE = "4020"
INTEREST_INCOME = "4030"
BAD_DEBT = "5010"
DENIAL_WRITE_OFF = "5020"
CHARITY = "5030"
PAYER_RECOVERIES = "5040"
PLANNED_REVENUE = "9001"

#: What the tie-out compares: every account that entries may touch, memo accounts left out.
LEDGER_ACCOUNTS = (
    CASH_CLEARING,
    PAYER_RECEIVABLE,
    PATIENT_RECEIVABLE,
    UNAPPLIED_CASH,
    CREDIT_BALANCE_PAYABLE,
    GROSS_REVENUE,
    CONTRACTUAL_ALLOWANCE,
    INTEREST_INCOME,
    BAD_DEBT,
    DENIAL_WRITE_OFF,
    CHARITY,
    PAYER_RECOVERIES,
)
