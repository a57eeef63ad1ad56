"""`/api/v1/messages/`."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from connectors.models import Message
from hub.api.base import ScopedViewSet
from hub.api.filters import MessageFilter
from hub.api.serializers.messages import MessageSerializer
from hub.console.selectors.messages import messages
from hub.governance.roles import Permission


class MessageViewSet(ScopedViewSet[Message]):
    """What arrived and what became of it. Payloads are not part of the API."""

    needs = Permission.VIEW_MESSAGES
    serializer_class = MessageSerializer
    filterset_class = MessageFilter

    def visible(self, who: User | AnonymousUser) -> QuerySet[Message]:
        return messages(who)
