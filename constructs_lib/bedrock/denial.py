"""The policy that denies every call of a model, for whoever stops the model in an emergency."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement, policy_document

# Converse and ConverseStream ask for these two ("Prerequisites for running model inference", Bedrock guide).
CALLS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")


@dataclass(frozen=True)
class Denied:
    """The policy that denies models, and the roles that may lose their models; by name and ARN."""

    policy_arn: str
    role_names: tuple[str, ...]


class ModelDenial(Construct):
    """A customer-managed policy that denies all models, profiles and regions, and that is attached to nothing.

    `sitechat bedrock pause --level deny`, the stop function and a Budgets action attach it to the roles that call
    models; `sitechat bedrock resume` detaches it. An attachment here would let an apply undo or keep what they did.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        policy = IamPolicy(
            self,
            "policy",
            name=name,
            description="Denies every call of a model while it is attached",
            policy=policy_document(self, "document", Statement("NoModel", CALLS, ("*",), effect="Deny")),
        )
        self.arn: str = policy.arn


def deny_statements(denied: Denied, place: Place) -> tuple[Statement, ...]:
    """Attach exactly this policy to exactly these roles."""
    return _statements(denied, place, ("iam:AttachRolePolicy",))


def undeny_statements(denied: Denied, place: Place) -> tuple[Statement, ...]:
    """Attach exactly this policy to exactly these roles, and detach it again."""
    return _statements(denied, place, ("iam:AttachRolePolicy", "iam:DetachRolePolicy"))


def _statements(denied: Denied, place: Place, actions: tuple[str, ...]) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="DenyModels",
            actions=actions,
            resources=tuple(map(place.role_arn, denied.role_names)),
            conditions=(("ArnEquals", "iam:PolicyARN", (denied.policy_arn,)),),
        ),
    )
