"""How much a sender may press: rate limits shared by all web processes, kept in Redis.

Where Redis is away the limit is not held and the message is taken: a lost limit is better than a lost message.
"""

from __future__ import annotations

from functools import cache

import structlog
from django.conf import settings
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import ConnectionPool
from redis.exceptions import RedisError

_log = structlog.get_logger(__name__)

#: Bad signatures of one feed that are still recorded in a minute; beyond, they are only turned away.
_REFUSALS = RateLimitItemPerMinute(60)


@cache
def _limiter() -> FixedWindowRateLimiter:
    pool = ConnectionPool.from_url(settings.REDIS_URL, socket_timeout=1)
    return FixedWindowRateLimiter(RedisStorage("redis://", connection_pool=pool, key_prefix="hub:limit"))


def may_send(feed: str, rate_per_second: int) -> bool:
    """Whether one more message of this feed fits into its rate."""
    if rate_per_second == 0:
        return True
    try:
        return bool(_limiter().hit(RateLimitItemPerSecond(rate_per_second), "feed", feed))
    except RedisError as error:
        _log.warning("rate limit not held", feed=feed, error=type(error).__name__)
        return True


def too_many_refusals(feed: str) -> bool:
    """Whether this feed had so many refused senders in the last minute that no more are recorded."""
    try:
        return not _limiter().test(_REFUSALS, "refused", feed)
    except RedisError:
        return False


def count_refusal(feed: str) -> None:
    try:
        _limiter().hit(_REFUSALS, "refused", feed)
    except RedisError as error:
        _log.warning("refusal not counted", feed=feed, error=type(error).__name__)
