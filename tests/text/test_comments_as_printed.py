"""What people type and what readers see: the rules for comments by example, in Dutch and English.

`@rel` stands for the `rel` attribute that every link of a reader gets.
"""

from __future__ import annotations

import pytest

from forum.text import render_comment
from tests.text.second_parser import violations

REL = 'rel="ugc nofollow noopener noreferrer"'
PRINTED = [
    # words and lines
    ("Eens met dit artikel.", "<p>Eens met dit artikel.</p>"),
    ("Regel één\nRegel twee", "<p>Regel één<br>\nRegel twee</p>"),
    ("Eerste alinea.\n\nTweede alinea.", "<p>Eerste alinea.</p>\n<p>Tweede alinea.</p>"),
    ("Eén  \nmet twee spaties", "<p>Eén<br>\nmet twee spaties</p>"),
    ("Windows\r\nregeleinde", "<p>Windows<br>\nregeleinde</p>"),
    ("een\n\n\n\n\nver uiteen", "<p>een</p>\n<p>ver uiteen</p>"),
    ("Ik hou van AT&T", "<p>Ik hou van AT&amp;T</p>"),
    ("Cafe\u0301 in Z\xfcrich", "<p>Café in Zürich</p>"),
    ("    ingesprongen tekst", "<p>ingesprongen tekst</p>"),
    # emphasis
    ("*schuin* en _ook schuin_", "<p><em>schuin</em> en <em>ook schuin</em></p>"),
    ("**vet** en __ook vet__", "<p><strong>vet</strong> en <strong>ook vet</strong></p>"),
    ("***vet en schuin***", "<p><em><strong>vet en schuin</strong></em></p>"),
    ("snake_case_naam blijft", "<p>snake_case_naam blijft</p>"),
    ("2 * 3 * 4 = 24", "<p>2 * 3 * 4 = 24</p>"),
    ("\\*geen nadruk\\*", "<p>*geen nadruk*</p>"),
    ("**niet gesloten", "<p>**niet gesloten</p>"),
    ("~~doorgehaald~~ blijft getypt", "<p>~~doorgehaald~~ blijft getypt</p>"),
    # links
    (
        "[de krant](https://www.krant.example/artikel)",
        '<p><a href="https://www.krant.example/artikel" @rel>de krant</a></p>',
    ),
    (
        "Zie https://voorbeeld.nl/pad?a=1&b=2.",
        '<p>Zie <a href="https://voorbeeld.nl/pad?a=1&amp;b=2" @rel>https://voorbeeld.nl/pad?a=1&amp;b=2</a>.</p>',
    ),
    (
        "\u2067https://voorbeeld.nl\u2069",
        '<p>\u2067<a href="https://voorbeeld.nl" @rel>https://voorbeeld.nl</a>\u2069</p>',
    ),
    ("Zie www.voorbeeld.nl!", '<p>Zie <a href="https://www.voorbeeld.nl" @rel>www.voorbeeld.nl</a>!</p>'),
    (
        "(https://voorbeeld.nl/wiki/Leek_(plaats))",
        '<p>(<a href="https://voorbeeld.nl/wiki/Leek_(plaats)" @rel>https://voorbeeld.nl/wiki/Leek_(plaats)</a>)</p>',
    ),
    ("<https://voorbeeld.nl>", '<p><a href="https://voorbeeld.nl" @rel>https://voorbeeld.nl</a></p>'),
    (
        "mail jan@voorbeeld.nl of <jan@voorbeeld.nl>",
        "<p>mail jan@voorbeeld.nl of &lt;jan@voorbeeld.nl&gt;</p>",
    ),
    (
        "[mail ons](mailto:redactie@voorbeeld.nl?subject=Hoi)",
        '<p><a href="mailto:redactie@voorbeeld.nl" @rel>mail ons</a></p>',
    ),
    ("[klik](javascript:alert(1))", "<p>[klik](javascript:alert(1))</p>"),
    ("[klik](data:text/html,x)", "<p>[klik](data:text/html,x)</p>"),
    ("[klik](/intern)", "<p>[klik](/intern)</p>"),
    ("[klik](//evil.example)", "<p>[klik](//evil.example)</p>"),
    ("ftp://voorbeeld.nl/bestand", "<p>ftp://voorbeeld.nl/bestand</p>"),
    ("[leeg]()", "<p>[leeg]()</p>"),
    ('[titel](https://voorbeeld.nl "Titel")', '<p><a href="https://voorbeeld.nl" @rel>titel</a></p>'),
    (
        "![kat op de bank](https://voorbeeld.nl/kat.jpg)",
        '<p><a href="https://voorbeeld.nl/kat.jpg" @rel>kat op de bank</a></p>',
    ),
    (
        "![](https://voorbeeld.nl/kat.jpg)",
        '<p><a href="https://voorbeeld.nl/kat.jpg" @rel>https://voorbeeld.nl/kat.jpg</a></p>',
    ),
    (
        "https://krant.example/artikel.html",
        '<p><a href="https://krant.example/artikel.html" @rel>https://krant.example/artikel.html</a></p>',
    ),
    (
        "[https://bank.nl@evil.example](https://evil.example)",
        '<p><a href="https://evil.example" @rel>https://bank.nl@evil.example [evil.example]</a></p>',
    ),
    (
        "[bron.pdf](https://krant.example/bron.pdf)",
        '<p><a href="https://krant.example/bron.pdf" @rel>bron.pdf [krant.example]</a></p>',
    ),
    (
        "[/bank.nl](https://evil.example)",
        '<p><a href="https://evil.example" @rel>/bank.nl [evil.example]</a></p>',
    ),
    (
        "[1]: https://voorbeeld.nl/bron",
        '<p>[1]: <a href="https://voorbeeld.nl/bron" @rel>https://voorbeeld.nl/bron</a></p>',
    ),
    # links that pretend
    (
        "[bank.nl](https://evil.example/inloggen)",
        '<p><a href="https://evil.example/inloggen" @rel>bank.nl [evil.example]</a></p>',
    ),
    (
        "[https://bank.nl/](https://evil.example)",
        '<p><a href="https://evil.example" @rel>https://bank.nl/ [evil.example]</a></p>',
    ),
    ("[WWW.Bank.NL](https://bank.nl)", '<p><a href="https://bank.nl" @rel>WWW.Bank.NL</a></p>'),
    ("[bank.nl](https://mijn.bank.nl)", '<p><a href="https://mijn.bank.nl" @rel>bank.nl</a></p>'),
    (
        "[bank.nl](https://bank.nl.evil.example)",
        '<p><a href="https://bank.nl.evil.example" @rel>bank.nl [bank.nl.evil.example]</a></p>',
    ),
    ("[bank.nl](https://nepbank.nl)", '<p><a href="https://nepbank.nl" @rel>bank.nl [nepbank.nl]</a></p>'),
    ("[bank.nl:443](https://bank.nl:8443/x)", '<p><a href="https://bank.nl:8443/x" @rel>bank.nl:443</a></p>'),
    (
        "[ga naar bank.nl.](https://evil.example)",
        '<p><a href="https://evil.example" @rel>ga naar bank.nl. [evil.example]</a></p>',
    ),
    (
        "[bank\u200b.nl](https://evil.example)",
        '<p><a href="https://evil.example" @rel>bank\u200b.nl [evil.example]</a></p>',
    ),
    (
        "[bank。nl](https://evil.example)",
        '<p><a href="https://evil.example" @rel>bank。nl [evil.example]</a></p>',
    ),
    (
        "[bank.nl [evil.example]](https://evil.example)",
        '<p><a href="https://evil.example" @rel>bank.nl [evil.example]</a></p>',
    ),
    (
        "[info@bank.nl](mailto:boef@evil.example)",
        '<p><a href="mailto:boef@evil.example" @rel>info@bank.nl [boef@evil.example]</a></p>',
    ),
    ("https://bank.nl@evil.example/", "<p>https://bank.nl@evil.example/</p>"),
    ("[x](https://bank.nl@evil.example/)", "<p>[x](https://bank.nl@evil.example/)</p>"),
    (
        "[bank.nl](https://bаnk.nl)",
        '<p><a href="https://xn--bnk-6cd.nl" @rel>bank.nl [xn--bnk-6cd.nl]</a></p>',
    ),
    (
        "https://аррӏе.com",
        '<p><a href="https://xn--80ak6aa92e.com" @rel>https://аррӏе.com [xn--80ak6aa92e.com]</a></p>',
    ),
    (
        "https://münchen.example/straße",
        '<p><a href="https://xn--mnchen-3ya.example/stra%C3%9Fe" @rel>https://münchen.example/straße</a></p>',
    ),
    (
        '<a href="https://evil.example">bank.nl</a>',
        '<p><a href="https://evil.example" @rel>bank.nl [evil.example]</a></p>',
    ),
    (
        "[**bank**.nl](https://evil.example)",
        '<p><a href="https://evil.example" @rel><strong>bank</strong>.nl [evil.example]</a></p>',
    ),
    # lists and quotes
    ("- melk\n- brood", "<ul>\n<li>melk</li>\n<li>brood</li>\n</ul>"),
    ("* melk\n* brood", "<ul>\n<li>melk</li>\n<li>brood</li>\n</ul>"),
    ("1. een\n2. twee", "<ol>\n<li>een</li>\n<li>twee</li>\n</ol>"),
    ("1984. Dat jaar vergeet ik niet", "<p>1984. Dat jaar vergeet ik niet</p>"),
    ("3. Dat derde punt klopt niet", "<p>3. Dat derde punt klopt niet</p>"),
    ("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>"),
    (
        "> geciteerd\n> door mij\n\nMijn antwoord",
        "<blockquote>\n<p>geciteerd<br>\ndoor mij</p>\n</blockquote>\n<p>Mijn antwoord</p>",
    ),
    ("> geciteerd\nluie regel", "<blockquote>\n<p>geciteerd<br>\nluie regel</p>\n</blockquote>"),
    ("> > dubbel", "<blockquote>\n<blockquote>\n<p>dubbel</p>\n</blockquote>\n</blockquote>"),
    ("-", "<p>-</p>"),
    ("* * *", "<p>* * *</p>"),
    ("Boodschappen:\n- melk", "<p>Boodschappen:</p>\n<ul>\n<li>melk</li>\n</ul>"),
    # code
    ("`x = 1`", "<p><code>x = 1</code></p>"),
    ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
    ("``een ` binnen``", "<p><code>een ` binnen</code></p>"),
    ("```\nfor x in y:\n    print(x)\n```", "<pre><code>for x in y:\n    print(x)\n</code></pre>"),
    ("```python\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>"),
    ("~~~\ntildes\n~~~", "<pre><code>tildes\n</code></pre>"),
    ("```\nniet gesloten", "<pre><code>niet gesloten</code></pre>"),
    # what comments do not have
    ("# geen kop", "<p># geen kop</p>"),
    ("Titel\n=====", "<p>Titel<br>\n=====</p>"),
    ("---", "<p>---</p>"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "<p>| a | b |<br>\n|---|---|<br>\n| 1 | 2 |</p>"),
    ("[^1] voetnoot", "<p>[^1] voetnoot</p>"),
    # things that look like tags
    ("a < b en b > c", "<p>a &lt; b en b &gt; c</p>"),
    ("ik <3 dit", "<p>ik &lt;3 dit</p>"),
    ("List<String> x", "<p>List&lt;String&gt; x</p>"),
    ("Beste <naam>,", "<p>Beste &lt;naam&gt;,</p>"),
    ("x <- 3", "<p>x &lt;- 3</p>"),
    ("<!-- opmerking -->", "<p>&lt;!-- opmerking --&gt;</p>"),
    ("<?php echo 1 ?>", "<p>&lt;?php echo 1 ?&gt;</p>"),
    ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
    (
        '<iframe src="https://evil.example"></iframe>',
        '<p>&lt;iframe src="<a href="https://evil.example" @rel>https://evil.example</a>"&gt;&lt;/iframe&gt;</p>',
    ),
    ("<svg onload=alert(1)>", "<p>&lt;svg onload=alert(1)&gt;</p>"),
    ("<b", "<p>&lt;b</p>"),
    # typed HTML
    (
        "<b>vet</b> <strong>sterk</strong> <i>i</i> <em>em</em>",
        "<p><b>vet</b> <strong>sterk</strong> <i>i</i> <em>em</em></p>",
    ),
    (
        "<del>weg</del> <q>zei zij</q> <cite>Boek</cite>",
        "<p><del>weg</del> <q>zei zij</q> <cite>Boek</cite></p>",
    ),
    ("<B>hoofdletters</B>", "<p><b>hoofdletters</b></p>"),
    ("<b>niet gesloten\n\nvolgende alinea", "<p><b>niet gesloten</b></p>\n<p>volgende alinea</p>"),
    ("</b>los", "<p>los</p>"),
    ("<b><i>kruislings</b></i>", "<p><b><i>kruislings</i></b></p>"),
    ('<b onclick="x()" class="y" style="color:red">kaal</b>', "<p><b>kaal</b></p>"),
    ("een<br>twee<br />drie<br>\nvier", "<p>een<br>\ntwee<br>\ndrie<br>\nvier</p>"),
    ("<p>een</p><p>twee</p>", "<p>een</p>\n<p>twee</p>"),
    ("<p>een</p>\n\n<p>twee</p>", "<p>een</p>\n<p>twee</p>"),
    (
        '<a href="https://voorbeeld.nl" target="_blank" title="t">site</a>',
        '<p><a href="https://voorbeeld.nl" @rel>site</a></p>',
    ),
    ("<a href='javascript:alert(1)'>site</a>", "<p>site</p>"),
    ('<a name="x">anker</a>', "<p>anker</p>"),
    ("<ul>\n<li>een</li>\n<li>twee</li>\n</ul>", "<ul>\n<li>een</li>\n<li>twee</li>\n</ul>"),
    ("<ol><li>een<li>twee</ol>", "<ol>\n<li>een</li>\n<li>twee</li>\n</ol>"),
    (
        "<ul>\n\n<li>een\n\n<li>twee\n\n</ul>\nDaarna",
        "<ul>\n<li>een</li>\n<li>twee</li>\n</ul>\n<p>Daarna</p>",
    ),
    ("<li>los onderdeel", "<ul>\n<li>los onderdeel</li>\n</ul>"),
    ("<ul>tekst<li>een</ul>", "<ul>\n<li>tekst</li>\n<li>een</li>\n</ul>"),
    (
        "Zij schreef: <blockquote>Dit klopt.</blockquote> Ik niet.",
        "<p>Zij schreef:</p>\n<blockquote>\n<p>Dit klopt.</p>\n</blockquote>\n<p>Ik niet.</p>",
    ),
    ("<blockquote>Eén.\n\nTwee.</blockquote>", "<blockquote>\n<p>Eén.</p>\n<p>Twee.</p>\n</blockquote>"),
    (
        "<blockquote>*schuin* en **vet**</blockquote>",
        "<blockquote>\n<p><em>schuin</em> en <strong>vet</strong></p>\n</blockquote>",
    ),
    ("<code>if (a < b && c > d)</code>", "<p><code>if (a &lt; b &amp;&amp; c &gt; d)</code></p>"),
    ("<code>&lt;b&gt;</code>", "<p><code>&lt;b&gt;</code></p>"),
    ("<code>\neen\n\ntwee\n</code>", "<pre><code>\neen\n\ntwee\n</code></pre>"),
    (
        "<pre>\n  ingesprongen <b>\n\n  einde</pre>",
        "<pre><code>\n  ingesprongen &lt;b&gt;\n\n  einde</code></pre>",
    ),
    ("<div>een</div><div>twee</div>", "<p>een</p>\n<p>twee</p>"),
    (
        '<span style="color:red">rood</span> <font size=7>groot</font> <u>streep</u>',
        "<p>rood groot streep</p>",
    ),
    ("<h1>Kop</h1>Tekst", "<p>Kop</p>\n<p>Tekst</p>"),
    ("<table><tr><td>1</td><td>2</td></tr></table>", "<p>1</p>\n<p>2</p>"),
    (
        "- punt <blockquote>citaat</blockquote>",
        "<ul>\n<li>punt\n<blockquote>\n<p>citaat</p>\n</blockquote>\n</li>\n</ul>",
    ),
    ("<b></b>", ""),
    # characters
    ("&euro; 5 &amp; meer", "<p>€ 5 &amp; meer</p>"),
    ("&lt;b&gt;", "<p>&lt;b&gt;</p>"),
    ("&amp;lt;", "<p>&amp;lt;</p>"),
    ("&#x202e;omgekeerd", "<p>&amp;#x202e;omgekeerd</p>"),
    ("&#13;&#0;", "<p>&amp;#13;�</p>"),
    ("rechts \u202enaar links", "<p>rechts \u2067naar links\u2069</p>"),
    ("\u2067open isolaat\nvolgende regel", "<p>\u2067open isolaat\u2069<br>\nvolgende regel</p>"),
    ("tik\x07tak", "<p>tiktak</p>"),
    (
        "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
        "<p>\xe1\u0301\u0301\u0301\u0301\u0301\u0301\u0301</p>",
    ),
    (
        "\U0001f469\u200d\U0001f467 en \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "<p>\U0001f469\u200d\U0001f467 en \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645</p>",
    ),
    ("\"aanhalingstekens\" en 'enkele'", "<p>\"aanhalingstekens\" en 'enkele'</p>"),
    # English
    (
        "I *don't* agree, see [the report](https://report.example/2026.pdf).",
        '<p>I <em>don\'t</em> agree, see <a href="https://report.example/2026.pdf" @rel>the report</a>.</p>',
    ),
    ("Re: 1984 < 2024 & that's fine", "<p>Re: 1984 &lt; 2024 &amp; that's fine</p>"),
    (
        "<blockquote>You said this</blockquote>\nNo, I did not.",
        "<blockquote>\n<p>You said this</p>\n</blockquote>\n<p>No, I did not.</p>",
    ),
    (
        "1. first\n2. second\n\nThat is all.",
        "<ol>\n<li>first</li>\n<li>second</li>\n</ol>\n<p>That is all.</p>",
    ),
]


@pytest.mark.parametrize(("source", "printed"), PRINTED)
def test_a_comment_is_printed_by_the_rules(source: str, printed: str) -> None:
    html = render_comment(source)

    assert html == printed.replace("@rel", REL)


@pytest.mark.parametrize(("source", "printed"), PRINTED)
def test_the_examples_pass_the_second_parser(source: str, printed: str) -> None:
    html = printed.replace("@rel", REL)

    assert violations(html) == [], source
