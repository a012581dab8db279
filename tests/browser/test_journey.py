"""The main journey in a real browser."""

from __future__ import annotations

import pytest

from tests.browser import journey
from tests.browser.conftest import NewPage
from tests.proofs.site import Site

pytestmark = pytest.mark.browser


def test_a_comment_goes_from_the_form_to_the_page_and_gets_its_answer(site: Site, new_page: NewPage) -> None:
    journey.walk(site, new_page)
