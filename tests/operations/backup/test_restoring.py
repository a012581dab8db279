"""A restored site is that of the moment, without what was erased since, and nothing of the lost time fits it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.erasing import LEFT_OUT, erase_comment
from forum.comments.models import Comment, Move, State
from forum.mail.models import MailState
from forum.mail.outbox import NewMail, put
from forum.operations.backup import creating, postgresql_dumps, restoring
from forum.operations.backup.archive import write_archive
from forum.operations.migrate import alembic_config
from forum.operations.schema_state import SchemaState, schema_state
from tests.factories import NOW, READER, SIGNER
from tests.operations.backup.conftest import LATER, Stored
from tests.operations.backup.work import destroy, erase, note, sources

NEIGHBOUR = "buurman@lezers.example"


def test_what_came_later_is_gone_and_what_was_there_is_there(stored: Stored) -> None:
    kept = stored.comment(State.APPROVED, source="Ervoor.")
    stored.create()
    stored.comment(State.APPROVED, source="Erna.")

    stored.restore()

    assert sources(stored) == ["Ervoor."]
    assert stored.state_of(kept) is State.APPROVED


def test_it_goes_into_nothing_at_all(stored: Stored) -> None:
    stored.comment(State.APPROVED, source="Ervoor.")
    stored.create()
    with stored.app.app_context():
        db.engine.dispose()
    destroy(stored)

    stored.restore(replace_data=False)

    assert sources(stored) == ["Ervoor."]


def test_an_address_that_was_erased_since_is_erased_again(stored: Stored) -> None:
    stored.comment(State.APPROVED, source="Mijn geheim.")
    other = stored.comment(State.APPROVED, source="Van een ander.", email=NEIGHBOUR)
    stored.create()
    erase(stored)

    done = stored.restore()

    assert done.erasures == 1
    assert sources(stored) == ["", "Van een ander."]
    assert stored.rows("SELECT email FROM commenters") == [(NEIGHBOUR,)]
    assert stored.state_of(other) is State.APPROVED


def test_who_only_took_the_name_away_keeps_the_text(stored: Stored) -> None:
    stored.comment(State.APPROVED, source="Dit mag blijven.")
    stored.create()
    erase(stored, keep_texts=True)

    stored.restore()

    assert sources(stored) == ["Dit mag blijven."]
    assert stored.rows("SELECT author_name, commenter_id FROM comments") == [("", None)]


@pytest.mark.parametrize("kind", [Move.WITHDRAW, Move.REMOVE, Move.SPAM])
def test_what_was_taken_back_before_the_name_went_does_not_come_back(stored: Stored, kind: Move) -> None:
    taken_back, kept = (
        stored.comment(State.APPROVED, source="Achteraf liever niet."),
        stored.comment(State.APPROVED, source="Dit mag blijven."),
    )
    stored.create()
    with stored.app.app_context(), writing(db.session):
        scene, comment = stored.scene(), db.session.get_one(Comment, taken_back)
        scene.move(comment, kind, by=lifecycle.COMMENTER if kind is Move.WITHDRAW else None)
    erase(stored, keep_texts=True)

    stored.restore()

    assert sources(stored) == ["", "Dit mag blijven."]
    assert [stored.state_of(taken_back), stored.state_of(kept)] == [State.ERASED, State.APPROVED]


def test_an_earlier_version_of_a_text_that_stayed_does_not_come_back(stored: Stored) -> None:
    id = stored.comment(State.APPROVED, source="Mijn buurman heet Piet.")
    stored.create()
    with stored.app.app_context(), writing(db.session):
        scene, comment = stored.scene(), db.session.get_one(Comment, id)
        scene.edit(comment, "Mijn buurman heeft een naam.")
        scene.move(comment, Move.APPROVE)
    erase(stored, keep_texts=True)

    stored.restore()

    assert sources(stored) == [""]
    assert stored.state_of(id) is State.ERASED
    assert stored.rows("SELECT email FROM commenters") == []


def test_a_text_that_stayed_without_the_address_in_it_stays_so(stored: Stored) -> None:
    stored.comment(State.APPROVED, source=f"Mail me: {READER.email}.")
    stored.create()
    erase(stored, keep_texts=True)

    stored.restore()

    assert sources(stored) == [f"Mail me: {LEFT_OUT}."]


def test_a_comment_that_was_erased_since_is_erased_again(stored: Stored) -> None:
    one, other = stored.comment(State.APPROVED, source="Weg."), stored.comment(source="Blijft.")
    stored.create()
    with stored.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, one)
        erase_comment(db.session, SIGNER, comment, by=lifecycle.COMMENTER, version=comment.version, now=LATER)

    stored.restore()

    assert [stored.state_of(one), stored.state_of(other)] == [State.ERASED, State.PENDING]


def test_so_is_one_that_was_sent_in_while_the_clock_was_ahead(stored: Stored) -> None:
    id = stored.comment(State.APPROVED, source="Weg.", now=LATER + timedelta(hours=2))
    stored.create()
    with stored.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, id)
        by = lifecycle.staff(stored.site.moderator_id)
        erase_comment(db.session, SIGNER, comment, by=by, version=comment.version, now=LATER)

    done = stored.restore()

    assert (done.erasures, sources(stored)) == (1, [""])


def test_so_is_one_whose_date_came_from_elsewhere_and_was_set_right_since(stored: Stored) -> None:
    id = stored.comment(State.APPROVED, source="Weg.")
    stored.create()
    with stored.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, id)
        comment.submitted_at -= timedelta(days=400)  # as a newer export has it
        db.session.flush()
        erase_comment(db.session, SIGNER, comment, by=lifecycle.COMMENTER, version=comment.version, now=LATER)

    done = stored.restore()

    assert (done.erasures, sources(stored)) == (1, [""])


def test_the_ledger_alone_is_enough_when_the_database_is_lost(stored: Stored) -> None:
    stored.comment(State.APPROVED, source="Mijn geheim.")
    stored.create()
    erase(stored)
    note(stored)
    destroy(stored)

    done = stored.restore(replace_data=False)

    assert (done.erasures, sources(stored)) == (1, [""])


def test_a_site_that_erased_nothing_is_put_back_with_its_empty_ledger(stored: Stored) -> None:
    stored.comment(source="Ervoor.")
    stored.create()

    done = stored.restore()

    assert (stored.ledger.read_bytes(), done.erasures) == (b"", 0)


def test_the_database_in_place_makes_up_for_a_ledger_that_is_missing(stored: Stored) -> None:
    stored.comment(source="Mijn geheim.")
    stored.create()
    erase(stored)
    stored.ledger.unlink()

    done = stored.restore()

    assert (done.erasures, sources(stored)) == (1, [""])


def test_an_address_that_came_back_before_the_backup_is_left_alone(stored: Stored) -> None:
    stored.comment(source="De eerste keer.")
    erase(stored)
    stored.comment(source="De tweede keer.")
    stored.create()

    done = stored.restore()

    assert (done.erasures, sources(stored)) == (0, ["", "De tweede keer."])


def test_the_second_restore_of_the_same_backup_erases_again(stored: Stored) -> None:
    stored.comment(source="Mijn geheim.")
    stored.create()
    erase(stored)
    stored.restore()

    done = stored.restore()

    assert (done.erasures, sources(stored)) == (1, [""])


def test_an_erased_comment_of_the_lost_time_erases_no_other(stored: Stored) -> None:
    stored.create()
    lost = stored.comment(source="Verloren.")
    with stored.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, lost)
        erase_comment(db.session, SIGNER, comment, by=lifecycle.COMMENTER, version=comment.version, now=NOW)
    stored.restore()
    newer = stored.comment(source="Nieuw.")
    stored.backup.unlink()
    stored.create()

    done = stored.restore()

    assert (done.erasures, stored.state_of(newer)) == (0, State.PENDING)


def test_mails_that_waited_are_not_sent_a_second_time(stored: Stored) -> None:
    with stored.app.app_context(), writing(db.session):
        put(db.session, NewMail(key="k", kind="test", recipient=READER.email), now=NOW)
    stored.create()

    done = stored.restore()

    assert done.mails_stopped == 1
    assert stored.rows("SELECT state FROM outbox") == [(MailState.STOPPED.value,)]


def test_every_session_of_staff_ends(stored: Stored) -> None:
    before = stored.rows("SELECT fs_uniquifier FROM accounts ORDER BY id")
    stored.create()

    stored.restore()

    after = stored.rows("SELECT fs_uniquifier FROM accounts ORDER BY id")
    assert not set(before) & set(after)


def test_an_older_schema_is_brought_up_to_date(stored: Stored) -> None:
    with stored.app.app_context():
        db.engine.dispose()
    destroy(stored)
    command.upgrade(alembic_config(stored.settings), "0003")
    _back_up_as_it_is(stored)

    stored.restore(replace_data=False, no_ledger=True)  # that version kept none

    with stored.app.app_context():
        assert schema_state(db.session.connection()) is SchemaState.CURRENT


def _back_up_as_it_is(stored: Stored) -> None:
    """What an earlier version of this program would have made."""
    data = stored.folder / "data"
    with stored.app.app_context():
        manifest = creating._copied(db.engine, stored.settings, SIGNER, data, now=NOW)
        with stored.backup.open("wb") as file:
            write_archive(file, manifest, data)
        db.engine.dispose()


def test_nothing_of_an_erased_text_is_in_the_bytes_of_what_was_restored(stored: Stored) -> None:
    stored.comment(State.APPROVED, source="Het geheim van de Hoofdstraat.")
    stored.create()
    erase(stored)

    stored.restore()

    with stored.app.app_context():
        if stored.is_sqlite:
            held = b"".join(path.read_bytes() for path in stored.folder.glob("forum.sqlite3*"))
        else:
            postgresql_dumps.dump(stored.settings.database_url, _snapshot(stored), stored.folder / "dump")
            held = (stored.folder / "dump").read_bytes()
    assert b"Hoofdstraat" not in held
    assert READER.email.encode() not in held


def _snapshot(stored: Stored) -> str:
    connection = db.session.connection()
    return str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())


def test_the_command_tells_what_it_did(stored: Stored) -> None:
    stored.comment()
    stored.create()

    result = stored.app.test_cli_runner().invoke(args=["backup", "restore", str(stored.backup), "--yes"])

    assert result.exit_code == 0, result.output
    assert "2026" in result.output


def test_the_command_tells_to_look_at_the_accounts_for_an_old_state_is_back(stored: Stored) -> None:
    stored.create()
    stored.run("UPDATE accounts SET active = false")

    result = stored.app.test_cli_runner().invoke(args=["backup", "restore", str(stored.backup), "--yes"])

    assert stored.rows("SELECT DISTINCT active FROM accounts") in ([(1,)], [(True,)])
    assert "accounts" in result.output


def test_the_command_warns_of_a_ledger_that_is_damaged(stored: Stored) -> None:
    stored.create()
    stored.ledger.write_bytes(b"half a li")

    result = stored.app.test_cli_runner().invoke(args=["backup", "restore", str(stored.backup), "--yes"])

    assert result.exit_code == 0, result.output
    assert "1" in result.output.splitlines()[-1]


def test_a_database_that_is_away_fails_in_one_line(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: object, **_named: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    stored.create()
    monkeypatch.setattr(restoring, "restore", away)

    result = stored.app.test_cli_runner().invoke(args=["backup", "restore", str(stored.backup), "--yes"])

    assert (result.exit_code, len(result.output.strip().splitlines())) == (1, 1)
