"""Whether the process is alive, and whether the site is in order."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from forum.accounts.rights import open_to_everyone
from forum.base.clock import utc_now
from forum.base.session import db
from forum.operations.heartbeat import is_silent
from forum.operations.schema_state import SchemaState, schema_state

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to_everyone
def alive() -> Response:
    """200 as long as the process answers."""
    return jsonify(status="alive")


@bp.get("/readyz")
@open_to_everyone
def ready() -> tuple[Response, int]:
    """200 when the database answers, is migrated to head and a worker is at work; else 503 and why, without detail."""
    problem = _problem()
    return (
        (jsonify(status="ready"), 200) if problem is None else (jsonify(status="not ready", why=problem), 503)
    )


def _problem() -> str | None:
    try:
        db.session.execute(select(1))
        state = schema_state(db.session.connection())
        if state is not SchemaState.CURRENT:
            return f"the database schema is {state}"
        is_idle = is_silent(db.session, now=utc_now())
    except SQLAlchemyError:
        return "the database does not answer"
    return "no worker has been at work for two minutes" if is_idle else None
