"""Uses of customer keys that follow from other needs: who writes to an encrypted place uses its key."""

from __future__ import annotations

from collections.abc import Iterator

from policies.needs.deployed import Deployed
from policies.needs.need import SERVICE, Need
from terraform_json.blocks import Body

_WRITES = ("kms:Decrypt", "kms:GenerateDataKey")
_READS = ("kms:Decrypt",)


class Encryption:
    """Keys of the buckets, topics, queues, tables and secrets of a configuration."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._buckets = {
            deployed.bucket_arn(address, deployed.value(body, "bucket")): body
            for address, body in deployed.each("aws_s3_bucket_server_side_encryption_configuration")
        }
        self._keys = {
            deployed.arn(address): key
            for kind, argument in (
                ("aws_sns_topic", "kms_master_key_id"),
                ("aws_sqs_queue", "kms_master_key_id"),
                ("aws_secretsmanager_secret", "kms_key_id"),
            )
            for address, body in deployed.each(kind)
            if (key := deployed.key_arn(deployed.value(body, argument)))
        }

        self._tables = {
            deployed.arn(address): key
            for address, body in deployed.each("aws_dynamodb_table")
            if (key := deployed.key_arn(deployed.value(body, "server_side_encryption", "kms_key_arn")))
        }

    def follows(self, need: Need) -> Iterator[Need]:
        """Needs of a key that a need brings with it."""
        for action in need.actions:
            service = action.partition(":")[0]
            if action in ("s3:PutObject", "s3:GetObject"):
                yield from self._object(need, writes=action == "s3:PutObject")
            elif action in ("sns:Publish", "sqs:SendMessage") and need.resource in self._keys:
                named = {"sns": "aws:sns:topicArn", "sqs": "aws:sqs:arn"}[service]
                yield self._use(need, _WRITES, f"{'topic' if service == 'sns' else 'queue'}-key", service, named)
            elif service == "dynamodb" and need.resource in self._tables:
                yield self._table(need)
            elif action == "secretsmanager:GetSecretValue" and need.resource in self._keys:
                yield self._use(need, _READS, "secret-key", service, "SecretARN")

    def _use(self, need: Need, actions: tuple[str, ...], fact: str, service: str, named: str) -> Need:
        return self._key_need(need, actions, self._keys[need.resource], fact, service, {named: need.resource})

    def _table(self, need: Need) -> Need:
        name, account = need.resource.rpartition("/")[2], self._deployed.arns.account
        named = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": account}
        return self._key_need(need, _READS, self._tables[need.resource], "table-key", "dynamodb", named)

    def _object(self, need: Need, *, writes: bool) -> Iterator[Need]:
        bucket = need.resource.partition("/")[0]
        rule = self._buckets.get(bucket, {})
        default = ("rule", "apply_server_side_encryption_by_default", "kms_master_key_id")
        key = self._deployed.key_arn(self._deployed.value(rule, *default))
        if key:
            named = bucket if _has_bucket_key(rule) else need.resource
            # An upload in parts reads them again, so a writer decrypts as well (S3 user guide, mpuAndPermissions).
            actions = _WRITES if writes else _READS
            yield self._key_need(need, actions, key, "bucket-key", "s3", {"aws:s3:arn": named})

    def _key_need(
        self, need: Need, actions: tuple[str, ...], key: str, fact: str, service: str, named: dict[str, str]
    ) -> Need:
        sources = {name: value for name, value in need.context.items() if name.startswith("aws:Source")}
        context = sources | {f"kms:EncryptionContext:{name}": value for name, value in named.items()}
        if not need.who.startswith(SERVICE):
            region = key.split(":")[3] if key.count(":") > 4 else ""
            context["kms:ViaService"] = f"{service}.{region}.amazonaws.com"
        if alias := self._deployed.alias(key):
            context["kms:ResourceAliases"] = alias
        return Need(need.who, actions, key, fact, context, by=need.by)


def _has_bucket_key(body: Body) -> bool:
    rule = body.get("rule")
    first = rule[0] if isinstance(rule, list) and rule else rule
    return bool(isinstance(first, dict) and first.get("bucket_key_enabled"))
