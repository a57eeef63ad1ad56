"""S9 · payers: eligibility (270/271), claim status (276/277) and prior authorization (278), asked in real time."""
