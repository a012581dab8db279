"""What retention erases leaves the bytes too, whoever wipes while it works."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from forum.base.session import writing
from forum.comments.models import State
from forum.config import Settings
from forum.operations import keeping_jobs, retention
from tests.comments.scene import Scene
from tests.factories import NOW

BEGIN = NOW + timedelta(days=365)
DURING, END, AFTER = (BEGIN + timedelta(minutes=minutes) for minutes in (10, 20, 21))


def spam(stage: Scene) -> None:
    with writing(stage.session):
        stage.comment(State.SPAM)


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["forum_settings"]
    return settings


def test_what_is_erased_after_a_wipe_in_the_middle_of_a_run_is_wiped_too(app: Flask, stage: Scene) -> None:
    spam(stage)
    settings = settings_of(app)
    lines = keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: END)

    before_spam = next(lines)
    wiped_during = keeping_jobs.wipe_erased(stage.session, settings, now=DURING)
    removed = list(lines)

    assert (before_spam.rows, wiped_during, any(line.rows for line in removed)) == (0, True, True)
    assert keeping_jobs.wipe_erased(stage.session, settings, now=AFTER)


def test_so_it_is_when_the_run_breaks_off(app: Flask, stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    spam(stage)
    settings = settings_of(app)

    def broken(*_arguments: object, **_named: object) -> None:
        raise OSError("the disk is full")

    lines = keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: END)
    next(lines)
    keeping_jobs.wipe_erased(stage.session, settings, now=DURING)
    monkeypatch.setattr(retention, "_remove_past", broken)
    with pytest.raises(OSError, match="disk"):
        list(lines)

    assert keeping_jobs.wipe_erased(stage.session, settings, now=AFTER)


def test_a_run_that_finds_nothing_has_nothing_wiped(app: Flask, stage: Scene) -> None:
    settings = settings_of(app)

    list(keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: END))

    assert not keeping_jobs.wipe_erased(stage.session, settings, now=AFTER)


def test_a_clock_that_went_back_hides_nothing(app: Flask, stage: Scene) -> None:
    spam(stage)
    settings = settings_of(app)

    list(keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: NOW))

    assert keeping_jobs.wipe_erased(stage.session, settings, now=DURING)
