from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.audit.routes import EXPOSURE, POSTURE, THREATS, TRAIL_ROUTES, foreign_images
from constructs_lib.observability import failed_deployments
from constructs_lib.observability.event_message import PLAIN, EventMessage

ACCOUNT = {"account": "$.account"}
FOREIGN = foreign_images(family="app", ours=("123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:",))
MESSAGES = (
    *(route.message for route in (THREATS, POSTURE, EXPOSURE, *TRAIL_ROUTES, FOREIGN) if route.message),
    failed_deployments.MESSAGE,
    failed_deployments.SHIFT_MESSAGE,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


def filled(message: EventMessage, values: dict[str, Any]) -> str:
    """What EventBridge makes of the template: text goes in as it is, objects and lists as JSON."""
    return re.sub(
        r"<(\w+)>",
        lambda found: values[found[1]] if found[1] in message.fields else json.dumps(values[found[1]]),
        message.template,
    )


def test_sentences_and_what_is_attached_are_one_object() -> None:
    message = EventMessage(("In <account>.", "Look."), ACCOUNT, {"finding": "$.detail"})
    assert message.template == '{"message": "In <account>. Look.", "finding": <finding>}'
    transformer = message.transformer()
    assert transformer.input_paths == {"account": "$.account", "finding": "$.detail"}
    assert transformer.input_template == message.template


@pytest.mark.parametrize("path", PLAIN)
def test_a_plain_value_has_no_character_that_would_end_a_text(path: str) -> None:
    for character in '"\\\n\r\t':
        assert not re.fullmatch(PLAIN[path], f"a{character}b")
        assert not re.search(PLAIN[path], character)


@given(st.data())
def test_every_message_of_ours_is_json_whatever_the_event_holds(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(MESSAGES))
    values: dict[str, Any] = {
        name: data.draw(st.from_regex(re.compile(PLAIN[path], re.ASCII), fullmatch=True))
        for name, path in message.fields.items()
    }
    values |= {name: data.draw(st.lists(JSON) | st.dictionaries(st.text(), JSON)) for name in message.attached}
    found = json.loads(filled(message, values))
    assert all(found[name] == values[name] for name in message.attached)
    assert all(values[name] in found["message"] for name in message.fields)


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_use_every_field_and_no_other(message: EventMessage) -> None:
    assert set(re.findall(r"<(\w+)>", " ".join(message.sentences))) == set(message.fields)


@pytest.mark.parametrize(
    ("fields", "attached", "said"),
    [
        ({"title": "$.detail.title"}, {}, r"\$.detail.title: may hold a quote"),
        (ACCOUNT, {"account": "$.detail"}, "account: names a field and something attached"),
        ({"message": "$.account"}, {}, "message: names a field"),
        ({"a-b": "$.account"}, {}, "letters and underscores"),
    ],
)
def test_what_could_lose_a_message_is_refused(fields: dict[str, str], attached: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        EventMessage(("x",), fields, attached)


def test_eventbridges_limits_are_kept() -> None:
    with pytest.raises(ValueError, match="8192 characters"):
        EventMessage(("x" * 8192,), {})
    with pytest.raises(ValueError, match="100 fields"):
        EventMessage(("x",), {}, {"a" * count: "$.detail" for count in range(1, 102)})
