"""What real samples lack, made to order: remittances with reversals, recoveries and several payers, large ones, and
the scheduling messages that nobody publishes. `python -m connectors.sandbox.generate` writes them to a folder.

Free of Django, and the same seed gives the same bytes.
"""
