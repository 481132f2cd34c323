"""Terraform's errors converted to one message, one next step and one exit code. The texts are Terraform 1.11's."""

from __future__ import annotations

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.terraform.failures import condensed_errors, explain_failure, explain_mismatch, explain_refusal

LOCKED = """
╷
│ Error: Error acquiring the state lock
│
│ Error message: operation error DynamoDB: PutItem, https response error
│ StatusCode: 400, RequestID: 5c1f7e4f-not-the-lock, ConditionalCheckFailedException:
│ The conditional request failed
│ Lock Info:
│   ID:        0a1b2c3d-lock
│   Path:      states/sitechat/dev/first.tfstate
│   Operation: OperationTypeApply
│   Who:       anna@laptop
│   Version:   1.11.4
│   Created:   2026-01-15 10:00:00 +0000 UTC
╵
"""


def block(text: str) -> str:
    """`text` in Terraform's frame of an error."""
    return "╷\n" + "".join(f"│ {line}\n" for line in text.splitlines()) + "╵\n"


def explained(output: str, stopped: str = "") -> SitechatError:
    return explain_failure(output, env="dev", layer="first", directory="work/first", stopped=stopped)


def test_a_held_lock_names_id_and_holder_and_the_command() -> None:
    error = explained(LOCKED)
    assert error.code is ExitCode.LOCKED
    assert "lock ID 0a1b2c3d-lock" in error.message
    assert "anna@laptop" in error.message
    assert "`sitechat recover --env dev --unlock 0a1b2c3d-lock`" in error.hint
    assert "not-the-lock" not in error.message + error.hint


