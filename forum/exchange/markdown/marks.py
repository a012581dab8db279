"""The marks in a static site's article at which something happens. The group that ends last
names the mark."""

from __future__ import annotations

import re

# Everything stops at the next brace, bracket or line end, or is possessive, so that no text takes the square
# of its length.
_COMMON = r"""
  ^[ \t>]*+(?P<fence>`{3,}+(?![^\n]*`)|~{3,}+)
| (?P<ticks>`++)
| (?P<comment><!--)
| <(?P<unwoven>(?i:script|style))(?=[\s>])[^<>]*+>
| </?(?P<element>(?i:iframe|img|video|audio|source|object|embed|form|input|svg|math))(?=[\s/>])[^<>]*+>
| (?P<linked>!?\[(?P<words>[^\[\]\n]*+)\]\((?P<target>[^()\n{]*+\{[{%][^()\n]*+)\))
| \{\{[<%](?P<hugo>[^{}]*?)[>%]\}\}
| \{%(?P<liquid>[^{}]*?)%\}
| \{\{(?P<shown>[^{}]*+)\}\}
| (?P<note>\{\#[^{}\n]*+(?<=\#)\})
| (?P<attributes>\{[:.\#][^{}\n]*+\}(?=[ \t]*$))
| \]\([ \t]*+<?(?P<relative>[^\s()<>]++)
| ^[ ]{0,3}\[(?!\^)[^\[\]\n]++\]:[ \t]*+<?(?P<defined>[^\s<>]++)
"""
_MDX = r"""
| ^(?P<module>import|export)\b(?=[ \t{*])
| (?P<expression>\{(?:[^{}]|\{[^{}]*+\})*+\})
| </?(?P<component>[A-Z][\w.]*+|(?=>))(?:[^<>{}"']|"[^"]*+"|'[^']*+'|\{(?:[^{}]|\{[^{}]*+\})*+\})*+>
"""
NEXT = re.compile(_COMMON, re.MULTILINE | re.VERBOSE)
NEXT_IN_MDX = re.compile(_COMMON + _MDX, re.MULTILINE | re.VERBOSE)
