"""Personal data that has a form of its own. Kinds that only a model can tell (names, passwords) aren't here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """A place in a text and the kind of data found there."""

    start: int
    end: int
    kind: str


def find(text: str, kinds: Sequence[str]) -> list[Match]:
    """Places of the given kinds, none inside another: a card's number is no telephone number."""
    taken: list[Match] = []
    for kind, (pattern, holds) in PATTERNS.items():
        for match in pattern.finditer(text):
            start, end = match.span("data") if "data" in pattern.groupindex else match.span()
            free = all(end <= each.start or start >= each.end for each in taken)
            if free and holds(text[start:end]):
                taken.append(Match(start, end, kind))
    return sorted((each for each in taken if each.kind in kinds), key=lambda each: each.start)


def replaced(text: str, places: Sequence[tuple[int, int, str]]) -> str:
    """The text with each place replaced by its kind in braces, as Bedrock masks; of places that overlap the first."""
    return "".join(_parts(text, places))


def _parts(text: str, places: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    done = 0
    for start, end, kind in sorted(places):
        if start < done:
            continue
        yield text[done:start]
        yield f"{{{kind}}}"
        done = end
    yield text[done:]


def _luhn(text: str) -> bool:
    """Whether the last digit is the checksum of a card's number (ISO/IEC 7812)."""
    digits = [int(each) for each in reversed(text) if each.isdigit()]
    doubled = [each * 2 - 9 * (each > 4) for each in digits[1::2]]
    return 13 <= len(digits) <= 19 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> bool:
    """Whether the two digits after the country are the checksum of the rest (ISO 13616)."""
    plain = text.replace(" ", "").upper()
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _addressable(text: str) -> bool:
    return all(int(each) < 256 for each in text.split("."))


def _phone(text: str) -> bool:
    """Nine digits and more, or seven behind a + or in brackets: shorter ones are dates, prices and hours."""
    count = sum(each.isdigit() for each in text)
    return count <= 15 and (count >= 9 or (count >= 7 and text[0] in "+("))


def _always(text: str) -> bool:
    return True


def _mixed(text: str) -> bool:
    """Whether 40 characters look like a secret: capitals, small letters and digits, so no hash in hexadecimal."""
    return any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))


# The most particular kinds first: what they take is not looked at again.
PATTERNS: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "EMAIL": (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _always),
    "URL": (re.compile(r"\bhttps?://[^\s<>\"')]+"), _always),
    "AWS_ACCESS_KEY": (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), _always),
    "AWS_SECRET_KEY": (re.compile(r"(?<![\w/+=])[A-Za-z0-9/+]{40}(?![\w/+=])"), _mixed),
    "MAC_ADDRESS": (re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"), _always),
    "IP_ADDRESS": (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)"), _addressable),
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": (
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        _iban,
    ),
    "CREDIT_DEBIT_CARD_NUMBER": (re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])"), _luhn),
    "CREDIT_DEBIT_CARD_CVV": (
        re.compile(r"\b(?:cvv2?|cvc2?|csc)\b\D{0,12}(?P<data>\d{3,4})\b", re.IGNORECASE),
        _always,
    ),
    "US_SOCIAL_SECURITY_NUMBER": (re.compile(r"\b(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"), _always),
    "PHONE": (
        re.compile(r"(?<![\w.])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d{2,5}(?:[ .-]?\d{2,5}){1,4}(?!\w)"),
        _phone,
    ),
}