@pytest.mark.parametrize("layer", ["backend", "ci"])
def test_a_held_lock_of_the_bootstrap_is_released_by_terraform(layer: str) -> None:
    error = explain_failure(LOCKED, env="dev", layer=layer, directory="work/first")
    assert "`terraform -chdir=work/first force-unlock 0a1b2c3d-lock`" in error.hint


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        (
            'Error: Failed to get existing workspaces: S3 bucket "states" does not exist.',
            ExitCode.MISSING,
            "state bucket of dev",
            "sitechat bootstrap --env dev",
        ),
        (
            "Error: Error acquiring the state lock\n\nError message: operation error DynamoDB: PutItem, "
            "ResourceNotFoundException: Requested resource not found: Table: lock not found",
            ExitCode.MISSING,
            "lock table of dev",
            "sitechat bootstrap --env dev",
        ),
        (
            "Error: No valid credential sources found",
            ExitCode.MISSING,
            "accepts no credentials",
            "Sign in",
        ),
        (
            "Error: operation error STS: GetCallerIdentity, api error ExpiredToken: The security token is expired",
            ExitCode.MISSING,
            "accepts no credentials",
            "Sign in",
        ),
        ("Error: Saved plan is stale", ExitCode.REFUSED, "plan of first is stale", "sitechat plan --env dev"),
        (
            "Error: state data in S3 does not have the expected content.\n\nThe checksum calculated",
            ExitCode.FAILED,
            "not the one the lock table remembers",
            "sitechat recover --env dev",
        ),
        *(
            (f"Error: {said}", ExitCode.FAILED, "has something already that first wants", "sitechat recover --env dev")
            for said in (
                "creating S3 Bucket (x): operation error S3: CreateBucket, BucketAlreadyExists: not available",
                "creating S3 Bucket (x): BucketAlreadyOwnedByYou: your previous request succeeded",
                "creating IAM Role (x): api error EntityAlreadyExists: Role with name x already exists.",
                "creating CloudWatch Logs Log Group (x): ResourceAlreadyExistsException: The specified log group\n"
                "already exists",
                "creating Lambda Function (x): ResourceConflictException: Function already exist: x",
                "creating ELBv2 Listener: DuplicateListener: A listener already exists on this port",
                "authorizing Security Group rule: InvalidPermission.Duplicate: the specified rule exists",
                "creating ELBv2 Listener Rule: PriorityInUse: Priority '10' is currently in use",
                "creating EC2 Internet Gateway attachment: Resource.AlreadyAssociated: it is attached",
                "attaching EC2 Internet Gateway: InvalidParameterValue: Network vpc-1 already has an internet gateway",
                "creating EC2 VPC Endpoint: InvalidParameter: conflicting DNS domain for sqs.us-east-1.amazonaws.com",
                "creating EC2 Subnet: InvalidSubnet.Conflict: The CIDR conflicts with another subnet",
            )
        ),
        (
            "Error: Failed to install provider\n\nError while installing hashicorp/aws v5.100.0: the local package "
            "doesn't match any of the\nchecksums previously recorded in the dependency lock file",
            ExitCode.REFUSED,
            "not the published one",
            "providers.lock.hcl",
        ),
        (
            "Error: Failed to install provider\n\nError while installing hashicorp/aws v5.100.0: open\n"
            "/cache/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/terraform-provider-aws_v5.100.0_x5:\n"
            "text file\nbusy",
            ExitCode.FAILED,
            "another Terraform writes into the same provider cache",
            "TF_PLUGIN_CACHE_DIR",
        ),
        (
            "Error: Failed to install provider from shared cache\n\nError while importing hashicorp/aws v5.100.0 from "
            "the shared cache\ndirectory: the provider cache at .terraform/providers has a copy of\n"
            "registry.terraform.io/hashicorp/aws 5.100.0 that doesn't match any of the\nchecksums recorded in the "
            "dependency lock file.",
            ExitCode.FAILED,
            "was cut off while it did",
            "delete the cache",
        ),
        (
            "Error: Failed to query available provider packages\n\nCould not retrieve the list",
            ExitCode.MISSING,
            "provider could not be installed",
            "SITECHAT_PROVIDER_MIRROR",
        ),
        (
            "Error: creating SNS Topic: operation error SNS: CreateTopic, exceeded maximum number of attempts, 9, "
            "api error Throttling: Rate\nexceeded",
            ExitCode.FAILED,
            "too many requests",
            "sitechat deploy --env dev",
        ),
        (
            "Error: Failed to write plan file\n\nThe plan file could not be written: /x: no space\nleft on device.",
            ExitCode.FAILED,
            "the disk is full",
            "Free some space",
        ),
        (
            "Error: Failed to read the given file\n\nState read error: Error reading /x (zip: not a valid zip\nfile)",
            ExitCode.FAILED,
            "could not be written whole",
            "Free some space",
        ),
        (
            "Error: validating provider credentials: api error SignatureDoesNotMatch: Signature expired: 20260115T1 is",
            ExitCode.MISSING,
            "its clock is wrong",
            "Set the clock",
        ),
        (
            "Error: Required plugins are not installed\n\nThe installed provider plugins are not consistent",
            ExitCode.MISSING,
            "provider that first was set up with",
            "Run the command again",
        ),
        (
            "Error: waiting for Cloud Control API (AWS::XRay::TransactionSearchConfig) Resource () create: "
            "unexpected state 'FAILED', wanted target 'SUCCESS'. last error: AlreadyExists: null",
            ExitCode.FAILED,
            "Transaction Search is on already in the account and region of dev",
            'transaction_search = "adopt"',
        ),
        (
            "Error: waiting for Cloud Control API (AWS::XRay::TransactionSearchConfig) Resource () create: "
            "unexpected state 'FAILED', wanted target 'SUCCESS'. last error: AccessDenied: XRay does not have "
            "permission to call PutLogEvents on the aws/spans Log Group.",
            ExitCode.FAILED,
            "X-Ray may not write spans yet",
            "sitechat deploy --env dev",
        ),
        (
            "Error: creating EC2 VPC: VpcLimitExceeded: too many",
            ExitCode.FAILED,
            "VpcLimitExceeded",
            "sitechat deploy --env dev",
        ),
    ],
)
def test_known_failures(text: str, code: ExitCode, message: str, hint: str) -> None:
    error = explained(block(text))
    assert error.code is code
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    "text",
    [
        "Error: creating ECS Service: ResourceNotFoundException: no such cluster\n\nin this block",
        "Error: putting S3 Bucket Policy: NoSuchBucket: The specified bucket does not exist",
    ],
)
def test_a_resource_that_is_missing_is_not_taken_for_missing_state(text: str) -> None:
    assert explained(block(text)).code is ExitCode.FAILED


