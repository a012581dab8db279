"""Text: everything hostile that was collected, printed, served, and opened in a browser, and nothing comes of it."""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import services
from tests.browser.conftest import CHROMIUM_OPTIONS
from tests.proofs.site import NO_LIMITS, running_site
from tests.proofs.text_browser import CONTROL_KINDS, Window
from tests.proofs.text_corpus import DATA, payloads, strings
from tests.proofs.text_posts import hostile_posts
from tests.proofs.text_rendered import mixtures, rendered
from tests.proofs.text_served import Findings, Inspection

__all__ = ["mixtures", "prove"]

# No name is looked up for a page that asks for one; the request is seen all the same.
_NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def prove() -> bool:
    """Print it; then post it, and look at what readers, writers and moderators are served."""
    print("-- rendered, and sanitised once more", flush=True)
    is_sound = rendered()
    texts = payloads() + strings()
    if not texts:
        print(f"-- served and browser: no data at {DATA}, not tried")
        return is_sound
    return served(texts) and is_sound


def served(texts: list[str]) -> bool:
    """Post texts as bodies and as names, and look at all pages with html5lib and with Chromium."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(running_site(folder, env=NO_LIMITS))
        parsers = stack.enter_context(ProcessPoolExecutor(mp_context=get_context("spawn")))
        playwright = stack.enter_context(sync_playwright())
        chromium = playwright.chromium.launch(
            executable_path=services.address(services.CHROMIUM_VARIABLE), args=[*CHROMIUM_OPTIONS, _NO_NAMES]
        )
        stack.callback(chromium.close)
        reader, moderator = (Window(chromium, site.base_url) for _ in range(2))
        missed = CONTROL_KINDS - reader.kinds_seen_in_control()
        inspection = Inspection(site, parsers, reader, moderator)
        stack.callback(inspection.close)
        findings = inspection.run(list(hostile_posts(texts)))
    findings.ran += [f"the browser did not notice: {kind}" for kind in sorted(missed)]
    return _told(len(texts), findings)


def _told(texts: int, findings: Findings) -> bool:
    print(f"-- served: {texts} texts as body and as name, bare and after a blank line")
    print(f"  answers: {dict(sorted(findings.answers.items()))}")
    print(f"  {findings.comments} comments; pages read: {dict(findings.pages)}")
    _print_some(findings.wrong, "violations")
    print("-- browser: the same pages in Chromium, JavaScript on, Content-Security-Policy off")
    print(f"  pages opened: {dict(findings.in_browser)}")
    _print_some(findings.ran, "things that ran")
    return not findings.wrong and not findings.ran


def _print_some(wrong: list[str], what: str) -> None:
    for line in wrong[:20]:
        print(f"  WRONG {line[:600]}")
    print(f"  {len(wrong)} {what}", flush=True)
