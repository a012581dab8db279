"""Hold reasons: a code and a detail. The queue finds the words for them (`forum.moderation.words`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HoldReason:
    """Why a comment deserves a closer look. `detail` is a number or a name that the words mention."""

    code: str
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        """The form in which a revision keeps it."""
        return {"code": self.code, "detail": self.detail}
