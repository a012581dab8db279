"""The form as readers get it: what it tells before one writes, and how its fields hang together."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments import lifecycle, waiting
from forum.comments.models import Comment, CommentEvent, Move
from forum.comments.waiting import MIN_DECISIONS, UsualWait, coarse, median_wait
from tests.comments.scene import REASON, Scene
from tests.factories import NOW, Site, comment_fields

TWO_HOURS = timedelta(hours=2)


def _article(site: Site) -> str:
    return site.reader().get(f"/articles/{site.slug}").text


def _decided(
    scene: Scene, count: int, *, after: timedelta = TWO_HOURS, ago: timedelta = timedelta(0)
) -> None:
    """`count` comments that were decided about `after` they came in, `ago`."""
    for _ in range(count):
        comment = scene.comment(now=NOW - after - ago)
        scene.move(comment, Move.APPROVE, now=NOW - ago)


def test_the_usual_wait_is_the_median_of_the_first_decisions(scene: Scene) -> None:
    _decided(scene, 11, after=timedelta(hours=1))
    _decided(scene, 10, after=timedelta(hours=9))

    assert median_wait(scene.session, now=NOW) == timedelta(hours=1)


def test_too_few_decisions_tell_nothing(scene: Scene) -> None:
    _decided(scene, MIN_DECISIONS - 1)
    assert median_wait(scene.session, now=NOW) is None

    _decided(scene, 1)
    assert median_wait(scene.session, now=NOW) == TWO_HOURS


def test_decisions_of_more_than_thirty_days_ago_do_not_count(scene: Scene) -> None:
    _decided(scene, MIN_DECISIONS, ago=waiting.WINDOW)

    assert median_wait(scene.session, now=NOW) is None


def test_only_the_first_decision_about_a_comment_counts(scene: Scene) -> None:
    for _ in range(MIN_DECISIONS):
        comment = scene.comment(now=NOW - timedelta(days=3))
        scene.move(comment, Move.REJECT, now=NOW - timedelta(days=3) + TWO_HOURS, reason=REASON)
        scene.move(comment, Move.REOPEN)
        scene.move(comment, Move.APPROVE)

    assert median_wait(scene.session, now=NOW) == TWO_HOURS


def test_what_a_rule_decides_tells_nothing_of_people(scene: Scene) -> None:
    for _ in range(MIN_DECISIONS):
        scene.move(scene.comment(), Move.APPROVE, by=lifecycle.RULE)

    assert median_wait(scene.session, now=NOW) is None


def test_only_the_newest_events_are_looked_at(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "NEWEST_EVENTS", 2 * MIN_DECISIONS)
    _decided(scene, MIN_DECISIONS, after=timedelta(hours=9))
    _decided(scene, MIN_DECISIONS)

    assert median_wait(scene.session, now=NOW) == TWO_HOURS


@pytest.mark.parametrize(
    ("wait", "told"),
    [
        (timedelta(seconds=1), timedelta(minutes=15)), (timedelta(minutes=16), timedelta(minutes=30)),
        (TWO_HOURS, TWO_HOURS), (timedelta(hours=2, seconds=1), timedelta(hours=4)),
        (timedelta(hours=20), timedelta(days=1)), (timedelta(days=8), timedelta(days=14)), (timedelta(days=31), None),
    ],
)  # fmt: skip
def test_a_wait_is_told_in_coarse_steps(wait: timedelta, told: timedelta | None) -> None:
    assert coarse(wait) == told


def test_a_process_reads_the_usual_wait_every_five_minutes_only(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([TWO_HOURS, timedelta(days=1)])
    monkeypatch.setattr(waiting, "median_wait", lambda _session, *, now: next(found))  # noqa: ARG005
    kept = UsualWait()
    moments = [NOW, NOW + timedelta(minutes=4), NOW + waiting.MAX_AGE]

    told = [kept.in_words(scene.session, now=moment) for moment in moments]

    assert told == ["2 uur", "2 uur", "1 dag"]


def test_form_and_receipt_say_how_long_it_usually_takes(site: Site) -> None:
    with site.app.app_context():
        _decide_many(db.session, site)

    receipt = site.reader().get(site.post().headers["Location"])

    assert "4 uur" in _article(site)
    assert "4 uur" in receipt.text


def _decide_many(session: Session, site: Site) -> None:
    """Twenty decisions of just now, three hours after the comments came in."""
    ids = [site.approved() for _ in range(MIN_DECISIONS)]
    now = utc_now()
    with writing(session):
        session.execute(
            update(Comment).where(Comment.id.in_(ids)).values(submitted_at=now - timedelta(hours=3))
        )
        session.execute(update(CommentEvent).where(CommentEvent.comment_id.in_(ids)).values(at=now))


def test_without_decisions_nothing_is_promised(site: Site) -> None:
    assert " uur." not in _article(site)
    assert site.reader().get(f"/articles/{site.slug}/comments/new").status_code == 200


def test_the_house_rules_stand_above_the_field_in_three_lines(site: Site) -> None:
    page = _article(site)
    rules = re.search(r'<div class="house-rules">.*?</div>', page, re.DOTALL)

    assert rules is not None
    assert rules[0].count("<li>") == 3
    assert page.index("house-rules") < page.index('<textarea id="body"')


def test_an_error_is_named_above_the_form_and_at_its_field(site: Site) -> None:
    page = site.post(email="geen adres", body="x").text

    for name in ("body", "email"):
        field = re.search(rf'<(?:input|textarea)[^>]*\bid="{name}"[^>]*>', page)
        assert field is not None
        assert 'aria-invalid="true"' in field[0]
        described = re.search(r'aria-describedby="([^"]+)"', field[0])
        assert described is not None
        assert all(f'id="{part}"' in page for part in described[1].split())
        assert f"{name}-error" in described[1].split()
        assert f'href="#{name}"' in page


def test_browsers_may_fill_in_name_and_address(site: Site) -> None:
    page = _article(site)

    assert re.search(r'<input[^>]*id="name"[^>]*autocomplete="name"', page)
    assert re.search(r'<input[^>]*id="email"[^>]*autocomplete="email"', page)


def test_the_box_that_remembers_is_not_ticked_and_stays_out_of_the_store(site: Site) -> None:
    box = re.search(r'<input[^>]*id="remember_me"[^>]*>', _article(site))
    answer = site.post(remember_me="1")

    assert box is not None
    assert "checked" not in box[0]
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


def test_the_page_that_anyone_may_keep_holds_no_id_of_a_form(site: Site) -> None:
    assert re.search(r'name="submission_id" value=""', _article(site))
    assert re.search(r'data-parent=""', _article(site))


def test_the_receipt_says_how_the_id_of_the_form_that_arrived_begins_and_nothing_when_it_had_none(
    site: Site,
) -> None:
    with_id = site.reader().get(site.post(submission_id="een-langer-id").headers["Location"])
    without = site.reader().get(site.post(submission_id="", body="Een andere tekst.").headers["Location"])

    assert 'data-sent="een-lan"' in with_id.text
    assert "data-sent" not in without.text


def test_a_refused_form_keeps_its_id_so_that_the_draft_is_known_again(site: Site) -> None:
    page = site.post(submission_id="een-id", email="").text

    assert 'name="submission_id" value="een-id"' in page


def test_the_longest_text_stands_in_the_form_for_the_script_that_counts(site: Site) -> None:
    assert 'data-max="10000"' in _article(site)
    assert site.post(None, **comment_fields(body="😀" * 10_000)).status_code == 303


def test_mail_about_answers_is_offered_and_not_ticked(site: Site) -> None:
    (box,) = re.findall(r"<input[^>]*name=\"notify_replies\"[^>]*>", _article(site))

    assert 'type="checkbox"' in box
    assert "checked" not in box


def test_a_tick_for_mail_about_answers_comes_back_with_a_refused_form(site: Site) -> None:
    answer = site.post(body="", notify_replies="1")

    (box,) = re.findall(r"<input[^>]*name=\"notify_replies\"[^>]*>", answer.text)
    assert answer.status_code == 422
    assert "checked" in box
