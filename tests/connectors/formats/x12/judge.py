"""A second opinion on what we write: pyx12, which validates against the maps of the implementation guides."""

from __future__ import annotations

import io
import json
import logging

import pyx12.params
import pyx12.x12n_document


def complaints(document: bytes) -> list[str]:
    """What pyx12 finds wrong with `document`; an empty list means that it accepts it."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    parameters = pyx12.params.params()
    found = io.StringIO()
    accepted = pyx12.x12n_document.x12n_document(
        parameters, io.StringIO(document.decode("ascii")), fd_997=None, fd_html=None, fd_json=found
    )
    return [] if accepted else [json.dumps(json.loads(found.getvalue() or "{}")) or "refused"]
