"""Articles: what they may hold beyond comments, and what they may not."""

from __future__ import annotations

import pytest

from forum.text import render_article
from tests.text.second_parser import violations

REL = 'rel="noopener noreferrer"'
PRINTED = [
    ("# Titel\n\n## Kop\n\n##### Klein", "<h2>Titel</h2>\n<h2>Kop</h2>\n<h4>Klein</h4>"),
    ("Kop\n---\n\ntekst\n\n---", "<h2>Kop</h2>\n<p>tekst</p>\n<hr>"),
    ("<h3>Getypt <b>vet</h3>tekst", "<h3>Getypt <b>vet</b></h3>\n<p>tekst</p>"),
    (
        "| naam | stem |\n|:--|--:|\n| Noor | **voor** |",
        "<table>\n<thead>\n<tr>\n<th>naam</th>\n<th>stem</th>\n</tr>\n</thead>\n"
        "<tbody>\n<tr>\n<td>Noor</td>\n<td><strong>voor</strong></td>\n</tr>\n</tbody>\n</table>",
    ),
    ("3. derde\n4. vierde", '<ol start="3">\n<li>derde</li>\n<li>vierde</li>\n</ol>'),
    (
        '<blockquote cite="https://bron.example">Citaat</blockquote>',
        '<blockquote cite="https://bron.example">\n<p>Citaat</p>\n</blockquote>',
    ),
    ("<q cite='javascript:x'>Citaat</q>", "<p><q>Citaat</q></p>"),
    (
        "[rapport][1] en [1]\n\n[1]: https://bron.example/a.pdf 'Titel'",
        f'<p><a href="https://bron.example/a.pdf" {REL}>rapport</a> en '
        f'<a href="https://bron.example/a.pdf" {REL}>1</a></p>',
    ),
    (
        "![Foto](https://foto.example/1.jpg)",
        f'<p><a href="https://foto.example/1.jpg" {REL}>Foto</a></p>',
    ),
    ("Zie https://bron.example", f'<p>Zie <a href="https://bron.example" {REL}>https://bron.example</a></p>'),
    ("<figure>\nfoto\n</figure>", "<p>foto</p>"),
    ("<video src=x></video>", "<p>&lt;video src=x&gt;&lt;/video&gt;</p>"),
]


@pytest.mark.parametrize(("source", "printed"), PRINTED)
def test_an_article_is_printed_by_the_rules(source: str, printed: str) -> None:
    html = render_article(source)

    assert html == printed
    assert violations(html, profile="article") == []
