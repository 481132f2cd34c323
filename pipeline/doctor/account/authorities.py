"""CAA records: a domain that names its certificate authorities gets no certificate of any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.finding import Diagnosis

if TYPE_CHECKING:
    from dns.resolver import Resolver

NAME = "certificate authority"
# ACM user guide, "Configure a CAA record": any of these admits ACM.
AMAZON = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})
LIMIT_SECONDS = 10


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether ACM may issue a certificate for the site's name."""
    domain = account.env.dns.domain
    if domain is not None and any(account.unapplied.of_type("aws_acm_certificate")):
        yield compare_authorities(domain, *admitted_authorities(domain))


def compare_authorities(domain: str, place: str, admitted: frozenset[str]) -> Diagnosis:
    """Compare the authorities that the CAA records at `place` admit with ACM's; no `place` admits all."""
    if not place or admitted & AMAZON:
        return Diagnosis(NAME, "green", f"ACM may issue for {domain}")
    others = ", ".join(sorted(admitted)) or "nobody"
    detail = f"the CAA records of {place} admit {others}, so that ACM's certificate for {domain} would fail"
    return Diagnosis(NAME, "red", detail, f'Add a CAA record to {place}: 0 issue "amazon.com".')


def admitted_authorities(domain: str, resolver: Resolver | None = None) -> tuple[str, frozenset[str]]:
    """The name closest to `domain` upwards that has CAA records on issuing, and whom they admit; ("", nobody) for none.

    RFC 8659, 3: the first name with any CAA record counts. Raises UnansweredError when DNS doesn't answer.
    """
    import dns.exception
    import dns.resolver

    labels = domain.split(".")
    for place in (".".join(labels[number:]) for number in range(len(labels) - 1)):
        try:
            question = (resolver or dns.resolver.Resolver()).resolve(place, "CAA", lifetime=LIMIT_SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            continue
        except dns.exception.DNSException as error:
            reason = f"DNS does not answer for {place} ({type(error).__name__})"
            raise UnansweredError(reason, "Try again from a network with DNS.") from None
        issuers = [each.value.decode().partition(";")[0].strip() for each in question if each.tag == b"issue"]
        return (place, frozenset(issuers) - {""}) if issuers else ("", frozenset())
    return "", frozenset()
