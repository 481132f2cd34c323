"""Logging of every model call of an account in a region."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.bedrock_model_invocation_logging_configuration import (
    BedrockModelInvocationLoggingConfiguration,
    BedrockModelInvocationLoggingConfigurationLoggingConfig,
    BedrockModelInvocationLoggingConfigurationLoggingConfigCloudwatchConfig,
)
from constructs import Construct

from config.place import Place
from constructs_lib.identity.grants import write_logs
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.security.key import CustomerKey, one_log_group

STREAM = "aws/bedrock/modelinvocations"


class ModelInvocationLogging(Construct):
    """Sends prompts and answers in text to a log group under a key of its own; vectors and images stay out.

    People's questions are more delicate than other logs: whoever may read those through the region's key can't read
    these. There is one configuration an account and region, and the last writer wins: build this in one place only.
    `protected` keeps Terraform from destroying the log group and its key.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        log_group_name: str,
        role_name: str,
        retention_days: int,
        key_alias: str,
        place: Place,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self._place, self._protected = place, protected
        key = self._key(key_alias, log_group_name)
        log_group = self._log(log_group_name, retention_days, key)
        role = self._role(role_name)
        policy = role.allow(
            "write", (write_logs(place.log_group_arn(log_group_name), "WriteModelCalls", stream=STREAM),)
        )
        BedrockModelInvocationLoggingConfiguration(
            self,
            "configuration",
            logging_config=_text_only(log_group_name=log_group.name, role_arn=role.arn),
            # Bedrock tries the role's permissions when the configuration is set.
            depends_on=[policy],
        )

    def _key(self, alias: str, log_group_name: str) -> CustomerKey:
        return CustomerKey(
            self,
            "key",
            alias=alias,
            description=f"Prompts and answers in {log_group_name}",
            place=self._place,
            protected=self._protected,
            statements=(one_log_group(log_group_name, self._place),),
        )

    def _log(self, name: str, retention_days: int, key: CustomerKey) -> LogGroup:
        return LogGroup(
            self, "log", name=name, retention_days=retention_days, kms_key_arn=key.arn, protected=self._protected
        )

    def _role(self, name: str) -> ServiceRole:
        return ServiceRole(
            self,
            "role",
            name=name,
            service="bedrock.amazonaws.com",
            account_id=self._place.account_id,
            source_arns=(self._place.arn("bedrock", "*"),),
            description="Bedrock writes model calls to their log group",
        )


def _text_only(*, log_group_name: str, role_arn: str) -> BedrockModelInvocationLoggingConfigurationLoggingConfig:
    return BedrockModelInvocationLoggingConfigurationLoggingConfig(
        text_data_delivery_enabled=True,
        embedding_data_delivery_enabled=False,
        image_data_delivery_enabled=False,
        video_data_delivery_enabled=False,
        cloudwatch_config=BedrockModelInvocationLoggingConfigurationLoggingConfigCloudwatchConfig(
            log_group_name=log_group_name, role_arn=role_arn
        ),
    )
