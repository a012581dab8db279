"""Mistyped mail domains: `gmial.com` is meant as `gmail.com`. An offer, never more: the domain may exist.

`static/js/email.js` makes the same offer while somebody types; a test holds the two equal.
"""

from __future__ import annotations

DOMAINS = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.nl", "hotmail.be", "outlook.com", "outlook.be", "live.nl",
    "live.be", "live.com", "msn.com", "icloud.com", "yahoo.com", "ymail.com", "proton.me", "protonmail.com",
    "fastmail.com", "tutanota.com", "zoho.com", "aol.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "t-online.de",
    "orange.fr", "wanadoo.fr", "ziggo.nl", "kpnmail.nl", "kpnplanet.nl", "planet.nl", "hetnet.nl", "home.nl",
    "xs4all.nl", "upcmail.nl", "chello.nl", "casema.nl", "quicknet.nl", "zonnet.nl", "zeelandnet.nl", "telfort.nl",
    "tele2.nl", "online.nl", "solcon.nl", "caiway.nl", "freedom.nl", "telenet.be", "skynet.be", "proximus.be",
    "scarlet.be", "pandora.be",
)  # fmt: skip
"""Where most readers in the Netherlands and Belgium have their mail, and what others elsewhere use."""

GENUINE = ("email.com", "mail.com", "rocketmail.com", "kpn.nl", "planet.com", "yahoo.fr", "zohomail.com")
"""Domains that look like a mistake in one of those and are none."""

FAMILIES = ("hotmail", "outlook", "live", "yahoo", "gmx")
"""Names that have a domain in almost every country."""

MISTYPED_COM = ("cm", "co", "om")
"""Countries that are `com` with a letter missing more often than they are meant."""

MIN_NAME_CHARS = 5
"""Shorter names are one letter away from too many others: `live.nl`, `love.nl`."""
LONG_CHARS = 11
"""From this length on two mistakes are seen through, if the first letter is right."""


def suggest(email: str) -> str | None:
    """The address that was probably meant, or None when there is nothing to offer.

    :param email: normalised.
    """
    local, _, domain = email.rpartition("@")
    name, _, rest = domain.partition(".")
    if domain in DOMAINS or domain in GENUINE:
        return None
    if name in FAMILIES and len(rest) == 2 and rest not in MISTYPED_COM:
        return None
    near = [(distance(domain, known), known) for known in DOMAINS if _is_near(domain, known)]
    return f"{local}@{min(near, key=lambda pair: pair[0])[1]}" if near else None


def _is_near(domain: str, known: str) -> bool:
    if len(known.partition(".")[0]) < MIN_NAME_CHARS or abs(len(domain) - len(known)) > 2:
        return False
    sees_through_two = len(known) >= LONG_CHARS and domain[:1] == known[0]
    return distance(domain, known) <= (2 if sees_through_two else 1)


def distance(a: str, b: str) -> int:
    """How many letters were left out, added, mistaken or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
