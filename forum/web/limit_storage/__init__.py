"""Where the entries of moving windows are kept: a SQLite file, PostgreSQL or Redis.

Importing this package registers each storage with the `limits` library under its URI scheme.
"""

from forum.web.limit_storage.base import Entry, Receipt, Refused, WindowStorage
from forum.web.limit_storage.postgresql import PostgresqlLimits
from forum.web.limit_storage.redis import RedisLimits
from forum.web.limit_storage.resilient import ResilientLimits
from forum.web.limit_storage.sqlite import SqliteLimits

__all__ = [
    "Entry",
    "PostgresqlLimits",
    "Receipt",
    "RedisLimits",
    "Refused",
    "ResilientLimits",
    "SqliteLimits",
    "WindowStorage",
]
