"""A comment's way in through the form."""

from __future__ import annotations

from tests.factories import Site


def test_a_posted_comment_waits_and_its_writer_is_sent_to_the_receipt(both_sites: Site) -> None:
    reader = both_sites.reader()

    answer = both_sites.post(reader)

    assert answer.status_code == 303
    receipt = reader.get(answer.headers["Location"])
    assert receipt.status_code == 200
    assert "draait op mensen" in receipt.text


def test_the_same_submission_twice_is_one_comment(both_sites: Site) -> None:
    first = both_sites.post(submission_id="een-en-hetzelfde")

    second = both_sites.post(submission_id="een-en-hetzelfde")

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
