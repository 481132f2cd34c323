"""Addresses of constructs that several layers use, by the place where they are built."""

from __future__ import annotations

from collections.abc import Iterator

from policies.vouched.promises.promise import of

DOCUMENT = "data.aws_iam_policy_document"


def below(place: str, id_: str) -> str:
    """Name of the construct `id_` inside `place`: cdktf leaves out an id that its parent's ends with."""
    return place if place.endswith(id_) else f"{place}_{id_}"


def bucket(place: str, *, logged: bool = True) -> Iterator[str]:
    """A bucket with all that closes it; `logged` where another bucket records who reads it."""
    yield f"aws_s3_bucket.{below(place, 'bucket')}"
    yield f"aws_s3_bucket_public_access_block.{place}_public_access"
    yield f"aws_s3_bucket_ownership_controls.{place}_ownership"
    yield f"aws_s3_bucket_server_side_encryption_configuration.{place}_encryption"
    yield f"aws_s3_bucket_versioning.{place}_versioning"
    yield f"aws_s3_bucket_lifecycle_configuration.{place}_expiry"
    yield f"aws_s3_bucket_policy.{place}_policy"
    yield f"{DOCUMENT}.{place}_policy_document"
    yield f"aws_s3_bucket_notification.{place}_events"
    if logged:
        yield f"aws_s3_bucket_logging.{place}_access_logs"


def key(place: str) -> Iterator[str]:
    """A customer key, its alias and its policy."""
    yield f"aws_kms_key.{below(place, 'key')}"
    yield f"aws_kms_alias.{place}_alias"
    yield f"{DOCUMENT}.{place}_policy"


def role(place: str, policy: str = "access") -> Iterator[str]:
    """A role with its trust, and one policy; an empty `policy` for none."""
    yield f"aws_iam_role.{below(place, 'role')}"
    yield f"{DOCUMENT}.{place}_trust"
    if policy:
        yield from role_policy(f"{place}_{policy}")


def role_policy(name: str) -> Iterator[str]:
    """A policy of a role, and its document."""
    yield f"aws_iam_role_policy.{name}"
    yield f"{DOCUMENT}.{name}_document"


def function_role(place: str) -> Iterator[str]:
    """The role of a function, and the log group that it may write to."""
    yield from role(place)
    yield f"aws_cloudwatch_log_group.{place}_log_group"


def topic(place: str) -> Iterator[str]:
    """A topic and who may publish to it; `subscriptions` are promised for themselves."""
    yield f"aws_sns_topic.{below(place, 'topic')}"
    yield f"aws_sns_topic_policy.{place}_policy"
    yield f"{DOCUMENT}.{place}_policy_document"


def subscriptions(place: str, emails: tuple[str, ...]) -> tuple[str, ...]:
    """A subscription for each address."""
    return of("aws_sns_topic_subscription", *(f"{place}_email_{index}" for index in range(len(emails))))


def event(rule: str, target: str) -> Iterator[str]:
    """A rule and its target."""
    yield f"aws_cloudwatch_event_rule.{rule}"
    yield f"aws_cloudwatch_event_target.{target}"


def alarms(place: str, *names: str) -> tuple[str, ...]:
    """Alarms by name."""
    return of("aws_cloudwatch_metric_alarm", *(f"{place}_{name}" for name in names))


def secret(name: str) -> str:
    """A secret of the application."""
    place = "secret_" + name.replace("-", "_")
    return f"aws_secretsmanager_secret.{below(place, 'secret')}"
