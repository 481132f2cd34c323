"""Access to bucket, ledger and runs of ingestion: who may do what, by names that are known before anything exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.place import Place
from constructs_lib.identity.policy import Statement
from policies.needs.need import Need

# Prefixes of the bucket's keys: pages as they were fetched, passages with their vectors, lists and manifests of runs.
FETCHED, PASSAGES, RUNS = "fetched", "passages", "runs"
# A key as the functions write it, for the requests that they declare.
_EXAMPLE = {
    FETCHED: f"{FETCHED}/site/0123/0123.json",
    PASSAGES: f"{PASSAGES}/0123-0123.json",
    RUNS: f"{RUNS}/site/0123/todo.json",
}
ITEMS = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem")

# Actions of a role whose machine logs; none knows a resource ("Logging to CloudWatch Logs", Step Functions guide).
DELIVER_LOGS = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
# Actions of a role whose machine is traced ("X-Ray and Step Functions", its guide).
TRACE = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)


@dataclass(frozen=True)
class IngestionPlaces:
    """Bucket of pages, table of the ledger and state machine, by name, and the key that bucket and table are under."""

    place: Place
    bucket_name: str
    table_name: str
    machine_name: str
    kms_key_arn: str

    @property
    def bucket_arn(self) -> str:
        return self.place.bucket_arn(self.bucket_name)

    @property
    def table_arn(self) -> str:
        return self.place.arn("dynamodb", f"table/{self.table_name}")

    @property
    def machine_arn(self) -> str:
        return self.place.arn("states", f"stateMachine:{self.machine_name}")

    @property
    def executions_arn(self) -> str:
        """Pattern of the machine's executions."""
        return self.place.arn("states", f"execution:{self.machine_name}:*")

    def objects(self, *, read: Sequence[str] = (), write: Sequence[str] = ()) -> tuple[Statement, ...]:
        """Read and write objects below these prefixes; a prefix with `*` is the pattern of whole keys."""
        reading = Statement("ReadPages", ("s3:GetObject",), tuple(map(self._below, read)))
        writing = Statement("WritePages", ("s3:PutObject",), tuple(map(self._below, write)))
        via = ("StringEquals", "kms:ViaService", (f"s3.{self.place.region}.amazonaws.com",))
        # A bucket with a key of its own names itself and not the object (S3 user guide, bucket keys).
        named = ("StringEquals", "kms:EncryptionContext:aws:s3:arn", (self.bucket_arn,))
        # An upload in parts reads them again (S3 user guide, mpuAndPermissions).
        actions = ("kms:Decrypt", "kms:GenerateDataKey") if write else ("kms:Decrypt",)
        key = Statement("UsePagesKey", actions, (self.kms_key_arn,), conditions=(via, named))
        return (*((reading,) if read else ()), *((writing,) if write else ()), key)

    def _below(self, prefix: str) -> str:
        return f"{self.bucket_arn}/{prefix}" if "*" in prefix else f"{self.bucket_arn}/{prefix}/*"

    def find(self) -> Statement:
        """Learn that an object isn't there: without this S3 answers 403 and not 404 (S3 API, GetObject)."""
        return Statement("FindPages", ("s3:ListBucket",), (self.bucket_arn,))

    def keep_ledger(self) -> tuple[Statement, ...]:
        """Read and write items of the ledger."""
        via = (("StringEquals", "kms:ViaService", (f"dynamodb.{self.place.region}.amazonaws.com",)),)
        return (
            Statement("KeepLedger", ITEMS, (self.table_arn,)),
            # DynamoDB opens an encrypted table in the caller's name (DynamoDB guide, encryption.usagenotes).
            Statement("OpenLedger", ("kms:Decrypt",), (self.kms_key_arn,), conditions=via),
        )

    def watch_runs(self) -> Statement:
        """Look whether a run is over."""
        return Statement("WatchRuns", ("states:DescribeExecution",), (self.executions_arn,))

    def object_need(self, role_arn: str, action: str, prefix: str, *, in_vpc: bool = False) -> Need:
        """Request of a role for one object below a prefix, or for the one named by a pattern."""
        key = _EXAMPLE.get(prefix) or prefix.replace("*", "site/0123")
        return Need(role_arn, (action,), f"{self.bucket_arn}/{key}", "ingestion", in_vpc=in_vpc)


@dataclass(frozen=True)
class Folder:
    """Files of a source: a bucket that is there, and a prefix that is empty or ends with /."""

    bucket_arn: str
    prefix: str


def read_folders(folders: Sequence[Folder]) -> tuple[Statement, ...]:
    """Read and list these folders of other buckets."""
    return tuple(
        statement
        for index, folder in enumerate(folders)
        for statement in (
            Statement(f"ReadFiles{index}", ("s3:GetObject",), (f"{folder.bucket_arn}/{folder.prefix}*",)),
            Statement(
                f"ListFiles{index}",
                ("s3:ListBucket",),
                (folder.bucket_arn,),
                conditions=(("StringLike", "s3:prefix", (f"{folder.prefix}*",)),),
            ),
        )
    )


def run_statements(places: IngestionPlaces, function_arns: Sequence[str]) -> tuple[Statement, ...]:
    """What a run does: call these functions, start an execution a page, read the list of pages, log and trace."""
    return (
        Statement("CallFunctions", ("lambda:InvokeFunction",), tuple(function_arns)),
        # A distributed map is executions of the same machine ("IAM policies for Distributed Map", its guide).
        Statement("StartPages", ("states:StartExecution",), (places.machine_arn,)),
        Statement("FollowPages", ("states:DescribeExecution", "states:StopExecution"), (places.executions_arn,)),
        *places.objects(read=(RUNS,)),
        Statement("DeliverLogs", DELIVER_LOGS, ("*",)),
        Statement("Trace", TRACE, ("*",)),
    )


def start_runs(machine_arn: str, *, kms_key_arn: str, schedule_arns: Sequence[str]) -> tuple[Statement, ...]:
    """What these schedules do: read their own input, and start runs."""
    named = ("ArnEquals", "kms:EncryptionContext:aws:scheduler:schedule:arn", tuple(schedule_arns))
    return (
        Statement("StartRuns", ("states:StartExecution",), (machine_arn,)),
        Statement("DecryptInput", ("kms:Decrypt",), (kms_key_arn,), conditions=(named,)),
    )


def load_endpoint_statement(places: IngestionPlaces, role_arn: str) -> Statement:
    """Statement of the S3 endpoint's policy for the loader; it takes no role as principal (gateway endpoints guide)."""
    return Statement(
        sid="LoadPassages",
        actions=("s3:GetObject",),
        resources=tuple(f"{places.bucket_arn}/{prefix}/*" for prefix in (PASSAGES, RUNS)),
        principals={"AWS": ("*",)},
        conditions=(("ArnEquals", "aws:PrincipalArn", (role_arn,)),),
    )
