"""Which files of a folder count, and which of those can be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forum.exchange.markdown import files
from forum.exchange.markdown.causes import LeftOut
from forum.exchange.markdown.files import find_files, read_text
from tests.exchange.markdown.sites import write_site


def read_only_file(folder: Path) -> str:
    [file] = find_files(folder).files
    return read_text(file, folder)


def refusal(folder: Path) -> tuple[str, int]:
    with pytest.raises(LeftOut) as raised:
        read_only_file(folder)
    return raised.value.code, raised.value.line


def test_markdown_files_are_found_in_order_and_others_do_not_count(tmp_path: Path) -> None:
    write_site(
        tmp_path, dict.fromkeys(["b.md", "a/c.markdown", "a/d.MDX", "e.html", "f.md.bak", ".g.md"], "x")
    )

    assert [file.shown for file in find_files(tmp_path).files] == ["a/c.markdown", "a/d.MDX", "b.md"]


def test_folders_of_tools_are_skipped_and_all_but_hidden_ones_are_told(tmp_path: Path) -> None:
    names = [
        "node_modules/a.md",
        "x/node_modules/a.md",
        ".git/a.md",
        "_site/a.md",
        "themes/a.md",
        "x/themes/a.md",
    ]
    write_site(tmp_path, dict.fromkeys(names, "x"))

    found = find_files(tmp_path)

    assert [file.shown for file in found.files] == ["x/themes/a.md"]
    assert found.skipped == ["_site", "node_modules", "themes", "x/node_modules"]


def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    write_site(tmp_path / "elsewhere", {"geheim.md": "geheim"})
    site = write_site(tmp_path / "site", {})
    site.mkdir()
    (site / "a.md").symlink_to(tmp_path / "elsewhere" / "geheim.md")
    (site / "folder").symlink_to(tmp_path / "elsewhere")

    assert refusal(site) == ("outside", 0)
    assert find_files(site).skipped == ["folder"]


def test_a_link_that_leads_nowhere_or_to_itself_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("a.md")

    assert refusal(tmp_path) == ("unreadable", 0)


def test_what_is_no_plain_file_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")

    assert refusal(tmp_path) == ("unreadable", 0)


def test_a_file_of_five_megabytes_is_read_and_a_larger_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 5)
    write_site(tmp_path, {"a.md": "12345"})

    assert read_only_file(tmp_path) == "12345"

    write_site(tmp_path, {"a.md": "123456"})

    assert refusal(tmp_path) == ("too_large", 0)


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    write_site(tmp_path, {"a.md": b"een\ncaf\xe9\n"})

    assert refusal(tmp_path) == ("not_utf8", 2)


def test_a_file_with_nul_is_told_with_its_line(tmp_path: Path) -> None:
    write_site(tmp_path, {"a.md": "een\ntwee\0"})

    assert refusal(tmp_path) == ("characters", 2)


def test_line_ends_and_the_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    write_site(tmp_path, {"a.md": b"\xef\xbb\xbfeen\r\ntwee\rdrie\n"})

    assert read_only_file(tmp_path) == "een\ntwee\ndrie\n"


def test_a_file_has_the_same_id_wherever_the_folder_stands(tmp_path: Path) -> None:
    for place in ("hier", "daar"):
        write_site(tmp_path / place, {"a/é.md": "x", "a/b.md": "x"})

    ids = [[file.external_id for file in find_files(tmp_path / place).files] for place in ("hier", "daar")]

    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    assert all(0 <= number < 2**62 for number in ids[0])


def test_a_name_that_is_not_utf8_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")

    assert [file.shown for file in find_files(tmp_path).files] == ["caf\ufffd.md"]
