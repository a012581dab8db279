"""The queue: what waits, in order, with all that a moderator needs to decide."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from forum.base.session import db, writing
from forum.comments import revisions
from forum.comments.models import Comment
from forum.moderation import queue
from tests.factories import NOW, READER, Site, make_article, make_comment
from tests.moderation.work import colleague, ids, items, moderator
from tests.pages.pages import by_id, parse, with_class, words


def _next_page(page: str) -> str | None:
    found = re.search(r'href="/moderation(\?[^"]*page=\d+)"', page)
    return found[1].replace("&amp;", "&") if found else None


def _read_through(site: Site, query: str = "") -> list[int]:
    reader = moderator(site)
    seen: list[int] = []
    address: str | None = query
    while address is not None:
        page = reader.queue(address)
        seen += ids(page)
        address = _next_page(page)
    return seen


def test_what_waits_comes_oldest_first(both_sites: Site) -> None:
    waiting = [both_sites.comment(source=f"Reactie {n}.") for n in range(3)]
    both_sites.approved(source="Al gelezen.")

    assert ids(moderator(both_sites).queue()) == waiting


def test_other_states_come_newest_first(site: Site) -> None:
    approved = [site.approved(source=f"Reactie {n}.") for n in range(3)]

    assert ids(moderator(site).queue("?state=approved")) == approved[::-1]


def test_the_pages_of_the_queue_have_no_gaps_and_no_repeats(site: Site) -> None:
    waiting = [site.comment(source=f"Reactie {n}.") for n in range(60)]

    assert _read_through(site) == waiting


def test_the_pages_stay_whole_while_decisions_are_made(
    both_sites: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PER_PAGE", 4)
    waiting = [both_sites.comment(source=f"Reactie {n}.") for n in range(10)]
    reader, other = moderator(both_sites), colleague(both_sites)
    seen: list[int] = []
    address: str | None = ""

    while address is not None:
        page = reader.queue(address)
        seen += ids(page)
        address = _next_page(page)
        for comment_id in (seen[-1], seen[-2]):
            other.decide(comment_id, "approve")
        if len(waiting) < 12:
            waiting.append(both_sites.comment(source=f"Tussendoor {len(waiting)}."))

    assert seen == waiting


@pytest.mark.parametrize("page", ["0", "x", "-1", "9" * 30])
def test_a_page_that_cannot_be_is_not_found(site: Site, page: str) -> None:
    assert site.moderator().get(f"/moderation?page={page}").status_code == 404


def test_a_page_after_the_last_is_empty(site: Site) -> None:
    site.comment()

    assert ids(moderator(site).queue("?page=999999999999")) == []


def test_an_edit_of_a_published_comment_waits_with_its_new_text(both_sites: Site) -> None:
    comment_id = both_sites.approved(source="Zoals het er stond.")
    with both_sites.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, comment_id)
        revisions.edit(db.session, comment, "Zoals het er nu staat.", version=comment.version, now=NOW)

    page = moderator(both_sites).queue()

    assert ids(page) == [comment_id]
    assert "Zoals het er nu staat." in page
    assert "Zoals het er stond." in moderator(both_sites).queue("?state=approved")


def test_an_edit_of_a_published_comment_is_told_from_a_new_one(both_sites: Site) -> None:
    comment_id = both_sites.approved(source="Zoals het er stond.")
    with both_sites.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, comment_id)
        revisions.edit(db.session, comment, "Zoals het er nu staat.", version=comment.version, now=NOW)
    mirjam = moderator(both_sites)

    pages = [mirjam.queue(), mirjam.client.get(f"/moderation/comments/{comment_id}").text]
    mirjam.decide(comment_id, "approve", 3)
    after = mirjam.client.get(f"/moderation/comments/{comment_id}").text

    for page in pages:
        assert "Wijziging van een geplaatste reactie" in page
        assert (
            page.index("Wat lezers nu zien")
            < page.index("Zoals het er stond.")
            < page.index("Zoals het er nu staat.")
        )
        assert "Wijziging goedkeuren" in page
        assert "Hele reactie verwijderen" in page
    assert "Wijziging" not in after
    assert "· vervangen" in after


def test_a_state_that_does_not_exist_shows_what_waits(site: Site) -> None:
    waiting = site.comment()

    for state in ("", "nonsense", "erased"):
        assert ids(moderator(site).queue(f"?state={state}")) == [waiting]


def test_one_article_at_a_time(site: Site) -> None:
    site.comment()
    with site.app.app_context(), writing(db.session):
        article = make_article(db.session, title="Een ander artikel")
        article_id, other = article.id, make_comment(db.session, article, source="Hieronder.").id

    assert ids(moderator(site).queue(f"?article={article_id}")) == [other]
    assert ids(moderator(site).queue("?article=999999999999999999")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("windmolens", [0]),
        ("WINDMOLENS", [0]),
        ("Noor", [0, 1]),
        ("karel", [2]),
        ("karel.op@lezers.example", [2]),
        ("100% zeker", [1]),
        ("100%", [1]),
        ("%", [1]),
        ("_", [2]),
        ("snake_case", [2]),
        ("snakeXcase", []),
        ("\\", []),
        ("'", []),
        ('") OR 1=1 --', []),
        ("   windmolens  ", [0]),
    ],
)
def test_search_finds_text_name_and_address_literally(both_sites: Site, query: str, found: list[int]) -> None:
    made = [
        both_sites.comment(source="Over windmolens gesproken."),
        both_sites.comment(source="Dat weet ik 100% zeker."),
        both_sites.comment(source="Ik schrijf snake_case.", name="Karel Op", email="karel.op@lezers.example"),
    ]

    answer = both_sites.moderator().get("/moderation", query_string={"q": query})

    assert ids(answer.text) == [made[n] for n in found]


@pytest.mark.parametrize(
    "query", ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 5_000, "%3Cscript%3Ealert(1)%3C/script%3E"]
)
def test_no_search_breaks_the_queue(both_sites: Site, query: str) -> None:
    answer = both_sites.moderator().get(f"/moderation?q={query}")

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_the_search_is_kept_on_the_next_page_and_in_the_tabs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PER_PAGE", 1)
    made = [site.comment(source=f"Gezocht & gevonden {n}.") for n in range(2)]
    site.comment(source="Iets anders.")

    assert _read_through(site, "?q=gezocht+%26") == made


def test_a_comment_carries_its_id_and_its_lock_number(site: Site) -> None:
    comment_id = site.comment()
    mirjam = moderator(site)
    mirjam.decide(comment_id, "hold")

    (item,) = items(mirjam.queue())

    assert (item.get("data-comment-id"), item.get("data-version")) == (str(comment_id), "2")
    page = mirjam.client.get(f"/moderation/comments/{comment_id}").text
    assert [element.get("data-version") for element in items(page)] == ["2"]


def test_a_moderator_sees_article_parent_name_address_and_text(site: Site) -> None:
    parent = site.approved(source="De vraag.", name="Ans Mulder", email="ans.mulder@lezers.example")
    site.comment(source="Het *antwoord*.", parent_id=parent, website="https://noor.example/")

    (item,) = items(moderator(site).queue())
    text = words(item)

    assert "Een buurthuis is geen bedrijf" in text
    assert "Ans Mulder" in text
    assert READER.name in text
    assert READER.email in text
    assert "https://noor.example/" in text
    (body,) = with_class(item, "comment-body")
    assert [words(em) for em in body.iter("em")] == ["antwoord"]


def test_every_reason_for_a_closer_look_is_told_in_words(site: Site) -> None:
    site.comment(
        name="Mirjam Aarts", honeypot="gevuld", started_at=NOW - timedelta(seconds=2),
        source="https://een.example/ en https://twee.example/",
    )  # fmt: skip

    page = parse(moderator(site).queue())

    (reasons,) = with_class(page, "hold-reasons")
    told = [words(li) for li in reasons]
    assert len(told) == 4
    assert "Mirjam Aarts" in told[0]
    assert not any(code in " ".join(told) for code in ("staff_name", "honeypot", "too_fast"))
    assert "2" in told[2]
    assert "2" in told[3]


def _prove_all(site: Site) -> None:
    """The address was proven for every comment so far."""
    with site.app.app_context(), writing(db.session):
        db.session.execute(update(Comment).values(proven_at=NOW))


def test_the_record_of_a_proven_address_is_told(both_sites: Site) -> None:
    for n in range(3):
        both_sites.approved(source=f"Gepubliceerd {n}.")
    refused, spam = both_sites.comment(source="Geweigerd."), both_sites.comment(source="Spam.")
    mirjam = moderator(both_sites)
    mirjam.decide(refused, "reject", reason="off_topic")
    mirjam.decide(spam, "spam")
    both_sites.comment(source="Wacht nog.")
    both_sites.comment(source="Van een ander.", email="ander@lezers.example")
    _prove_all(both_sites)

    first, other = (words(item) for item in items(mirjam.queue()))

    assert re.search(r"3 \w+, 1 \w+, 1 spam, 1 \w+", first)
    assert re.search(r"0 \w+, 0 \w+, 0 spam, 1 \w+", other)
    assert [words(proof) for proof in with_class(items(mirjam.queue())[0], "proof")] == ["(bevestigd)"]


def test_who_only_types_an_address_shows_moderators_nothing_of_its_owners_past(both_sites: Site) -> None:
    both_sites.approved(source="Van Noor zelf.")
    _prove_all(both_sites)
    both_sites.comment(source="Van wie haar adres typte.")

    (typed,) = items(moderator(both_sites).queue())

    assert "tot nu toe" not in words(typed)
    assert [words(proof) for proof in with_class(typed, "proof")] == ["(niet bevestigd)"]


def test_what_others_sent_under_an_address_is_no_part_of_its_owners_record(both_sites: Site) -> None:
    both_sites.comment(source="Van Noor zelf.")
    _prove_all(both_sites)
    both_sites.approved(source="Van wie haar adres typte.")

    (own,) = items(moderator(both_sites).queue())

    assert re.search(r"0 \w+, 0 \w+, 0 spam, 1 \w+", words(own))


def test_the_tabs_count_every_state(site: Site) -> None:
    site.comment(source="Een.")
    site.comment(source="Twee.")
    site.approved(source="Drie.")

    (tabs,) = with_class(parse(moderator(site).queue()), "tabs")
    counts = [words(count) for count in with_class(tabs, "count")]

    assert counts[:4] == ["2", "1", "0", "0"]


def test_one_comment_is_shown_with_its_parent_and_its_history(site: Site) -> None:
    parent = site.approved(source="De vraag die er stond.")
    comment_id = site.comment(source="Het antwoord.", parent_id=parent)
    mirjam = moderator(site)
    mirjam.decide(comment_id, "reject", reason="insult", note="Zie ook de vorige.")
    mirjam.decide(comment_id, "reopen", 2)

    page = mirjam.client.get(f"/moderation/comments/{comment_id}").text

    assert "De vraag die er stond." in page
    (history,) = with_class(parse(page), "history")
    told = [words(li) for li in history]
    assert len(told) == 3
    assert "Mirjam Aarts" in told[1]
    assert "Zie ook de vorige." in told[1]
    assert "insult" not in told[1]


@pytest.mark.parametrize("comment_id", ["0", "x", "999999", "9" * 40, "-1", "1.0"])
def test_a_comment_that_does_not_exist_is_not_found(site: Site, comment_id: str) -> None:
    assert site.moderator().get(f"/moderation/comments/{comment_id}").status_code == 404


def test_the_queue_offers_the_reasons_of_the_table(site: Site) -> None:
    site.comment()

    form = by_id(moderator(site).queue(), "bulk")

    codes = [option.get("value") for option in form.iter("option")]
    assert codes[0] == ""
    assert {"off_topic", "insult", "discrimination"} <= set(codes)
