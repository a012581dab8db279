"""Weerwoord: a moderated discussion forum for publishers. `create_app` is the only file that knows every domain."""

from __future__ import annotations

from datetime import timedelta
from inspect import iscoroutinefunction

from flask import Flask, request
from sqlalchemy import Engine

from forum.config import PROJECT_ROOT, Settings, load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    :param settings: default: read from the environment.
    :raises SettingsError: a setting has a value that cannot be right.
    """
    settings = settings or load_settings()
    app = Flask(
        __name__,
        root_path=str(PROJECT_ROOT / "forum"),
        template_folder=str(PROJECT_ROOT / "templates"),
        static_folder=str(PROJECT_ROOT / "static"),
        instance_path=str(settings.instance_path),
    )
    app.extensions["forum_settings"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["MAX_CONTENT_LENGTH"] = settings.max_form_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_form_bytes
    engine = _init_database(app, settings)
    _init_web(app, settings, engine)
    _init_domains(app, settings)
    _init_page_cache(app, settings, engine)
    return app


def _init_database(app: Flask, settings: Settings) -> Engine:
    from forum.base.engine import engine_options, prepare_engine
    from forum.base.session import db
    from forum.base.signing import Signer

    app.config["SQLALCHEMY_ENGINES"] = {
        "default": engine_options(settings.database_url) | {"hide_parameters": True}
    }
    db.init_app(app)
    # The extension also closes async sessions, in an event loop of its own after each request; there are none here.
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]
    app.extensions["forum_signer"] = Signer(settings.secret_key)
    with app.app_context():
        return prepare_engine(db.engine)


def _init_web(app: Flask, settings: Settings, engine: Engine) -> None:
    from forum.web import assets, cross_origin, error_pages, filters, form_data, headers, languages, log
    from forum.web.limits import create_limits
    from forum.web.network_signers import NetworkSigners

    log.init_log(app)
    languages.init_languages(app, settings)
    filters.init_filters(app)
    assets.init_assets(app)
    error_pages.init_error_pages(app)
    app.before_request(_set_body_limit)
    app.before_request(form_data.bound_streamed_body)
    app.before_request(form_data.refuse_unreadable_path)
    app.before_request(cross_origin.refuse_cross_origin)
    app.after_request(headers.add_headers)
    signer = app.extensions["forum_signer"]
    networks = NetworkSigners(engine, signer)
    app.extensions["forum_limits"] = create_limits(app, settings, signer=signer, networks=networks)
    app.jinja_env.globals["site"] = settings


def _init_domains(app: Flask, settings: Settings) -> None:
    from forum.accounts import rights, sign_in
    from forum.comments.waiting import init_usual_wait
    from forum.comments.writer.views import init_reason_labels
    from forum.moderation.reasons import label_of

    sign_in.init_sign_in(app, settings)
    init_usual_wait(app)
    init_reason_labels(app, label_of)
    app.before_request(rights.guard)
    _init_views(app)
    _init_commands(app)
    _init_mails(app, settings)
    _init_jobs(app, settings)


def _init_views(app: Flask) -> None:
    import forum.accounts.views
    import forum.accounts.views_own
    import forum.comments.following.views
    import forum.comments.preview.views
    import forum.comments.proving.views
    import forum.comments.unsubscribing.views
    import forum.comments.views
    import forum.comments.writer.door.views
    import forum.comments.writer.leaving.views
    import forum.comments.writer.texts.views
    import forum.comments.writer.views
    import forum.desk.accounts.views
    import forum.desk.mails.views
    import forum.desk.views
    import forum.moderation.erasure.views
    import forum.moderation.mail.views
    import forum.moderation.views
    import forum.operations.health
    import forum.pages.views

    for module in (
        forum.accounts.views, forum.accounts.views_own, forum.pages.views, forum.comments.views,
        forum.comments.preview.views, forum.comments.proving.views, forum.comments.writer.door.views,
        forum.comments.writer.views, forum.comments.writer.texts.views, forum.comments.writer.leaving.views,
        forum.comments.following.views, forum.comments.unsubscribing.views, forum.moderation.views,
        forum.moderation.mail.views, forum.moderation.erasure.views, forum.desk.views, forum.desk.accounts.views,
        forum.desk.mails.views, forum.operations.health,
    ):  # fmt: skip
        app.register_blueprint(module.bp)


def _init_commands(app: Flask) -> None:
    import forum.articles.commands
    import forum.comments.commands
    import forum.exchange.commands
    import forum.operations.account_commands
    import forum.operations.backup.commands
    import forum.operations.commands
    import forum.operations.mail_commands
    import forum.operations.retention_commands
    import forum.operations.worker

    for group in (
        forum.operations.account_commands.cli,
        forum.articles.commands.cli,
        forum.comments.commands.cli,
        forum.exchange.commands.demo_cli,
        forum.exchange.commands.import_cli,
        forum.operations.commands.db_cli,
        forum.operations.commands.settings_cli,
        forum.operations.mail_commands.cli,
        forum.operations.backup.commands.backup_cli,
        forum.operations.retention_commands.retention_cli,
        forum.operations.worker.worker_cli,
    ):
        app.cli.add_command(group)


def _init_mails(app: Flask, settings: Settings) -> None:
    from forum.accounts.mails import register_account_mails
    from forum.comments.mails.context import MailContext
    from forum.comments.mails.registration import register_comment_mails
    from forum.comments.proving.mails import confirmation_composer
    from forum.comments.writer.opening import link_composer
    from forum.desk.mails.letters import register_author_mails
    from forum.mail.kinds import register_mail
    from forum.moderation.queue_mails.letters import register_moderator_mails
    from forum.moderation.reasons import label_of
    from forum.operations.mail_commands import init_mail

    signer = app.extensions["forum_signer"]
    context = MailContext(
        signer=signer, language=settings.locale, confirms_email=settings.confirms_email, reason_label=label_of
    )
    init_mail(app)
    register_account_mails(app)
    register_mail(app, "confirm", confirmation_composer(signer, settings))
    register_mail(app, "writer_link", link_composer(signer))
    register_comment_mails(app, context)
    register_author_mails(app, signer)
    register_moderator_mails(
        app, signer, zone=settings.timezone, alarm_after=timedelta(hours=settings.queue_alarm_hours)
    )


def _init_jobs(app: Flask, settings: Settings) -> None:
    from forum.operations.commands import register_jobs
    from forum.operations.digest_jobs import register_digest_jobs
    from forum.operations.keeping_jobs import register_keeping_jobs

    register_jobs(app)
    register_keeping_jobs(app)
    register_digest_jobs(app, settings)


def _init_page_cache(app: Flask, settings: Settings, engine: Engine) -> None:
    from forum.accounts.sign_in import signed_in_check
    from forum.articles.view_counts import init_view_counts
    from forum.web.page_cache import PageCache
    from forum.web.versions import versions_of

    counts = init_view_counts(app)
    cache = PageCache(
        app.wsgi_app,
        versions_of(engine),
        max_bytes=settings.page_cache_mb * 1_000_000,
        base_url=settings.base_url,
        is_signed_in=signed_in_check(app, settings),
        on_view=counts.saw,
    )
    app.wsgi_app = cache  # type: ignore[method-assign]
    app.extensions["forum_page_cache"] = cache


def _set_body_limit() -> None:
    """Before each request: the size that its route states, or that of a comment form."""
    from flask import current_app

    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "max_bytes", current_app.config["MAX_CONTENT_LENGTH"])
