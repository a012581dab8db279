"""Where the entries of moving windows are kept: a SQLite file, PostgreSQL or Redis.

Importing this package registers each storage with the `limits` library under its URI scheme; the one for Redis is
registered by `limit_storage.redis`, which is imported when Redis is set.
"""

from forum.web.limit_storage.base import Entry, Receipt, Refused, WindowStorage
from forum.web.limit_storage.postgresql import PostgresqlLimits
from forum.web.limit_storage.resilient import ResilientLimits
from forum.web.limit_storage.sqlite import SqliteLimits

__all__ = [
    "Entry",
    "PostgresqlLimits",
    "Receipt",
    "Refused",
    "ResilientLimits",
    "SqliteLimits",
    "WindowStorage",
]
