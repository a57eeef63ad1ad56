"""Who keeps which domain in a hospital group as a rule, for a first load: teams, authorities, and where two decide."""

from __future__ import annotations

#: Domain, the team that answers for it, the system or body that decides what is right, whether two people decide.
FIRST_POLICIES: tuple[tuple[str, str, str, bool], ...] = (
    ("facility", "Master data", "Legal entity register", False),
    ("department", "Master data", "ERP: organization structure", False),
    ("provider", "Provider enrollment", "Medical staff office, NPPES", False),
    ("location", "Master data", "Facilities management", False),
    ("service_line", "Strategic finance", "Chief financial officer", False),
    ("payer", "Payer contracting", "Contract repository", True),
    ("cost_center", "Finance systems", "ERP", False),
    ("account", "Finance systems", "ERP: chart of accounts", True),
    ("fee", "Charge integrity", "Charge master committee", False),
    ("payer_rule", "Billing operations", "Companion guides of the payers", False),
    ("denial_reason", "Denials management", "X12 external code lists", False),
    ("decision_table", "Revenue-cycle leads", "Write-off policy", True),
)
