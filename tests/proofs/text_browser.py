"""A browser window that tells what ran in the pages that it opened. Nothing of the site's readers may."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Route

_GLOBALS = """() => new Promise(tell => requestAnimationFrame(() => requestAnimationFrame(
    () => tell(Object.getOwnPropertyNames(window)))))"""
_CONTROL = """<!doctype html><title>x</title><img src=/nowhere onerror="alert(1)"><img src=//evil.example/x>
<iframe srcdoc="x"></iframe><script>window.__ran = 1; console.log("ran"); setTimeout(() => nothing(), 0)</script>"""
CONTROL_KINDS = {"dialog", "console", "error", "request", "global"}


class Window:
    """One visitor with JavaScript on and the pages' Content-Security-Policy off.

    :ivar pages: how many pages were opened.
    """

    def __init__(self, chromium: Browser, base_url: str) -> None:
        self.pages = 0
        self._base_url = base_url
        context = chromium.new_context(base_url=base_url, bypass_csp=True, locale="nl-NL")
        self._page: Page = context.new_page()
        self._path = ""
        self._seen: list[tuple[str, str]] = []
        self._known_globals: set[str] = set()
        self._page.on("dialog", self._on_dialog)
        self._page.on("console", self._on_console)
        self._page.on("pageerror", lambda error: self._seen.append(("error", str(error))))
        self._page.on("popup", lambda popup: self._seen.append(("window", popup.url)))
        self._page.on("request", self._on_request)

    def sign_in(self, email: str, password: str) -> None:
        """Open a staff session."""
        self._page.goto("/login")
        self._page.fill("[name=email]", email)
        self._page.fill("[name=password]", password)
        self._page.click("main form button")
        self._page.wait_for_url(lambda url: "/login" not in url)

    def learn(self, paths: list[str]) -> list[str]:
        """Open harmless pages, and take what their scripts define for granted. What else ran is returned."""
        for path in paths:
            self._known_globals |= set(self._open(path))
        return self._told("a harmless page")

    def visit(self, path: str) -> list[str]:
        """Open a page, touch nothing, and tell what ran."""
        self.pages += 1
        defined = set(self._open(path)) - self._known_globals
        self._seen += [("global", name) for name in sorted(defined)]
        if (arrived := self._page.url.removeprefix(self._base_url)) != path:
            self._seen.append(("navigation", arrived))
        return self._told(path)

    def kinds_seen_in_control(self) -> set[str]:
        """The kinds of things that it notices in a page that does all of them: a blind window proves nothing."""
        self._page.route("**/control", _answer_with_control)
        self._page.route("**evil.example/**", lambda route: route.abort())
        kinds = {line.split()[0] for line in self.visit("/control")}
        self._page.unroute_all()
        self.pages -= 1
        return kinds

    def _open(self, path: str) -> list[str]:
        self._path = path
        self._seen.clear()
        self._page.goto(path, wait_until="load")
        names: list[str] = self._page.evaluate(_GLOBALS)
        return names

    def _told(self, where: str) -> list[str]:
        return [f"{kind} in {where}: {what[:200]}" for kind, what in self._seen]

    def _on_dialog(self, dialog: Dialog) -> None:
        self._seen.append(("dialog", dialog.message))
        dialog.dismiss()

    def _on_console(self, message: ConsoleMessage) -> None:
        self._seen.append(("console", message.text))

    def _on_request(self, request: Request) -> None:
        """The page itself and the site's own files are asked for; anything else a comment asked for."""
        path = request.url.removeprefix(self._base_url)
        is_page = path == self._path.partition("#")[0] and request.resource_type == "document"
        if not (is_page or urlsplit(path).path.startswith("/static/")):
            self._seen.append(("request", request.url))


def _answer_with_control(route: Route) -> None:
    route.fulfill(body=_CONTROL, content_type="text/html")
