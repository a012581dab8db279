"""What happens at the first start with a database: the demo, and the passwords on the terminal, once."""

from __future__ import annotations

from forum.config import Settings


def prepare(settings: Settings, *, demo: bool) -> list[str]:
    """Fill an empty, migrated database.

    :param demo: load the demo articles with their threads and one account a role.
    :returns: lines for the operator's terminal; they hold passwords and must not reach a log.
    """
    if not demo:
        return [
            "No demo. Make your first account: flask --app app account create EMAIL --name NAME --role admin"
        ]
    from forum import create_app
    from forum.base.clock import utc_now
    from forum.base.session import db
    from forum.exchange.demo.loader import load_demo

    app = create_app(settings)
    with app.app_context():
        logins = load_demo(db.session, settings, now=utc_now())
        db.engine.dispose()
    rows = [f"  {login.role:10} {login.email:36} {login.password}" for login in logins]
    return ["Accounts of the demo (these passwords are shown only now):", *rows]
