"""Domains that a public certificate can be issued for: names that are registered below a public suffix."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# Names below these are AWS's own, and ACM issues no certificate for them ("Request a public certificate", ACM guide).
_OF_AWS = (
    "amazon",
    "amazon.com",
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazoncognito.com",
    "amplifyapp.com",
    "awsapprunner.com",
    "aws",
    "awsapps.com",
    "awsglobalaccelerator.com",
    "cloudfront.net",
    "elasticbeanstalk.com",
)
# Below a public suffix, and in no public DNS (RFC 7686, RFC 3172).
_NEVER_PUBLIC = ("onion", "arpa")


@cache
def _suffixes() -> PublicSuffixList:
    """Read when first needed: 300 kB, some 30 ms."""
    from publicsuffixlist import PublicSuffixList

    # Not with encoded names: encoding the whole list takes twice as long, and an interrupt within it loses its name.
    return PublicSuffixList(accept_unknown=False, accept_encoded_idn=False, only_icann=True)


def registered_domain(name: str) -> str | None:
    """The part of a name that somebody can register, such as example.co.uk; None where there is none.

    There is none for a public suffix itself, and below a top-level domain that doesn't exist or isn't public.
    """
    if name.rpartition(".")[2] in _NEVER_PUBLIC:
        return None
    written = ".".join(map(_letters, name.split(".")))
    found: str | None = _suffixes().privatesuffix(written)
    return found and ".".join(name.split(".")[-found.count(".") - 1 :])


def _letters(label: str) -> str:
    """The label as the list has it: not in punycode."""
    return label[4:].encode("ascii").decode("punycode") if _decodable(label) else label


def belongs_to_aws(name: str) -> bool:
    """Whether a name is AWS's own, or lies below one."""
    return any(name == own or name.endswith(f".{own}") for own in _OF_AWS)


def valid_punycode(name: str) -> bool:
    """Whether each label that says it is punycode can be decoded, and is written as it would be encoded (RFC 3492)."""
    return all(label[2:4] != "--" or _decodable(label) for label in name.split("."))


def _decodable(label: str) -> bool:
    """Hyphens at the third and fourth place mean an encoding, of which there is one."""
    if not label.startswith("xn--"):
        return False
    try:
        text = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return not text.isascii() and text.encode("punycode").decode("ascii") == label[4:]
