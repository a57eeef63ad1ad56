"""Files beside a case: a payer's letter, a screenshot. Sealed at rest, shown to those who may work the case."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction

from exceptions.acts import audited, note, require_reason
from exceptions.errors import NotAllowedNow
from exceptions.models import Attachment, Case
from exceptions.states import NoteKind
from hub.core.sealing import vault
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 20
#: What a browser may be given back: documents and pictures. Nothing that runs.
TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".eml": "message/rfc822",
}


@transaction.atomic
def attach(*, case_id: UUID, actor: Actor, name: str, content: bytes) -> Attachment:
    """Keep a file with the case. Its type follows from its name's ending, whatever the sender calls it."""
    case = Case.objects.get(pk=case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    name = name.replace("\\", "/").rpartition("/")[2].strip()[-120:]
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if ending not in TYPES:
        raise NotAllowedNow("attachment-type", f"Attach one of these: {', '.join(TYPES)}.")
    if not 0 < len(content) <= MOST_BYTES:
        raise NotAllowedNow("attachment-size", f"A file has up to {MOST_BYTES // 1024**2} MB, and not none.")
    if Attachment.objects.filter(case=case).count() >= MOST_FILES:
        raise NotAllowedNow("attachment-count", f"A case has up to {MOST_FILES} files; remove one first.")
    kept = Attachment.objects.create(
        case=case,
        name=name,
        content_type=TYPES[ending],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        body=vault().seal(content),
        added_by=actor.username,
    )
    # Not its name: people put names of patients into names of files.
    note(case, actor, NoteKind.ATTACHED, f"A file was attached ({ending.removeprefix('.')}, {len(content):,} bytes).")
    audited(case, actor, "case.attach", after={"attachment": str(kept.id), "sha256": kept.sha256})
    return kept


@transaction.atomic
def opened(*, attachment: Attachment, actor: Actor) -> bytes:
    """The file, for those who may work the case; every opening is audited, since it may hold anything."""
    access.require(actor, Permission.WORK_CASES, attachment.case.facility)
    content = vault().open(bytes(attachment.body))
    audited(attachment.case, actor, "case.attachment_opened", after={"attachment": str(attachment.id)})
    return content


@transaction.atomic
def remove(*, attachment: Attachment, actor: Actor, reason: str) -> None:
    """Take a file away for good."""
    case = attachment.case
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_reason(reason)
    identity = str(attachment.id)
    attachment.delete()
    note(case, actor, NoteKind.ATTACHED, f"A file was removed. {reason}")
    audited(case, actor, "case.detach", reason=reason, before={"attachment": identity})
