"""Mock providers for `terraform test` whose computed values have the form of AWS's, so that ids differ from ARNs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from config.place import Place
from pipeline.planning.placeholders import Placeholders
from pipeline.synth.layers import Layer, Synthesis
from pipeline.synth.references import outputs_read, state_owners
from terraform_json.blocks import strings

REFERENCE = re.compile(r"\b(aws_\w+)\.(\w+)\.(\w+)")
# Sets of objects need the form of the object as well.
STRUCTURES: Mapping[tuple[str, str], Any] = {
    ("aws_acm_certificate", "domain_validation_options"): [
        {
            "domain_name": "chat.example.com",
            "resource_record_name": "_1.chat.example.com.",
            "resource_record_type": "CNAME",
            "resource_record_value": "_2.acm-validations.aws.",
        }
    ],
    ("aws_signer_signing_job", "signed_object"): [{"s3": [{"bucket": "packages", "key": "signed/package.zip"}]}],
}


def plan_test(layer: Layer, synthesis: Synthesis, conditions: Mapping[str, str]) -> dict[str, Any]:
    """File `.tftest.json` that plans `layer` with a mocked provider and asserts `conditions` (message: expression).

    No id is an ARN here, not even where AWS makes them the same: code that says which it means stays right.
    """
    return {
        "mock_provider": {"aws": [_provider(layer, synthesis, each) for each in layer.config["provider"]["aws"]]},
        "override_data": _remote_states(layer, synthesis),
        "run": {
            "planned": {
                "command": "plan",
                "assert": [
                    {"condition": f"${{{expression}}}", "error_message": message}
                    for message, expression in conditions.items()
                ],
            }
        },
    }


def _provider(layer: Layer, synthesis: Synthesis, provider: Mapping[str, Any]) -> dict[str, Any]:
    mock: dict[str, Any] = {
        "override_during": "plan",
        "mock_data": {"aws_iam_policy_document": {"defaults": {"json": "{}"}}},
    }
    mock["mock_resource"] = {kind: {"defaults": values} for kind, values in _computed(layer, synthesis).items()}
    return mock | ({"alias": provider["alias"]} if "alias" in provider else {})


def _computed(layer: Layer, synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    """Mocked values: ids of every type in the layer, and attributes that the layer reads but doesn't set."""
    resources = layer.config.get("resource", {})
    placeholders = _placeholders(layer, synthesis)
    found = {kind: {"id": _id(placeholders, kind, next(iter(named)))} for kind, named in resources.items()}
    for text in strings([resources, layer.config.get("output", {}), layer.config.get("data", {})]):
        for kind, name, attribute in REFERENCE.findall(text):
            if attribute != "id" and attribute not in resources.get(kind, {}).get(name, {attribute: None}):
                value = placeholders.value(f"${{{kind}.{name}.{attribute}}}")
                found[kind][attribute] = STRUCTURES.get((kind, attribute), value)
    return found


def _id(placeholders: Placeholders, kind: str, name: str) -> str:
    value = str(placeholders.value(f"${{{kind}.{name}.id}}"))
    return f"id-of-{kind}" if value.startswith("arn:") else value


def _remote_states(layer: Layer, synthesis: Synthesis) -> Sequence[Mapping[str, Any]]:
    read = outputs_read(layer, synthesis.layers)
    return [
        {
            "target": f"data.terraform_remote_state.{name}",
            "override_during": "plan",
            "values": {
                "outputs": {
                    output: _placeholders(synthesis.layer(owner), synthesis).output(output) for output in read[owner]
                }
            },
        }
        for name, owner in state_owners(layer, synthesis.layers).items()
    ]


def _placeholders(layer: Layer, synthesis: Synthesis) -> Placeholders:
    owners = state_owners(layer, synthesis.layers)
    account = layer.config["provider"]["aws"][0]
    place = Place(account["allowed_account_ids"][0], account["region"], "aws")

    def resolve(name: str, output: str) -> Any:
        return _placeholders(synthesis.layer(owners[name]), synthesis).output(output)

    return Placeholders(layer.config, place, resolve)
