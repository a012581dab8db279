"""The worker's jobs that make up mails of their own accord: digests, and what moderators are told."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from forum.accounts.models import Cadence
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.mails.digests import followed_articles, put_digests
from forum.config import Settings
from forum.desk.mails.service import put_author_digests
from forum.moderation.queue_mails.service import put_overdue_mails, put_queue_mails, put_summaries
from forum.operations.worker import Job, register_job

_OFTEN_S = 60
_SELDOM_S = 300


def register_digest_jobs(app: Flask, settings: Settings) -> None:
    """Have the worker of `app` make up these mails."""
    register_job(app, Job("tell moderators", _OFTEN_S, lambda: tell_moderators(settings)))
    register_job(app, Job("make up digests", _SELDOM_S, lambda: make_up_digests(settings)))


def tell_moderators(settings: Settings) -> None:
    """Mails about the queue that are due."""
    now = utc_now()
    with writing(db.session):
        put_queue_mails(db.session, now=now)
        put_overdue_mails(db.session, alarm_after=timedelta(hours=settings.queue_alarm_hours), now=now)
        put_summaries(db.session, zone=settings.timezone, now=now)


def make_up_digests(settings: Settings) -> None:
    """Daily and weekly mails that are due: short transactions, so that readers keep posting."""
    now = utc_now()
    with writing(db.session):
        put_author_digests(db.session, zone=settings.timezone, now=now)
    for cadence in (Cadence.DAILY, Cadence.WEEKLY):
        for article_id in followed_articles(db.session, cadence):
            is_more = True
            while is_more:
                with writing(db.session):
                    made = put_digests(db.session, article_id, cadence, zone=settings.timezone, now=now)
                is_more = made.is_more
