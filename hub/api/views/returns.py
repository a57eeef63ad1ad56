"""`/api/v1/returns/`: what went back to its source, for the sending system to mend and send anew."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import OuterRef, QuerySet, Subquery

from connectors.models import Message
from hub.api.base import ScopedViewSet
from hub.api.filters import ReturnFilter
from hub.api.serializers.returns import ReturnSerializer
from hub.governance import access
from hub.governance.roles import Permission
from orchestration.correction_models import Returned


class ReturnViewSet(ScopedViewSet[Returned]):
    """Messages that could not be taken and were sent back: which one, where the fault lies and why.

    Send the corrected message under a new number of its own; it is recognized by what it is about, and `corrected_by`
    then names it. `open=true` lists what still waits for that.
    """

    needs = Permission.VIEW_MESSAGES
    serializer_class = ReturnSerializer
    filterset_class = ReturnFilter

    def visible(self, who: User | AnonymousUser) -> QuerySet[Returned]:
        numbers = Message.objects.filter(pk=OuterRef("message_id")).values("control_id")[:1]
        rows = Returned.objects.annotate(control_id=Subquery(numbers))
        return access.scoped(rows, who, Permission.VIEW_MESSAGES)
