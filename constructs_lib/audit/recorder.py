"""AWS Config: the history of every resource's configuration, and a few rules on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cdktf_cdktf_provider_aws.config_config_rule import ConfigConfigRule, ConfigConfigRuleSource
from cdktf_cdktf_provider_aws.config_configuration_recorder import (
    ConfigConfigurationRecorder,
    ConfigConfigurationRecorderRecordingGroup,
)
from cdktf_cdktf_provider_aws.config_configuration_recorder_status import ConfigConfigurationRecorderStatus
from cdktf_cdktf_provider_aws.config_delivery_channel import (
    ConfigDeliveryChannel,
    ConfigDeliveryChannelSnapshotDeliveryProperties,
)
from cdktf_cdktf_provider_aws.iam_service_linked_role import IamServiceLinkedRole
from constructs import Construct

from config.place import Place
from constructs_lib.audit.delivery_bucket import DeliveringService, DeliveryBucket
from constructs_lib.identity.policy import from_account
from constructs_lib.storage.log_buckets import LogStorage

SERVICE = "config.amazonaws.com"


@dataclass(frozen=True)
class ManagedRule:
    """A rule AWS maintains. `id` names construct and rule."""

    id: str
    identifier: str
    parameters: Mapping[str, str] = field(default_factory=dict)


# Rules for what no scan of a configuration sees: people's accounts, and resources changed or built by hand.
RULES = (
    ManagedRule("root_mfa", "ROOT_ACCOUNT_MFA_ENABLED"),
    ManagedRule("root_access_key", "IAM_ROOT_ACCESS_KEY_CHECK"),
    ManagedRule("unused_credentials", "IAM_USER_UNUSED_CREDENTIALS_CHECK", {"maxCredentialUsageAge": "45"}),
    ManagedRule("old_access_keys", "ACCESS_KEYS_ROTATED", {"maxAccessKeyAge": "90"}),
    ManagedRule("public_buckets", "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED"),
    ManagedRule("open_ssh", "INCOMING_SSH_DISABLED"),
    ManagedRule("default_security_group", "VPC_DEFAULT_SECURITY_GROUP_CLOSED"),
    ManagedRule("key_rotation", "CMK_BACKING_KEY_ROTATION_ENABLED"),
)


class Recorder(Construct):
    """Records every resource of the account in this region, global ones included, and delivers a snapshot a day.

    It works in the service-linked role, which FSBP Config.1 asks for and which exists once an account: `own_role`
    creates it. The key must allow AWS Config (`key_use.encrypt_configuration_history`). `recording` exists once it is
    on.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        storage: LogStorage,
        place: Place,
        own_role: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        service = DeliveringService(SERVICE, from_account(place.account_id), "Config/", list_bucket=True)
        bucket = DeliveryBucket(self, "bucket", storage=storage, service=service, place=place)
        recorder = self._recorder(self._own_role() if own_role else _role_arn(place))
        channel = self._channel(bucket, storage.kms_key_arn, recorder)
        # It can be started only once there is a channel.
        self.recording = ConfigConfigurationRecorderStatus(
            self, "status", name=recorder.name, is_enabled=True, depends_on=[channel]
        )
        for rule in RULES:
            self._rule(rule, name_prefix, recorder)

    def _own_role(self) -> str:
        description = "AWS Config reads what it records"
        return str(IamServiceLinkedRole(self, "role", aws_service_name=SERVICE, description=description).arn)

    def _recorder(self, role_arn: str) -> ConfigConfigurationRecorder:
        return ConfigConfigurationRecorder(
            self,
            "recorder",
            # A region has one recorder and one channel, both of this name when made in the console.
            name="default",
            role_arn=role_arn,
            recording_group=ConfigConfigurationRecorderRecordingGroup(
                all_supported=True, include_global_resource_types=True
            ),
        )

    def _channel(
        self, bucket: DeliveryBucket, kms_key_arn: str, recorder: ConfigConfigurationRecorder
    ) -> ConfigDeliveryChannel:
        return ConfigDeliveryChannel(
            self,
            "channel",
            name="default",
            s3_bucket_name=bucket.name,
            s3_kms_key_arn=kms_key_arn,
            snapshot_delivery_properties=ConfigDeliveryChannelSnapshotDeliveryProperties(
                delivery_frequency="TwentyFour_Hours"
            ),
            # A channel is refused without a recorder, and tries the bucket.
            depends_on=[recorder, bucket.bucket.policy],
        )

    def _rule(self, rule: ManagedRule, name_prefix: str, recorder: ConfigConfigurationRecorder) -> None:
        ConfigConfigRule(
            self,
            rule.id,
            name=f"{name_prefix}-{rule.id.replace('_', '-')}",
            source=ConfigConfigRuleSource(owner="AWS", source_identifier=rule.identifier),
            input_parameters=json.dumps(dict(rule.parameters)) if rule.parameters else None,
            # A rule is refused without a recorder.
            depends_on=[recorder],
        )


def _role_arn(place: Place) -> str:
    """The service-linked role that exists already, whoever made it."""
    return place.arn("iam", f"role/aws-service-role/{SERVICE}/AWSServiceRoleForConfig", region="")
