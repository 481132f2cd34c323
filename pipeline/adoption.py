"""What of the backend exists already, and is it ours?"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Layer
from pipeline.session import Session

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
GITHUB_ISSUER = "token.actions.githubusercontent.com"


def bucket_is_ours(session: Session) -> bool:
    """Does the state bucket exist in our account and region? False when nobody has it.

    Raises SitechatError (5) when another account owns the name, or it is in another region.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    env = session.env
    name = env.state_backend.bucket
    try:
        answer = session.client("s3").head_bucket(Bucket=name, ExpectedBucketOwner=env.account_id)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            return False
        raise _not_ours(name, env.account_id, status) from None
    except BotoCoreError as error:
        raise SitechatError(f"S3 can't be asked for {name}: {error}", code=ExitCode.FAILED) from None
    region = answer.get("BucketRegion") or answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    if region and region != env.region:
        raise SitechatError(
            f"the state bucket {name} is in {region}; {env.name} is in {env.region}", code=ExitCode.REFUSED
        )
    return True


def _not_ours(name: str, account: str, status: Any) -> SitechatError:
    return SitechatError(
        f"the bucket {name} exists, but account {account} may not use it (HTTP {status})",
        hint="Another account owns the name, or this role lacks s3:ListBucket on it. "
        "Change `project` if it is someone else's; nothing was touched.",
        code=ExitCode.REFUSED,
    )


def has_state(session: Session, layer: Layer) -> bool:
    """Does the bucket hold the layer's own state?"""
    backend = layer.backend
    return _probe(session.client("s3").head_object, Bucket=backend["bucket"], Key=backend["key"]) is not None


def importable(layer: Layer) -> set[str]:
    """Addresses of what can't be created a second time; the rest of a layer is settings of these."""
    return {address for address in layer.resources if address.split(".")[0] in IMPORTABLE}


def existing(session: Session, layer: Layer, wanted: Collection[str]) -> dict[str, str]:
    """Import ids of those among `wanted` that exist, by address."""
    found = {}
    for address in wanted:
        kind, _, name = address.partition(".")
        import_id = _import_id(session, kind, layer.config["resource"][kind][name])
        if import_id is not None:
            found[address] = import_id
    return found


def _import_id(session: Session, kind: str, block: Mapping[str, Any]) -> str | None:
    account = session.env.account_id
    if kind == "aws_s3_bucket":
        bucket = block["bucket"]
        answer = _probe(session.client("s3").head_bucket, Bucket=bucket, ExpectedBucketOwner=account)
        return str(bucket) if answer is not None else None
    if kind == "aws_dynamodb_table":
        answer = _probe(session.client("dynamodb").describe_table, TableName=block["name"])
        return str(block["name"]) if answer is not None else None
    if kind.startswith("aws_iam_"):
        return _iam_import_id(session, kind, block)
    alias = session.env.state_backend.key_alias
    answer = _probe(session.client("kms").describe_key, KeyId=alias)
    if answer is None:
        return None
    return alias if kind == "aws_kms_alias" else str(answer["KeyMetadata"]["KeyId"])


def _iam_import_id(session: Session, kind: str, block: Mapping[str, Any]) -> str | None:
    env, iam = session.env, session.client("iam")
    if kind == "aws_iam_role":
        return str(block["name"]) if _probe(iam.get_role, RoleName=block["name"]) is not None else None
    if kind == "aws_iam_policy":
        arn = f"arn:{env.partition}:iam::{env.account_id}:policy/{block['name']}"
        return arn if _probe(iam.get_policy, PolicyArn=arn) is not None else None
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
    """What IAM says about GitHub's OIDC provider of the account; None when there is none."""
    ask = session.client("iam").get_open_id_connect_provider
    return _probe(ask, OpenIDConnectProviderArn=provider_arn(session))


def provider_arn(session: Session) -> str:
    """The only ARN that GitHub's OIDC provider can have in the account."""
    env = session.env
    return f"arn:{env.partition}:iam::{env.account_id}:oidc-provider/{GITHUB_ISSUER}"


def _probe(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """The answer to a question about one thing, or None when it does not exist."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return dict(call(**arguments))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404 or "NotFound" in error.response["Error"]["Code"]:
            return None
        raise SitechatError(f"AWS can't be asked what exists: {error}", code=ExitCode.FAILED) from None
    except BotoCoreError as error:
        raise SitechatError(f"AWS can't be asked what exists: {error}", code=ExitCode.FAILED) from None
