"""Declaration of requests that have to succeed, beside the construct that makes them."""

from __future__ import annotations

from cdktf import TerraformStack
from constructs import Construct

from policies.needs.need import Need
from terraform_json.blocks import NEEDS, NOTES


def declare(scope: Construct, *needs: Need) -> None:
    """Write needs into the notes of the layer that `scope` belongs to, where the scan gate finds and judges them.

    Terraform ignores notes. What AWS services need because of a resource isn't declared: it follows from the resource
    (`policies/needs/services`). Declare what our own code and roles ask for; call it once a construct.
    """
    layer = TerraformStack.of(scope)
    layer.add_override(f"{NOTES}.{NEEDS}.{scope.node.path}", [need.note() for need in needs])
