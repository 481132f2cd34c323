"""Functions of signed code: one runtime, encrypted variables, logs as JSON, and a topic for what no caller hears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdktf import ITerraformDependable, TerraformAsset
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionTimeouts,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
)
from constructs import Construct

from constructs_lib.identity.function_role import RunsAs
from constructs_lib.security.code_signing import Signer
from constructs_lib.security.package import build_package, work_folder
from constructs_lib.security.signed_package import SignedPackage

MEMORY_MIB = 256


@dataclass(frozen=True)
class FunctionNetwork:
    """Where in a VPC a function runs, and the rules of its security group, without which it reaches nothing."""

    config: LambdaFunctionVpcConfig
    rules: tuple[ITerraformDependable, ...] = ()


@dataclass(frozen=True)
class Runs:
    """What a function does: its handler as "package.module.function", and how long and in how much memory at most."""

    handler: str
    description: str
    seconds: int
    memory_mib: int = MEMORY_MIB


def sign_sources(
    scope: Construct,
    *,
    signing: Signer,
    name: str,
    sources: Sequence[Path],
    archive: str = "",
    with_modules: Sequence[Path] = (),
    distributions: Sequence[str] = (),
) -> SignedPackage:
    """The code of functions, signed, under the ids "package" and "signed".

    `name` is that of its objects; `archive` that of the file, by default the first source's.
    """
    zip_file = build_package(
        archive or sources[0].name,
        work_folder(scope),
        sources=sources,
        with_modules=with_modules,
        distributions=distributions,
    )
    path = TerraformAsset(scope, "package", path=str(zip_file.path)).path
    return SignedPackage(scope, "signed", signing=signing, name=name, path=path, sha256_base64=zip_file.sha256_base64)


def signed_function(
    scope: Construct,
    id_: str,
    *,
    runs_as: RunsAs,
    runs: Runs,
    code: SignedPackage,
    variables: Mapping[str, str],
    kms_key_arn: str,
    network: FunctionNetwork | None = None,
) -> LambdaFunction:
    """Build a function; without `network` it runs outside the VPC.

    Lambda calls a function again whose caller doesn't wait, and then tells the topic of failures.
    """
    return LambdaFunction(
        scope,
        id_,
        function_name=runs_as.function_name,
        description=runs.description,
        role=runs_as.role_arn,
        runtime="python3.13",
        architectures=["arm64"],
        handler=runs.handler,
        s3_bucket=code.bucket,
        s3_key=code.key,
        code_signing_config_arn=code.signing_config_arn,
        memory_size=runs.memory_mib,
        timeout=runs.seconds,
        kms_key_arn=kms_key_arn,
        environment=LambdaFunctionEnvironment(variables=dict(variables)),
        vpc_config=network.config if network else None,
        logging_config=LambdaFunctionLoggingConfig(log_format="JSON", log_group=runs_as.log_group_name),
        dead_letter_config=LambdaFunctionDeadLetterConfig(target_arn=runs_as.failures_topic_arn),
        tracing_config=LambdaFunctionTracingConfig(mode="PassThrough"),
        # Lambda gives its network interfaces back minutes after the function has gone.
        timeouts=LambdaFunctionTimeouts(delete="45m") if network else None,
        # Lambda tries the role's permissions when the function is created; without its rules it reaches nothing.
        depends_on=[*runs_as.before, *(network.rules if network else ())] or None,
    )
