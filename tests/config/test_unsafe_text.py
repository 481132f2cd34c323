from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ConfigError, parse
from config.unsafe_text import find_unsafe_text, refusal_reason
from tests.config.samples import ACCOUNT, at, fields, problems

UNSAFE = [
    "${aws_vpc.x.id}",
    "a${",
    "%{ if true }x%{ endif }",
    "${TfToken[TOKEN.0]}",
    "#{TfToken[TOKEN.0]}",
    "`id`",
    "a\nb",
    "a\rb",
    "a\tb",
    "a\0b",
    "a\x1b[31mb",
    "a\x7fb",
    "a\u0085b",
    "a\u2028b",
    "a\u00a0b",
    "a\u200bb",
    "\u202egpj.exe",
    "\ufeffa",
    "\ue000",
    "\uff53ite",
    "\u2160",
]
TEXT_FIELDS = [(location, kind) for location, kind in fields() if kind.type is str]


@pytest.mark.parametrize("text", UNSAFE, ids=ascii)
def test_unsafe_text_has_a_reason(text: str) -> None:
    assert refusal_reason(text)


@pytest.mark.parametrize(
    "text", ["", "a b", "$5 or 10 %", "{x}", "\u00e4\u00f6\u00fc \u6f22\u5b57 \U0001f600", "it's", "a\\b"], ids=ascii
)
def test_plain_text_has_none(text: str) -> None:
    assert refusal_reason(text) is None


@pytest.mark.parametrize("text", UNSAFE, ids=ascii)
@pytest.mark.parametrize("location", [location for location, _ in TEXT_FIELDS], ids=".".join)
def test_unsafe_text_is_refused_in_every_field(location: tuple[str, ...], text: str) -> None:
    assert ".".join(location) in problems(**at(location, text))


@pytest.mark.parametrize("text", UNSAFE, ids=ascii)
def test_unsafe_text_is_refused_in_free_text(text: str) -> None:
    topic = {"name": "n", "definition": text, "examples": [text]}
    assert set(problems(bedrock={"blocked_topics": [topic], "blocked_words": [text]})) == {
        "bedrock.blocked_topics[0].definition",
        "bedrock.blocked_topics[0].examples[0]",
        "bedrock.blocked_words[0]",
    }
    assert set(problems(service={"environment": {"X": text}})) == {"service.environment.X"}
    assert len(problems(tags={text: "x"})) == 1
    assert len(problems(**{text: "x"})) == 1


@pytest.mark.parametrize("word", ["sitech\u0430t", "s\u0456te", "d\u212ev"], ids=ascii)
@pytest.mark.parametrize("location", [location for location, _ in TEXT_FIELDS], ids=".".join)
def test_look_alike_letters_are_refused_and_shown_as_codes(location: tuple[str, ...], word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"account_id": ACCOUNT, **at(location, word)}, name="test")
    (problem,) = caught.value.problems
    assert problem.key == ".".join(location)
    assert str(problem).isascii()


def test_nesting_ends_somewhere() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = [deep]
    (found,) = find_unsafe_text({"a": deep})
    assert found[2] == "at most 6 levels of nesting"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.sampled_from(UNSAFE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def report(data: dict[str, Any]) -> ConfigError | None:
    try:
        parse(data, name="test")
    except ConfigError as error:
        return error
    return None


@given(location=st.sampled_from([location for location, _ in fields()]), value=JSON)
def test_whatever_stands_in_a_field_never_gives_a_traceback(location: tuple[str, ...], value: Any) -> None:
    error = report({"account_id": ACCOUNT, **at(location, value)})
    assert error is None or (str(error).isascii() and len(str(error).splitlines()) == len(error.problems))


@given(st.dictionaries(st.text(max_size=10), JSON, max_size=4))
def test_whatever_stands_in_a_file_never_gives_a_traceback(data: dict[str, Any]) -> None:
    assert str(report(data)).isascii()
