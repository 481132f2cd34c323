"""Building blocks of the models: each accepted form of a value is written once, for check, error and reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, Strict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from config import aws_data


class StrictModel(BaseModel):
    """Base of every section: immutable, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


class ValueCheck:
    """A check on a value that pydantic has already typed. Subclasses say in words what they accept."""

    accepted: str

    def allows(self, value: Any) -> bool:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._validate, handler(source))

    def _validate(self, value: Any) -> Any:
        if not self.allows(value):
            raise PydanticCustomError("check", "not accepted")
        return value


@dataclass(frozen=True)
class Text(ValueCheck):
    """Text of a given length that matches an ASCII pattern as a whole."""

    pattern: str
    accepted: str
    max_length: int = 255
    min_length: int = 1

    def allows(self, value: Any) -> bool:
        fits = self.min_length <= len(value) <= self.max_length
        return fits and re.fullmatch(self.pattern, value, re.ASCII) is not None


class Numbers(ValueCheck):
    """One of a few whole numbers. `Literal` would take true for 1, and 1.0."""

    def __init__(self, *values: int) -> None:
        self.values = values
        self.accepted = f"one of {', '.join(map(str, values))}"

    def allows(self, value: Any) -> bool:
        return value in self.values


@dataclass(frozen=True)
class WholeNumber(ValueCheck):
    """A whole number in a range, both ends included, with a hint for who wants another."""

    low: int
    high: int
    hint: str = ""

    @property
    def accepted(self) -> str:  # type: ignore[override]  # a property here, an attribute elsewhere
        return f"a whole number from {self.low} to {self.high}{self.hint}"

    def allows(self, value: Any) -> bool:
        return self.low <= value <= self.high  # type: ignore[no-any-return]  # pydantic has typed it


@dataclass(frozen=True)
class OneOf(ValueCheck):
    """One of the values that maintained data lists; read when first needed."""

    values: Callable[[], tuple[str, ...]]
    what: str

    @property
    def accepted(self) -> str:  # type: ignore[override]  # a property here, an attribute elsewhere
        return self.what

    def allows(self, value: Any) -> bool:
        return value in self.values()


@dataclass(frozen=True)
class Distinct(ValueCheck):
    """A list without duplicates."""

    accepted: str = "no value twice"

    def allows(self, value: Any) -> bool:
        return len(set(value)) == len(value)


@dataclass(frozen=True)
class DistinctMails(ValueCheck):
    """A list of mail addresses without one that differs by case alone: it would be told twice."""

    accepted: str = "no address twice, whatever its case"

    def allows(self, value: Any) -> bool:
        return len({each.casefold() for each in value}) == len(value)


Element = TypeVar("Element")
# TOML has lists, the frozen models have tuples: no other type is converted.
Many = Annotated[tuple[Element, ...], Strict(False), Distinct()]

Region = Annotated[str, OneOf(aws_data.regions, "an AWS region, such as us-east-1")]
Country = Annotated[str, OneOf(aws_data.country_codes, "an ISO 3166 alpha-2 country code, such as DE")]
SearchInstanceType = Annotated[
    str, OneOf(aws_data.search_instance_types, "an OpenSearch data node type, such as t3.small.search")
]

# CloudWatch Logs knows these periods only (PutRetentionPolicy). 0, for ever, is left out on purpose.
Retention = Annotated[
    int,
    Numbers(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
]

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The name becomes the common name of a certificate, which ACM limits to 64 characters (RequestCertificate).
DomainName = Annotated[
    str,
    Text(
        rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])",
        "a domain name in lower case with labels of 1 to 63 letters, digits or hyphens, 64 characters in all",
        max_length=64,
    ),
]
Email = Annotated[
    str,
    Text(
        rf"(?=[^@]{{1,64}}@)[A-Za-z0-9_%+'-]+(?:\.[A-Za-z0-9_%+'-]+)*@(?:(?i:{_LABEL})\.)+(?i:[a-z]{{2,63}})",
        "an e-mail address, such as oncall@example.com",
        max_length=254,
    ),
]
Mails = Annotated[tuple[Email, ...], Strict(False), DistinctMails()]
