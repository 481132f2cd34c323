"""Changes as lines of text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pipeline.report import LayerResult
from pipeline.report.lines import LayerChanges, all_at_once, by_type, change_json, entry_of, read_changes

Make = Callable[..., dict[str, Any]]


def read(*entries: dict[str, Any], outputs: dict[str, Any] | None = None) -> LayerChanges:
    plan = {"resource_changes": list(entries), "output_changes": outputs or {}}
    (found,) = read_changes([LayerResult("service", "planned", plan)])
    return found


def lines(entry: dict[str, Any], **options: Any) -> tuple[str, ...]:
    return entry_of(read(entry).changes[0], **options).lines


def test_a_change_has_old_and_new_value(change: Make) -> None:
    entry = change("aws_a.b", ["update"], {"days": 30, "name": "x"}, {"days": 90, "name": "x"})
    assert lines(entry) == ("~ aws_a.b", "    days: 30 -> 90")


def test_what_is_set_and_what_is_removed(change: Make) -> None:
    entry = change("aws_a.b", ["update"], {"old": "1"}, {"new": "2"})
    assert lines(entry)[1:] == ("    new: 2", "    old: 1 -> removed")


def test_a_policy_is_compared_inside(change: Make) -> None:
    def policy(action: str) -> dict[str, str]:
        return {"policy": json.dumps({"Statement": [{"Sid": "Read", "Action": action, "Effect": "Allow"}]})}

    entry = change("aws_a.b", ["update"], policy("s3:GetObject"), policy("s3:PutObject"))
    assert lines(entry)[1:] == ("    policy.Statement[Read].Action: s3:GetObject -> s3:PutObject",)


def test_sensitive_and_later_values_say_so(change: Make) -> None:
    entry = change(
        "aws_a.b",
        ["update"],
        {"word": "hunter2hunter2", "arn": "x"},
        {"word": "hunter3hunter3"},
        before_sensitive={"word": True},
        after_sensitive={"word": True},
        after_unknown={"arn": True},
    )
    assert lines(entry)[1:] == (
        "    arn: x -> (known after apply)",
        "    word: (sensitive value) -> (sensitive value)",
    )
    assert "hunter" not in json.dumps(change_json(read(entry).changes[0]))


def test_a_replacement_names_what_forces_it(change: Make) -> None:
    entry = change("aws_a.b", ["delete", "create"], {"name": "x"}, {"name": "y"}, replace_paths=[["name"]])
    assert lines(entry) == ("± aws_a.b is replaced, forced by name", "    name: x -> y  (forces replacement)")


def test_what_a_replacement_gives_anew_is_one_line(change: Make) -> None:
    before, after = {"arn": "x", "id": "x", "name": "x"}, {"name": "y"}
    later, forced = {"arn": True, "id": True}, [["name"]]
    entry = change("aws_a.b", ["delete", "create"], before, after, after_unknown=later, replace_paths=forced)
    assert lines(entry)[1:] == ("    name: x -> y  (forces replacement)", "    known after apply: arn, id")
    # Where nobody knows the value that forces it, that is said.
    entry = change(
        "aws_a.b", ["delete", "create"], {"arn": "x"}, {}, after_unknown={"arn": True}, replace_paths=[["arn"]]
    )
    assert lines(entry)[1:] == ("    arn: x -> (known after apply)  (forces replacement)",)


def test_a_new_resource_is_a_name_on_a_screen_and_all_of_it_elsewhere(change: Make) -> None:
    entry = change("aws_a.b", ["create"], None, {"name": "x"}, after_unknown={"arn": True})
    assert lines(entry, width=80) == ("+ aws_a.b",)
    assert lines(entry) == ("+ aws_a.b", "    name: x", "    known after apply: arn")


def test_long_values_are_cut_around_their_difference(change: Make) -> None:
    entry = change("aws_a.b", ["update"], {"text": f"{'a' * 300}1{'b' * 300}"}, {"text": f"{'a' * 300}2{'b' * 300}"})
    (line,) = lines(entry, width=80)[1:]
    assert len(line) <= 80
    assert "a1b" in line
    assert "a2b" in line
    assert len(lines(entry)[1]) > 1200


def test_a_value_that_only_grew_shows_its_end(change: Make) -> None:
    entry = change("aws_a.b", ["update"], {"text": "a" * 300}, {"text": f"{'a' * 300}NEW"})
    assert "NEW" in lines(entry, width=80)[1]


def test_nothing_reaches_the_terminal_that_it_would_act_on(change: Make) -> None:
    entry = change("aws_a.b", ["update"], {"text": "x"}, {"text": "y\x1b[2J\nz :secret: [bold]"})
    assert lines(entry)[1] == "    text: x -> y\\x1b[2J\\nz :secret: [bold]"


def test_types_are_counted(change: Make) -> None:
    found = read(*(change(f"aws_{kind}", ["create"], None, {}) for kind in ("a.x", "a.y", "b.z"))).changes
    assert [entry.lines[0] for entry in by_type(found)] == ["+ aws_a: 2 resources", "+ aws_b.z"]
    assert all_at_once(found).lines == ("+ 3 resources: aws_a (2), aws_b",)
    assert all_at_once(found).changes == 3


def test_outputs_for_people_are_shown_and_others_counted() -> None:
    def changed(before: str, after: str, *, sensitive: bool = False) -> dict[str, Any]:
        masks = {"before_sensitive": sensitive, "after_sensitive": sensitive, "after_unknown": False}
        return {"actions": ["update"], "before": before, "after": after, **masks}

    outputs = {
        "url": changed("https://a", "https://b"),
        "word": changed("hunter2hunter2", "hunter3hunter3", sensitive=True),
        "cross-stack-output-x": changed("1", "2"),
        "same": {"actions": ["no-op"]},
    }
    found = read(outputs=outputs)
    assert [entry.lines for entry in found.outputs] == [
        ("~ output url: https://a -> https://b",),
        ("~ output word: (sensitive value) -> (sensitive value)",),
    ]
    assert [entry.lines for entry in found.handed_on] == [("~ 1 value that later layers read",)]
