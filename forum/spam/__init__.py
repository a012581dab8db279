"""Why a comment deserves a closer look: one file a check, facts in, hold reasons out. No database, no Flask.

A check never refuses: every comment waits for a moderator anyway, and a wrong guess must cost no reader anything.
"""

from forum.spam.assess import assess as assess
from forum.spam.facts import Facts as Facts
from forum.spam.reasons import HoldReason as HoldReason
