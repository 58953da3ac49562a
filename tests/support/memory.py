"""What is in Redis, read without regard to how it is stored."""

from __future__ import annotations

from typing import Any

from redis import Redis


def contents(redis: Redis) -> dict[bytes, Any]:
    """Every key with its value."""
    return {key: _READERS[redis.type(key).decode()](redis, key) for key in redis.scan_iter()}


_READERS: dict[str, Any] = {
    "string": lambda redis, key: redis.get(key),
    "set": lambda redis, key: redis.smembers(key),
    "hash": lambda redis, key: redis.hgetall(key),
    "list": lambda redis, key: redis.lrange(key, 0, -1),
    "zset": lambda redis, key: redis.zrange(key, 0, -1, withscores=True),
}
