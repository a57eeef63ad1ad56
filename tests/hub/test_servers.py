"""The tests stand on real servers."""

from __future__ import annotations

import socket

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_a_real_postgresql_with_what_the_hub_relies_on() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 150000
        cursor.execute("SELECT name FROM pg_available_extensions WHERE name IN ('pg_trgm', 'btree_gist')")
        assert {name for (name,) in cursor.fetchall()} == {"pg_trgm", "btree_gist"}
        cursor.execute("SELECT 1 FROM django_migrations FOR UPDATE SKIP LOCKED LIMIT 1")
        assert cursor.fetchone() == (1,)


def test_the_broker_is_a_real_server_that_keeps_what_it_is_given(servers: None) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.set("smoke", "kept")
        assert client.get("smoke") == b"kept"
        assert "redis_version" in client.info("server")
    cache.set("smoke", 42)
    assert cache.get("smoke") == 42


def test_no_test_leaves_this_machine() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="192.0.2.1"):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match="example.org"):
        socket.getaddrinfo("example.org", 443)
