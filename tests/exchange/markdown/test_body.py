"""What generators fill in is named and goes; words stay; code is left alone."""

from __future__ import annotations

import pytest

from forum.exchange.markdown.body import convert_body

FILM = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("raw", "source", "left_out"),
    [
        ("a {{< note >}}b{{< /note >}} c", "a b c", {"shortcode {{< note >}}": 1}),
        ('{{% note title="x" %}}\nb\n{{% /note %}}', "\nb\n", {"shortcode {{< note >}}": 1}),
        ("{{< note\n  a=1\n>}}b", "b", {"shortcode {{< note >}}": 1}),
        ("{{< audio />}}", "", {"shortcode {{< audio >}}": 1}),
        ("{{</* note */>}}", "{{< note >}}", {}),
        ("{% include a.html %}b", "b", {"Liquid {% include %}": 1}),
        ("{%- if a -%}b{%- else -%}c{%- endif -%}", "bc", {"Liquid {% if %}": 1}),
        ("a {{ site.title | escape }} b", "a  b", {"Liquid {{ site.title }}": 1}),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}", {}),
        ("a{% comment %}geheim{% endcomment %}b", "ab", {}),
        ("a<!-- geheim -->b<!--more-->c", "abc", {}),
        ("a{# geheim #}b", "ab", {}),
        ("{% highlight ruby linenos %}\n{{ x }}\n{% endhighlight %}", "\n```ruby\n{{ x }}\n```\n", {}),
        ("{{< highlight go >}}\n{{ x }}\n{{< / highlight >}}", "\n```go\n{{ x }}\n```\n", {}),
        ("{{< youtube dQw4w9WgXcQ >}}", f"<{FILM}>", {}),
        ('{{< youtube id="dQw4w9WgXcQ" >}}', f"<{FILM}>", {}),
        ("{% youtube dQw4w9WgXcQ %}", f"<{FILM}>", {}),
        ('{{< img src="https://a.example/b" caption="Een [m] plaat" >}}', "![Een m plaat](<https://a.example/b>)", {}),
        ('{{< figure src="b.png" >}}', "", {"shortcode {{< figure >}}": 1}),
        ('zie [dit]({{< ref "a.md" >}}).', "zie dit.", {"shortcode {{< ref >}}": 1}),
        ("zie [dit]({% post_url 2020-01-01-a %}).", "zie dit.", {"Liquid {% post_url %}": 1}),
        ("![dit]({{ site.url }}/a.png)", "dit", {"Liquid {{ site.url }}": 1}),
        ("[a](/b) ![c](d.png)", "[a](/b) ![c](d.png)", {"relative address": 2}),
        ("[a]: /b", "[a]: /b", {"relative address": 1}),
        ("[a](https://b.example) [c](mailto:d@e.example)", "[a](https://b.example) [c](mailto:d@e.example)", {}),
        ("## Kop {#kop}\n\nx", "## Kop\n\nx", {"{#anchor}": 1}),
        ("x\n{: .klas}", "x\n", {"{: attributes}": 1}),
        ('<img alt="Een plaat" src="https://a.example/b.png">', "![Een plaat](<https://a.example/b.png>)", {}),
        ('<img src="/b.png">', "", {"HTML <img>": 1}),
        ('<iframe src="https://a.example/b?c=1&amp;d=2"></iframe>', "<https://a.example/b?c=1&d=2>", {}),
        ("a<script>alert(1)</script>b", "ab", {"HTML <script>": 1}),
        ("a {b} {{b c", "a {b} {{b c", {}),
    ],
)  # fmt: skip
def test_a_body_becomes_plain_markdown(raw: str, source: str, left_out: dict[str, int]) -> None:
    body = convert_body(raw)

    assert body.source == source
    assert body.left_out == left_out


@pytest.mark.parametrize(
    "raw",
    [
        "```\n{{ x }} <!-- y -->\n```",
        "~~~~ go\n{% x %}\n~~~\n~~~~",
        "> ```\n> {{ x }}\n> ```",
        "```\n{{ x }} zonder einde",
        "a `{{ x }}` en ``{% ` %}``",
        "`` <!-- ` --> ``",
        "een ` los en {b}",
    ],
)
@pytest.mark.parametrize("is_mdx", [False, True])
def test_nothing_is_looked_for_in_code(raw: str, is_mdx: bool) -> None:
    body = convert_body(raw.replace("{b}", "b"), is_mdx=is_mdx)

    assert body.source == raw.replace("{b}", "b")
    assert not body.left_out


@pytest.mark.parametrize(
    ("raw", "source", "left_out"),
    [
        ("import A from '../a'\nimport B from 'b'\n\nTekst", "\n\nTekst", {"import": 1}),
        ("export const a = {\n  b: 1,\n}\n\nTekst", "\n\nTekst", {"export": 1}),
        ("a <Note soort='x>y' doe={() => { z }}>b</Note> c", "a b c", {"component <Note>": 1}),
        ("<Plaat.Groot src={a} />", "", {"component <Plaat.Groot>": 1}),
        ("<>a</>", "a", {}),
        ("a {/* geheim */}b", "a b", {}),
        ("a {props.b} c", "a  c", {"expression {…}": 1}),
        ("```js\nimport a from 'b'\n```", "```js\nimport a from 'b'\n```", {}),
        ("important is anders", "important is anders", {}),
    ],
)
def test_what_only_mdx_knows_is_named_and_goes(raw: str, source: str, left_out: dict[str, int]) -> None:
    body = convert_body(raw, is_mdx=True)

    assert body.source == source
    assert body.left_out == left_out


def test_only_mdx_has_imports_and_components() -> None:
    assert (
        convert_body("import is een woord, List<String> ook {x}").source
        == "import is een woord, List<String> ook {x}"
    )