def test_a_plan_that_speaks_of_throttling_is_not_throttled() -> None:
    error = explained('  + description = "Throttling: Rate exceeded"\n' + block("Error: Invalid index"))
    assert "too many requests" not in error.message
    assert error.code is ExitCode.FAILED


@pytest.mark.parametrize(
    ("cause", "code"),
    [("Error: creating SNS Topic: api error ExpiredToken: expired", ExitCode.MISSING), ("", ExitCode.FAILED)],
)
def test_a_state_that_was_not_stored_is_the_next_step_whatever_the_cause(cause: str, code: ExitCode) -> None:
    lost = 'Error: Failed to persist state to backend\n\nThe state has been written to the file "errored.tfstate"'
    error = explained((block(cause) if cause else "") + block(lost))
    assert error.code is code
    assert error.hint.startswith("The state of first was not stored: `sitechat recover --env dev --repair`")


def test_a_refused_read_of_a_state_is_explained_as_terraforms_own() -> None:
    error = explain_refusal("NoSuchBucket: The specified bucket does not exist", env="dev", layer="edge")
    assert error.code is ExitCode.MISSING
    assert "sitechat bootstrap --env dev" in error.hint


def test_a_refusal_nobody_knows_is_told_as_it_is() -> None:
    error = explain_refusal("TeapotException: short and stout", env="dev", layer="edge")
    assert error.code is ExitCode.FAILED
    assert error.message == "the state of edge can't be read: TeapotException: short and stout"


def test_another_state_than_the_remembered_one_leads_to_the_runbook() -> None:
    error = explain_mismatch("0f", "1e", env="dev", layer="edge")
    assert "Calculated checksum: 0f" in error.message
    assert "Stored checksum: 1e" in error.message
    assert "`sitechat recover --env dev`" in error.hint
    assert "docs/runbooks/state-damaged.md" in error.hint


def test_stopped_by_the_user_says_how_to_go_on() -> None:
    error = explained(block("Error: execution halted"), stopped="user")
    assert error.code is ExitCode.INTERRUPTED
    assert "Run the same command again" in error.hint


def test_a_killed_terraform_leads_to_recover() -> None:
    error = explained("aws_vpc.net: Creating...", stopped="killed")
    assert error.code is ExitCode.FAILED
    assert "sitechat recover --env dev" in error.hint


def test_an_interrupted_plan_changed_nothing() -> None:
    error = explain_failure("", env="dev", layer="first", directory="work/first", stopped="user", changing=False)
    assert error.code is ExitCode.INTERRUPTED
    assert "before anything of first was changed" in error.message


def test_stopped_by_the_limit_is_a_failure_and_shows_what_was_going_on() -> None:
    error = explained(block("Error: waiting for the domain"), stopped="limit")
    assert error.code is ExitCode.FAILED
    assert "waiting for the domain" in error.message


def test_only_errors_are_shown_each_once_and_without_frames() -> None:
    output = block("Warning: Deprecated Parameter") + block("Error: one\n\nmore") + block("Error: one\n\nmore")
    assert condensed_errors(output) == "Error: one\nmore"


def test_without_a_frame_the_last_lines_are_shown() -> None:
    assert condensed_errors("\n".join(f"line {number}" for number in range(50))).splitlines()[-1] == "line 49"


def test_lines_of_the_json_are_left_out_and_the_resource_is_kept() -> None:
    text = (
        "Error: no such bucket\n\n  with aws_s3_bucket.a,\n  on cdk.tf.json line 1100, in resource.aws_s3_bucket.a:\n"
    )
    shown = condensed_errors(block(f"{text}1100:     }}\n\nIt is gone."))
    assert shown.splitlines() == [
        "Error: no such bucket",
        "  with aws_s3_bucket.a,",
        "  in resource.aws_s3_bucket.a",
        "It is gone.",
    ]


