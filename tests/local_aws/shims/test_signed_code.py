"""Signed code from package to function: signing profile, signing job, configuration, and its functions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.shims.test_stores import refusal

Make = Callable[..., Any]
BUCKET = "packages"
ROLE = "arn:aws:iam::000000000000:role/function"
PROFILE = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/p_1/1234567890"
LAMBDA = {"platformId": "AWSLambda-SHA384-ECDSA"}


def package(text: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(zipfile.ZipInfo("code.py"), f"def handle(event, context):\n    return {text!r}\n")
    return memory.getvalue()


@pytest.fixture
def versions(client: Make) -> Iterator[tuple[str, str]]:
    """Two versions of one package in a bucket that goes again with all it holds."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first, second = (
        s3.put_object(Bucket=BUCKET, Key="source/a b.zip", Body=package(text))["VersionId"] for text in ("old", "new")
    )
    yield first, second
    for each in s3.list_object_versions(Bucket=BUCKET).get("Versions", ()):
        s3.delete_object(Bucket=BUCKET, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture(scope="module")
def signers() -> list[str]:
    """Profiles made so far: a name is taken for good."""
    return []


@pytest.fixture
def profile(client: Make, signers: list[str]) -> str:
    if signers:
        return signers[0]
    client("signer").put_signing_profile(profileName="p_1", **LAMBDA, tags={"a": "b"})
    signers.append("p_1")
    return "p_1"


def job(version: str, profile: str = "p_1", bucket: str = BUCKET) -> dict[str, Any]:
    source = {"s3": {"bucketName": bucket, "key": "source/a b.zip", "version": version}}
    return {
        "source": source,
        "destination": {"s3": {"bucketName": bucket, "prefix": "signed/"}},
        "profileName": profile,
        "clientRequestToken": "once",
    }


def test_a_job_puts_the_version_it_was_given_under_a_key_of_its_own(
    client: Make, versions: tuple[str, str], profile: str
) -> None:
    signer, s3 = client("signer"), client("s3")
    keys = []
    for version, text in zip(versions, ("old", "new"), strict=True):
        wanted = job(version)
        found = signer.describe_signing_job(jobId=signer.start_signing_job(**wanted)["jobId"])
        assert (found["status"], found["source"]) == ("Succeeded", wanted["source"])
        assert (found["profileName"], found["platformId"]) == (profile, LAMBDA["platformId"])
        assert found["profileVersion"] == signer.get_signing_profile(profileName=profile)["profileVersion"]
        assert found["signedObject"]["s3"]["bucketName"] == BUCKET
        keys.append(found["signedObject"]["s3"]["key"])
        assert s3.get_object(Bucket=BUCKET, Key=keys[-1])["Body"].read() == package(text)
    assert len(set(keys)) == 2
    assert all(key.startswith("signed/") for key in keys)
    elsewhere = client("signer", "eu-west-1")
    known = signer.start_signing_job(**job(versions[0]))["jobId"]
    assert refusal(elsewhere.describe_signing_job, jobId=known) == "ResourceNotFoundException"


def test_what_can_not_be_signed_is_refused(client: Make, versions: tuple[str, str], profile: str) -> None:
    signer = client("signer")
    assert refusal(signer.start_signing_job, **job(versions[0], "nobody")) == "ResourceNotFoundException"
    assert refusal(signer.start_signing_job, **job("0" * 32)) == "ValidationException"
    assert refusal(signer.start_signing_job, **job(versions[0], bucket="nowhere")) == "ValidationException"
    signer.cancel_signing_profile(profileName=profile)
    assert refusal(signer.start_signing_job, **job(versions[0])) == "ValidationException"


def test_a_configuration(client: Make) -> None:
    functions = client("lambda")
    publishers = {"SigningProfileVersionArns": [PROFILE]}
    made = functions.create_code_signing_config(AllowedPublishers=publishers, Tags={"a": "b"})["CodeSigningConfig"]
    arn = made["CodeSigningConfigArn"]
    assert made["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    policies = {"UntrustedArtifactOnDeployment": "Enforce"}
    functions.update_code_signing_config(CodeSigningConfigArn=arn, CodeSigningPolicies=policies, Description="d")
    found = functions.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"]
    assert (found["AllowedPublishers"], found["CodeSigningPolicies"], found["Description"]) == (
        publishers,
        policies,
        "d",
    )
    functions.tag_resource(Resource=arn, Tags={"c": "d", "e": "f"})
    functions.untag_resource(Resource=arn, TagKeys=["a", "e"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"c": "d"}
    functions.untag_resource(Resource=arn, TagKeys=["c"])
    assert functions.list_tags(Resource=arn)["Tags"] == {}
    functions.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert refusal(functions.get_code_signing_config, CodeSigningConfigArn=arn) == "ResourceNotFoundException"
    assert refusal(functions.list_tags, Resource=arn) == "ResourceNotFoundException"


def test_a_configuration_in_use_stays(client: Make, versions: tuple[str, str]) -> None:
    functions = client("lambda")
    publishers = {"SigningProfileVersionArns": [PROFILE]}
    one, other = (
        functions.create_code_signing_config(AllowedPublishers=publishers)["CodeSigningConfig"]["CodeSigningConfigArn"]
        for _ in range(2)
    )
    wanted = {
        "FunctionName": "signed",
        "Runtime": "python3.13",
        "Role": ROLE,
        "Handler": "code.handle",
        "Code": {"S3Bucket": BUCKET, "S3Key": "source/a b.zip"},
    }
    absent = one[:-1] + ("0" if one[-1] != "0" else "1")
    unknown = refusal(functions.create_function, **wanted, CodeSigningConfigArn=absent)
    assert unknown == "CodeSigningConfigNotFoundException"
    functions.create_function(**wanted, CodeSigningConfigArn=one)
    assert _config_of(functions) == one
    assert refusal(functions.delete_code_signing_config, CodeSigningConfigArn=one) == "ResourceConflictException"
    functions.put_function_code_signing_config(FunctionName="signed", CodeSigningConfigArn=other)
    assert _config_of(functions) == other
    functions.delete_code_signing_config(CodeSigningConfigArn=one)
    functions.delete_function_code_signing_config(FunctionName="signed")
    assert _config_of(functions) == ""
    functions.put_function_code_signing_config(FunctionName="signed", CodeSigningConfigArn=other)
    assert refusal(functions.delete_code_signing_config, CodeSigningConfigArn=other) == "ResourceConflictException"
    functions.delete_function(FunctionName="signed")
    functions.delete_code_signing_config(CodeSigningConfigArn=other)


def _config_of(functions: Any) -> str:
    return str(functions.get_function_code_signing_config(FunctionName="signed")["CodeSigningConfigArn"])


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("signer", "list_signing_jobs", {}),
        ("signer", "revoke_signature", {"jobId": "j", "reason": "r"}),
        ("signer", "list_signing_profiles", {}),
        ("lambda", "list_code_signing_configs", {}),
        (
            "lambda",
            "list_functions_by_code_signing_config",
            {"CodeSigningConfigArn": "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0"},
        ),
    ],
)
def test_the_rest_is_refused(client: Make, service: str, operation: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client(service), operation)(**arguments)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_tags_of_functions_are_still_ministacks(client: Make) -> None:
    functions = client("lambda")
    arn = "arn:aws:lambda:us-east-1:000000000000:function:nobody"
    assert refusal(functions.list_tags, Resource=arn) == "ResourceNotFoundException"
