"""Find resources of the backend that exist already, and refuse those of somebody else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pipeline.aws import NoAnswer, asked_for
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.synth.layers import Layer
from terraform_json.blocks import body_at

# Resource types of the backend that AWS refuses to create twice.
IMPORTABLE = frozenset(
    {
        "aws_s3_bucket",
        "aws_dynamodb_table",
        "aws_kms_key",
        "aws_kms_alias",
        "aws_iam_openid_connect_provider",
        "aws_iam_policy",
        "aws_iam_role",
    }
)
# Error codes for a resource that does not exist: of S3 (HTTP status), IAM, KMS and DynamoDB.
ABSENT = ("404", "NoSuchEntity", "NotFoundException", "ResourceNotFoundException")
GITHUB_ISSUER = "token.actions.githubusercontent.com"


def bucket_is_ours(session: Session) -> bool:
    """Whether the state bucket exists in this account and region; False when nobody owns the name.

    Raises SitechatError (5) when another account owns the name, or it is in another region.
    """
    env = session.env
    name = env.state_backend.bucket

    def not_ours(reason: NoAnswer) -> SitechatError:
        if not reason.refused:
            return SitechatError(f"S3 can't be asked for {name}: {reason.text}", code=ExitCode.FAILED)
        return _bucket_refused(name, env.account_id, reason.status)

    ask = session.client("s3").head_bucket
    answer = asked_for(ask, absent=("404",), otherwise=not_ours, Bucket=name, ExpectedBucketOwner=env.account_id)
    if answer is None:
        return False
    region = answer.get("BucketRegion") or answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    if region and region != env.region:
        raise SitechatError(
            f"the state bucket {name} is in {region}; {env.name} is in {env.region}", code=ExitCode.REFUSED
        )
    return True


def _bucket_refused(name: str, account: str, status: str) -> SitechatError:
    return SitechatError(
        f"the bucket {name} exists, but account {account} may not use it (HTTP {status})",
        hint="Another account owns the name, or this role lacks s3:ListBucket on it. "
        "Change `project` if it is someone else's; nothing was touched.",
        code=ExitCode.REFUSED,
    )


def has_state(session: Session, layer: Layer) -> bool:
    """Whether the state bucket holds this layer's state."""
    backend = layer.backend
    return _describe_or_none(session.client("s3").head_object, Bucket=backend["bucket"], Key=backend["key"]) is not None


def importable_addresses(layer: Layer) -> set[str]:
    """Addresses of a layer's resources that AWS refuses to create twice. All others are settings of these."""
    return {address for address in layer.resources if address.split(".")[0] in IMPORTABLE}


def existing_import_ids(session: Session, layer: Layer, wanted: Collection[str]) -> dict[str, str]:
    """Import ids of the resources in `wanted` (addresses) that exist, by address."""
    found = {}
    for address in wanted:
        kind = address.partition(".")[0]
        import_id = _import_id(session, kind, body_at(layer.config, address))
        if import_id is not None:
            found[address] = import_id
    return found


def _import_id(session: Session, kind: str, block: Mapping[str, Any]) -> str | None:
    account = session.env.account_id
    if kind == "aws_s3_bucket":
        bucket = block["bucket"]
        answer = _describe_or_none(session.client("s3").head_bucket, Bucket=bucket, ExpectedBucketOwner=account)
        return str(bucket) if answer is not None else None
    if kind == "aws_dynamodb_table":
        answer = _describe_or_none(session.client("dynamodb").describe_table, TableName=block["name"])
        return str(block["name"]) if answer is not None else None
    if kind.startswith("aws_iam_"):
        return _iam_import_id(session, kind, block)
    alias = session.env.state_backend.key_alias
    answer = _describe_or_none(session.client("kms").describe_key, KeyId=alias)
    if answer is None:
        return None
    return alias if kind == "aws_kms_alias" else str(answer["KeyMetadata"]["KeyId"])


def _iam_import_id(session: Session, kind: str, block: Mapping[str, Any]) -> str | None:
    env, iam = session.env, session.client("iam")
    if kind == "aws_iam_role":
        return str(block["name"]) if _describe_or_none(iam.get_role, RoleName=block["name"]) is not None else None
    if kind == "aws_iam_policy":
        arn = env.place.arn("iam", f"policy/{block['name']}", region="")
        return arn if _describe_or_none(iam.get_policy, PolicyArn=arn) is not None else None
    found = github_provider(session)
    if found is None:
        return None
    tags = {each["Key"]: each["Value"] for each in found.get("Tags", ())}
    if tags.get("Project") != env.project:
        raise SitechatError(
            f"account {env.account_id} has GitHub's OIDC provider already, and it is not of project {env.project}",
            hint=f'Use it: set provider = "adopt" in [ci] of {env.name}. Nothing of it was touched.',
            code=ExitCode.REFUSED,
        )
    return provider_arn(session)


def github_provider(session: Session) -> dict[str, Any] | None:
    """GitHub's OIDC provider in the account, as IAM describes it; None when there is none."""
    ask = session.client("iam").get_open_id_connect_provider
    return _describe_or_none(ask, OpenIDConnectProviderArn=provider_arn(session))


def provider_arn(session: Session) -> str:
    """ARN of GitHub's OIDC provider in the account; no other is possible."""
    return session.env.place.arn("iam", f"oidc-provider/{GITHUB_ISSUER}", region="")


def _describe_or_none(question: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """AWS's answer about one resource; None when it does not exist."""
    answer = asked_for(question, absent=ABSENT, otherwise=_unanswered, **arguments)
    return None if answer is None else dict(answer)


def _unanswered(reason: NoAnswer) -> SitechatError:
    return SitechatError(f"AWS can't be asked what exists: {reason.text}", code=ExitCode.FAILED)
