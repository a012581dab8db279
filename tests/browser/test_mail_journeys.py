"""What goes through the mail, in the browser, with the mails read from the mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import journey as main_journey
from tests.browser.mail_journeys import Journey, from_proof_to_unsubscription, from_return_to_approval
from tests.mail.server import MailServer
from tests.proofs.site import NO_LIMITS, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def journey(tmp_path: Path, new_page: Callable[[str], Page]) -> Iterator[Journey]:
    with MailServer() as server:
        environ = NO_LIMITS | {"FORUM_SMTP_URL": server.url, "FORUM_MAIL_DELAY_S": "0"}
        with running_site(tmp_path, env=environ, workers=1) as site:
            main_journey.prepare(site)
            yield Journey(site, server, new_page)


def test_an_address_is_proven_and_its_comment_is_approved_answered_and_unsubscribed(journey: Journey) -> None:
    from_proof_to_unsubscription(journey)


def test_a_returned_comment_is_changed_and_approved(journey: Journey) -> None:
    from_return_to_approval(journey)
