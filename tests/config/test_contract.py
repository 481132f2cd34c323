"""One table of limits: the configuration, the application and the document agree, at the bounds and beside them."""

from __future__ import annotations

import pytest

from config import application_metrics, contract, objectives
from config.contract import VARIABLES, Choice, Decimal, Title, Variable
from config.reading import ROOT
from examples.sitechat_app.settings import SESSION_KEY_MIN_CHARS, SettingsError, load_settings
from tests.config.samples import problems

SETTABLE = [each for each in VARIABLES if each.set_by == "environment"]
GIVEN = {
    "AWS_REGION": "us-east-1",
    "SITECHAT_MODEL_ID": "amazon.nova-lite-v1:0",
    "SITECHAT_EMBEDDING_MODEL_ID": "amazon.titan-embed-text-v2:0",
    "SITECHAT_SESSION_KEY": "k" * SESSION_KEY_MIN_CHARS,
    "SITECHAT_STOP_TIMEOUT_SECONDS": "120",
}


def _values(variable: Variable) -> list[str]:
    """Values at the bounds of a form, beside them, and of other forms."""
    odd = ["1e1", "nan", "-1", " 1", "x" * 101, "on\n"]
    match variable.form:
        case Decimal(low, high):
            return [f"{value:g}" for value in (low, high, low - 0.01, high + 0.01) if value >= 0] + odd
        case Choice(words):
            return [*words, words[0].swapcase() + "x", *odd]
        case Title(longest):
            return ["x", "x" * longest, "x" * (longest + 1), "a\tb"]
        case _:
            return []


def _application_takes(name: str, value: str) -> bool:
    local = {"SITECHAT_MODE": "local"} if "LOCAL" in name else {}
    try:
        load_settings({**GIVEN, **local, name: value})
    except SettingsError:
        return False
    return True


BOUNDS = [(each, value) for each in VARIABLES if each.form for value in _values(each)]


@pytest.mark.parametrize(("variable", "value"), BOUNDS, ids=lambda each: getattr(each, "name", repr(each)))
def test_the_application_takes_what_the_table_says(variable: Variable, value: str) -> None:
    assert variable.form is not None
    wider = {"SITECHAT_BIND_ADDRESS"}  # the application also listens on loopback, for itself
    allowed = variable.form.allows(value)
    taken = _application_takes(variable.name, value)
    assert taken or not allowed
    if variable.name not in wider and not (variable.name == "SITECHAT_MODE" and value == "local"):
        assert taken == allowed


@pytest.mark.parametrize("variable", SETTABLE, ids=lambda each: each.name)
def test_the_configuration_takes_what_the_application_takes(variable: Variable) -> None:
    assert variable.form is not None
    for value in _values(variable):
        found = problems(service={"environment": {variable.name: value}, "stop_timeout_seconds": 120})
        assert (f"service.environment.{variable.name}" not in found) == variable.form.allows(value), value


@pytest.mark.parametrize("variable", [each for each in VARIABLES if each.set_by != "environment"], ids=lambda x: x.name)
def test_other_variables_of_the_contract_are_nobodys_to_set(variable: Variable) -> None:
    assert set(problems(service={"environment": {variable.name: "1"}})) == {f"service.environment.{variable.name}"}


def test_a_variable_nobody_reads_is_refused_with_the_nearest_name() -> None:
    found = problems(service={"environment": {"SITECHAT_KEEPALIVE_SECOND": "5"}})
    assert found["service.environment.SITECHAT_KEEPALIVE_SECOND"].endswith("did you mean SITECHAT_KEEPALIVE_SECONDS?")


@pytest.mark.parametrize(("grace", "accepted"), [("15", True), ("15.5", False), ("61", False)])
def test_the_grace_is_half_the_stop_timeout_at_most(grace: str, accepted: bool) -> None:
    name = "SITECHAT_STOP_GRACE_SECONDS"
    found = problems(service={"environment": {name: grace}, "stop_timeout_seconds": 30})
    assert set(found) == (set() if accepted else {f"service.environment.{name}"})


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("application-contract", contract.table()),
        ("application-contract", application_metrics.table()),
        ("objectives", objectives.table()),
    ],
)
def test_documents_show_the_tables(name: str, table: str) -> None:
    assert table in (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8"), "run: python -m config.reference"


def test_the_session_key_is_as_long_as_the_application_asks() -> None:
    assert contract.SESSION_KEY_MIN_CHARS == SESSION_KEY_MIN_CHARS
