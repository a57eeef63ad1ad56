"""Alerts by webhook: what programs outside are told of cases, signed, retried, and never of a patient."""