def test_a_held_lock_is_told_in_words() -> None:
    assert "anna@laptop (apply) since 2026-01-15 10:00:00 UTC" in explained(LOCKED).message


@pytest.mark.parametrize(
    "text",
    [
        'Error: operation error S3: "http://127.0.0.1:38033/": dial tcp 127.0.0.1:38033: connect: connection refused',
        'Could not connect to the endpoint URL: "http://127.0.0.1:38033/bucket/key"',
        'Could not connect to the endpoint URL: "http://bucket.localhost:4566/key"',
    ],
)
def test_emulators_that_are_gone_are_told_by_name(text: str) -> None:
    for error in (explained(block(text)), explain_refusal(text, env="local", layer="first")):
        assert error.code is ExitCode.MISSING
        assert error.message.startswith("the emulated AWS is down; what was in it is gone")
        assert "`sitechat local up`" in error.hint


def test_a_state_that_went_with_the_emulators_is_not_to_be_stored() -> None:
    lost = 'Error: Failed to save state\n\nPut "http://127.0.0.1:38033/": connection refused; see errored.tfstate\n'
    assert "recover" not in explained(block(lost)).hint
    assert "--repair` does that" in explained(block(lost.replace("connection refused", "access denied"))).hint


def test_an_address_of_aws_that_refuses_is_not_the_emulators() -> None:
    text = 'Error: Get "https://s3.us-east-1.amazonaws.com/": dial tcp 52.216.1.1:443: connect: connection refused'
    assert "emulated" not in explained(block(text)).message
    refused = 'Could not connect to the endpoint URL: "https://s3.us-east-1.amazonaws.com/"'
    assert "emulated" not in explain_refusal(refused, env="dev", layer="first").message


PLAIN = """
Terraform planned the following actions, but then encountered a problem:

  # aws_sns_topic.a will be created

Warning: Deprecated Parameter

The parameter "dynamodb_table" is deprecated: Rate exceeded.

Error: "role" (x) is an invalid ARN: arn: invalid prefix

  with aws_ecs_task_definition.task,
  on cdk.tf.json line 262, in resource.aws_ecs_task_definition.task:
 262:     "role": "x",
 878:    }

Error: reading topic

Not found.
"""


def test_errors_without_frames_are_shown_alone() -> None:
    """With `-no-color`, which the pipeline uses, Terraform 1.11 frames nothing."""
    assert condensed_errors(PLAIN).splitlines() == [
        'Error: "role" (x) is an invalid ARN: arn: invalid prefix',
        "  with aws_ecs_task_definition.task,",
        "  in resource.aws_ecs_task_definition.task",
        "Error: reading topic",
        "Not found.",
    ]
    assert explained(PLAIN).message.startswith("Terraform failed in first\nError: "), "a warning isn't what failed"


UNFRAMED = """aws_iam_role.task: Creating...

Warning: Deprecated Parameter: Throttling

Error: creating IAM Role (chat-task): api error AccessDenied: no

  with aws_iam_role.task,
  on cdk.tf.json line 96, in resource.aws_iam_role.task:
  96:       }


Error: creating SNS Topic (chat-alarms): api error AccessDenied: no

  with aws_sns_topic.alarms,
  on cdk.tf.json line 110, in resource.aws_sns_topic.alarms:
 110:       }

"""


def test_without_colour_terraform_draws_no_frames() -> None:
    error = explain_failure(UNFRAMED, env="dev", layer="service", directory="d")
    assert error.message.splitlines() == [
        "Terraform failed in service",
        "Error: creating IAM Role (chat-task): api error AccessDenied: no",
        "  with aws_iam_role.task,",
        "  in resource.aws_iam_role.task",
        "Error: creating SNS Topic (chat-alarms): api error AccessDenied: no",
        "  with aws_sns_topic.alarms,",
        "  in resource.aws_sns_topic.alarms",
    ]
