"""Keyed hashes and tokens, each bound to one purpose."""

from __future__ import annotations

import pytest

from forum.base.signing import Signer

SIGNER = Signer("een geheim van meer dan tweeëndertig tekens")


def test_a_hash_is_128_bits_and_always_the_same() -> None:
    first, second = (SIGNER.keyed_hash("network", "192.0.2.0/24") for _ in range(2))

    assert first == second
    assert (len(first), int(first, 16) > 0) == (32, True)


def test_purpose_values_and_secret_all_count() -> None:
    hashes = {
        SIGNER.keyed_hash("network", "ab", "c"),
        SIGNER.keyed_hash("network", "a", "bc"),
        SIGNER.keyed_hash("network", "abc"),
        SIGNER.keyed_hash("network", "ab", "c", ""),
        SIGNER.keyed_hash("email", "ab", "c"),
        Signer("een ander geheim van tweeëndertig tekens").keyed_hash("network", "ab", "c"),
    }

    assert len(hashes) == 6


@pytest.mark.parametrize("payload", [12, "tekst", ["a", 1], 0, "", "é👍"], ids=repr)
def test_a_token_gives_back_what_went_in(payload: int | str | list[int | str]) -> None:
    token = SIGNER.make_token("receipt", payload)

    assert SIGNER.read_token("receipt", token) == payload
    assert token.isascii()
    assert not set(token) & set("/?#&+ ")


def test_a_token_of_another_purpose_or_secret_opens_nothing() -> None:
    token = SIGNER.make_token("receipt", 12)

    assert SIGNER.read_token("export", token) is None
    assert Signer("een ander geheim van tweeëndertig tekens").read_token("receipt", token) is None


@pytest.mark.parametrize("token", ["", ".", "MTI", "MTI.", "x" * 5_000, "é", "MTI.\0", "eyJ.a.b"])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    assert SIGNER.read_token("receipt", token) is None


def test_a_token_with_any_letter_changed_opens_nothing() -> None:
    token = SIGNER.make_token("receipt", 123)
    altered = {
        token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token) - 1)
    }

    assert {SIGNER.read_token("receipt", each) for each in altered} == {None}


def test_the_same_payload_gives_the_same_token() -> None:
    assert SIGNER.make_token("receipt", 7) == SIGNER.make_token("receipt", 7)
