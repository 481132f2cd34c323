"""What a person needs for `sitechat bedrock pause|resume|status`: an object, a policy, and the topic that is told."""

from __future__ import annotations

from dataclasses import dataclass

from config.place import Place
from config.switches import PAUSED
from policies.rights.grant import Grant


@dataclass(frozen=True)
class Switch:
    """The switch of one environment's model: its bucket, the topic that is told, and the alias of the region's key.

    `denial` is the name of the policy that denies models, `roles` are those of the roles it may be attached to,
    `budget` is that of the budget whose action denies them, if one does.
    """

    place: Place
    bucket: str
    topic: str
    key_alias: str
    denial: str
    roles: tuple[str, ...]
    budget: str = ""

    @property
    def denial_arn(self) -> str:
        return self.place.arn("iam", f"policy/{self.denial}", region="")


def pause_model(switch: Switch) -> tuple[Grant, ...]:
    """Read, write and remove the one object, attach and detach the one policy, and tell people."""
    place, bucket = switch.place, switch.place.bucket_arn(switch.bucket)
    roles = tuple(place.role_arn(name) for name in switch.roles)
    return (
        Grant("SwitchModel", ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"), (f"{bucket}/{PAUSED}",)),
        # Without it S3 answers 403 where the object isn't there (S3 API, GetObject).
        Grant("FindSwitch", ("s3:ListBucket",), (bucket,)),
        Grant(
            "DenyModels",
            ("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
            roles,
            (("ArnEquals", "iam:PolicyARN", (switch.denial_arn,)),),
        ),
        Grant("SeeDenied", ("iam:ListAttachedRolePolicies",), roles),
        Grant("FindDenial", ("iam:GetPolicy",), (switch.denial_arn,)),
        Grant("TellPeople", ("sns:Publish",), (place.arn("sns", switch.topic),)),
        *_undo_budget_action(switch),
        # Of the object, and of the topic.
        Grant(
            "EncryptSwitch",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            (place.arn("kms", "key/*"),),
            (
                ("ForAnyValue:StringEquals", "kms:ResourceAliases", (f"alias/{switch.key_alias}",)),
                (
                    "StringEquals",
                    "kms:ViaService",
                    tuple(f"{service}.{place.region}.amazonaws.com" for service in ("s3", "sns")),
                ),
            ),
        ),
    )


def _undo_budget_action(switch: Switch) -> tuple[Grant, ...]:
    """See whether the action of a budget ran, and undo it."""
    if not switch.budget:
        return ()
    budget = switch.place.arn("budgets", f"budget/{switch.budget}", region="")
    return (
        Grant("SeeBudgetAction", ("budgets:DescribeBudgetActionsForBudget",), (budget,)),
        Grant("UndoBudgetAction", ("budgets:ExecuteBudgetAction",), (f"{budget}/action/*",)),
    )
