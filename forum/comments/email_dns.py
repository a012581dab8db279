"""What the DNS says about an e-mail domain. Imported when it is asked: most sites never do."""

from __future__ import annotations

import time
from typing import Any

from dns.resolver import NXDOMAIN, Answer, NoAnswer, NoResolverConfiguration, Resolver
from email_validator import EmailUndeliverableError, validate_email

DNS_TIMEOUT_S = 2.0
_DNS_SAYS_NO = (NXDOMAIN, NoAnswer)


class BoundedResolver(Resolver):
    """Answers all questions about one address within `DNS_TIMEOUT_S` together; after that each one times out."""

    def __init__(self) -> None:
        super().__init__()
        self._until = time.monotonic() + DNS_TIMEOUT_S

    def resolve(self, *question: Any, **options: Any) -> Answer:
        """See `dns.resolver.Resolver.resolve`."""
        left_s = max(0.0, self._until - time.monotonic())
        return super().resolve(*question, **options | {"lifetime": left_s})


def refuse_undeliverable(address: str) -> None:
    """Ask whether the domain takes mail; a failure to find out refuses nobody.

    :raises EmailUndeliverableError: the DNS answers that nothing takes mail there.
    """
    try:
        validate_email(address, check_deliverability=True, dns_resolver=BoundedResolver())
    except NoResolverConfiguration:
        return  # this machine has no DNS to ask
    except EmailUndeliverableError as error:
        # The library reports faults of its own look-up in the same way; only an answer of the DNS counts.
        if error.__cause__ is None or isinstance(error.__cause__, _DNS_SAYS_NO):
            raise
