"""What of the backend exists already, and is it ours?"""

from collections.abc import Callable
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Layer
from pipeline.session import Session


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


def existing(session: Session, layer: Layer) -> dict[str, str]:
    """Import ids of those buckets, tables and keys of the layer that exist, by address."""
    s3, tables, keys = (session.client(service) for service in ("s3", "dynamodb", "kms"))
    blocks = layer.config["resource"]
    found: dict[str, str] = {}
    for name, block in blocks["aws_s3_bucket"].items():
        if _probe(s3.head_bucket, Bucket=block["bucket"], ExpectedBucketOwner=session.env.account_id) is not None:
            found[f"aws_s3_bucket.{name}"] = block["bucket"]
    for name, block in blocks["aws_dynamodb_table"].items():
        if _probe(tables.describe_table, TableName=block["name"]) is not None:
            found[f"aws_dynamodb_table.{name}"] = block["name"]
    key = _probe(keys.describe_key, KeyId=session.env.state_backend.key_alias)
    if key is not None:
        found |= {f"aws_kms_key.{name}": key["KeyMetadata"]["KeyId"] for name in blocks["aws_kms_key"]}
        found |= {f"aws_kms_alias.{name}": block["name"] for name, block in blocks["aws_kms_alias"].items()}
    return found


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
