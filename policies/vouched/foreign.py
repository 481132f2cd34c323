"""Names of other people's accounts, buckets, hosts and mailboxes, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from config.collector import SAMPLING
from policies.vouched.expressions import is_plain, without_plain
from policies.vouched.strings import Leaf
from terraform_json.blocks import strings

if TYPE_CHECKING:
    from config import Environment

_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])")
_ARN = re.compile(r"\barn:([^\s:\"']*)(?::([^\s:\"']*))?(?::([^\s:\"']*))?(?::([^\s:\"']*))?(?::([^\s\"',\]]*))?")
# Unique ids of users, roles, keys and other principals ("IAM identifiers", IAM user guide).
_PRINCIPAL_ID = re.compile(r"(?<![0-9A-Za-z])A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[0-9A-Z]{12,}")
# Ids of networks and machines, which constructs refer to or config names, and of organisations.
_IDS = re.compile(
    r"(?<![\w-])(?:(?:acl|ami|cgw|dopt|eigw|eipalloc|eni|fs|i|igw|lgw|nat|pcx|pl|rtb|sg|snap|subnet|tgw|tgw-attach|vgw"
    r"|vol|vpc|vpce|vpce-svc|vpn)-[0-9a-f]{1,17}|(?:o|r|ou-[a-z0-9]{4,32})-[a-z0-9]{4,32})(?![\w-])"
)
_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\w.])")
_URL = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*://([^\s/?#\"'\\<>,]*)")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Labels have at most 63 characters (RFC 1035).
_HOST = re.compile(r"(?<![\w.*-])[\w*-]{1,63}(?:\.[\w-]{1,63})*\.[A-Za-z][\w-]{1,62}\.?(?![\w-])")
_SERVICE = re.compile(r"(?P<service>[a-z0-9.-]+?)(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com")

# Services whose names constructs write: as principals, in kms:ViaService and in patterns of events and log lines.
SERVICES = frozenset(
    {
        "access-analyzer",
        "bedrock",
        "budgets",
        "cloudfront",
        "cloudtrail",
        "cloudwatch",
        "codedeploy",
        "config",
        "delivery.logs",
        "dynamodb",
        "ecs-tasks",
        "es",
        "events",
        "guardduty",
        "inspector2",
        "kms",
        "lambda",
        "lambda.alarms.cloudwatch",
        "logdelivery.elasticloadbalancing",
        "logging.s3",
        "logs",
        "s3",
        "scheduler",
        "secretsmanager",
        "securityhub",
        "sns",
        "states",
        "vpc-flow-logs",
        "xray",
    }
)
# Services of VPC endpoints, and of the prefix list of S3.
ENDPOINTS = frozenset(
    {"bedrock-runtime", "ecr.api", "ecr.dkr", "kms", "logs", "s3", "secretsmanager", "ssmmessages", "xray"}
)
# Arguments that name a bucket, in Terraform and in the settings of functions.
BUCKETS = frozenset({"bucket", "bucket_name", "s3_bucket", "s3_bucket_name", "target_bucket"})
# Arguments that name who gets what is published.
RECIPIENTS = {
    "aws_sns_topic_subscription": "endpoint",
    "aws_budgets_budget": "subscriber_email_addresses",
    "aws_budgets_budget_action": "address",
}
_PLACES = BUCKETS | set(RECIPIENTS.values())
# Sections that name addresses of Terraform, by the key that does.
_ADDRESSES = frozenset({("import", "to"), ("moved", "from"), ("moved", "to"), ("removed", "from")})
# Names of objects in a bucket, which may look like hosts.
_KEYS_OF_OBJECTS = frozenset({("aws_s3_object", "key")})
# Beginning or end of the path to values with dots that name no host.
NO_HOSTS = frozenset(
    {
        "command",
        "dedicated_master_type",
        "default_root_object",
        "definition",
        "depends_on",
        "deployment_config_name",
        "engine_version",
        "event_pattern",
        "handler",
        "ignore_changes",
        "instance_type",
        "metric_name",
        "minimum_protocol_version",
        "provider",
        "replace_triggered_by",
        "runtime",
    }
)
# ARNs without an account, after "arn:partition:": what AWS owns and constructs name.
_ACCOUNTLESS = (
    re.compile(r"bedrock:(?:\*|[a-z0-9-]*)::foundation-model/[a-z0-9.:-]+"),
    re.compile(r"securityhub:[a-z0-9-]+::standards/[a-z0-9/.-]+"),
    re.compile(r"states:::(?:dynamodb:(?:delete|put)Item|lambda:invoke|s3:getObject|sns:publish)"),
)
_LONGEST = 160
_LONG_WORD = re.compile(r"[A-Za-z0-9_+=-]{20,}")
_TODO = "name what this environment builds, by reference, or what its file names"


class Foreign:
    """Whom an environment knows: its account, its buckets, and every name that its file holds."""

    def __init__(self, env: Environment) -> None:
        self._account = env.account_id
        self._partition = env.partition
        sampling = (SAMPLING,) if env.monitoring.tracing == "sidecar" else ()
        names = (*strings(env.model_dump(mode="json")), env.traces_endpoint, *sampling)
        self._known = frozenset(_names_in("\n".join(names)))
        bucket = rf"{re.escape(env.project)}-[a-z0-9-]+-{env.account_id}-(?:{env.region}|us-east-1)"
        given = [re.escape(source.bucket) for source in env.ingestion.sources if source.bucket]
        # Image layers of ECR lie in a bucket of AWS, one in each region.
        self._bucket = re.compile("|".join((bucket, *given, f"prod-{env.region}-starport-layer-bucket")))
        self._aws_name = re.compile(
            rf"com\.amazonaws\.(?:{env.region}\.(?:{'|'.join(map(re.escape, sorted(ENDPOINTS)))})"
            r"|global\.cloudfront\.origin-facing)"
        )
        self._network = IPv4Network(env.network.cidr)
        self._judged: dict[str, tuple[str, ...]] = {}

    def refused(self, leaf: Leaf) -> Iterator[str]:
        """Why a value is refused, once for each name in it that the environment doesn't know."""
        text = leaf.value if isinstance(leaf.value, str) else _account_of(leaf.value)
        if not text:
            return
        if not leaf.key and not _PLACES.isdisjoint(leaf.steps[-2:]):
            yield from self._misplaced(leaf, text)
        if text in self._known:
            return
        if text not in self._judged:
            self._judged[text] = tuple(dict.fromkeys(self._foreign(text)))
        yield from (f"{_shown(each)} is foreign; {_TODO}" for each in self._judged[text])
        if "." in text and self._names_host(leaf, text):
            yield f"host {_shown(text)} is foreign; {_TODO}"

    def _misplaced(self, leaf: Leaf, text: str) -> Iterator[str]:
        """A bucket or a recipient that is neither built here nor known."""
        argument = next(step for step in (*reversed(leaf.steps), "") if isinstance(step, str))
        if argument in BUCKETS and text and not is_plain(text) and not self._bucket.fullmatch(text):
            yield f"bucket {_shown(text)} is foreign; {_TODO}"
        if RECIPIENTS.get(leaf.body.type) == argument and not is_plain(text) and text not in self._known:
            yield f"recipient {_shown(text)} is foreign; {_TODO}"

    def _foreign(self, text: str) -> Iterator[str]:
        yield from (f"account {each}" for each in _ACCOUNT.findall(text) if each not in self._known)
        plain = without_plain(text) if "${" in text else text
        if "arn:" in plain:
            yield from self._arns(plain)
        if "-" in text:
            yield from (f"{each}, an id," for each in _IDS.findall(text) if each not in self._known)
        yield from (f"{each[:4]}…, the id of one principal," for each in _PRINCIPAL_ID.findall(text))
        yield from (f"address {each}" for each in _ADDRESS.findall(plain) if not self._inside(each))
        if "://" in text:
            found = (each for each in _URL.findall(plain) if each and each not in self._known)
            yield from (f"host {each.rpartition('@')[2]}" for each in found)
        if "@" in text:
            yield from (f"mailbox {each}" for each in _MAIL.findall(plain) if each not in self._known)

    def _arns(self, text: str) -> Iterator[str]:
        for match in _ARN.finditer(text):
            partition, service, region, account, rest = (each or "" for each in match.groups())
            if partition != self._partition:
                yield match[0]
            elif service == "s3" and not region and not account:
                if not self._bucket.fullmatch(rest.partition("/")[0]):
                    yield match[0]
            elif account != self._account:
                written = match[0].split(":", 2)[-1]
                if account or not any(each.fullmatch(written) for each in _ACCOUNTLESS):
                    yield match[0]

    def _inside(self, address: str) -> bool:
        """Whether an IPv4 address or block is of the VPC or known; proofs judge what is open to the whole internet."""
        if address in self._known or address in ("0.0.0.0/0", "127.0.0.1"):
            return True
        try:
            return IPv4Network(address, strict=False).subnet_of(self._network)
        except ValueError:
            return False

    def _names_host(self, leaf: Leaf, text: str) -> bool:
        if leaf.key or text in self._known or not _HOST.fullmatch(text):
            return False
        if (leaf.body.section, leaf.steps[-1]) in _ADDRESSES:
            return False
        if (
            not NO_HOSTS.isdisjoint((leaf.steps[0], *leaf.steps[-2:]))
            or (leaf.body.type, leaf.steps[-1]) in _KEYS_OF_OBJECTS
            or _names_metric(leaf)
        ):
            return False
        if self._aws_name.fullmatch(text):
            return False
        service = _SERVICE.fullmatch(text)
        return service is None or service["service"] not in SERVICES


def _names_metric(leaf: Leaf) -> bool:
    """Whether a value is the second one in a row of a dashboard's graph, which is a metric's name."""
    return leaf.body.type == "aws_cloudwatch_dashboard" and leaf.steps[-3:-2] == ("metrics",) and leaf.steps[-1] == 1


def harmless(leaf: Leaf) -> bool:
    """Whether a value is a small number or a word in lower case, where no name is wanted: the most are."""
    value = leaf.value
    if not isinstance(value, str):
        return value < 10**11
    if not (value.isidentifier() and value.islower()):
        return False
    return leaf.key or _PLACES.isdisjoint(leaf.steps[-2:])


def _shown(text: str) -> str:
    """A name as it fits a line, without the words in it that could be a key or a token."""
    line = _LONG_WORD.sub(lambda found: f"{found[0][:4]}…" if _could_be_secret(found[0]) else found[0], text)
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _could_be_secret(word: str) -> bool:
    """Whether a long word looks drawn at random: names are of one case, and words in them are joined by hyphens."""
    return word != word.lower() or ("-" not in word and any(each.isdigit() for each in word))


def _account_of(number: float) -> str:
    """A number as Terraform would write it where a text is wanted, if it could be an account; else nothing."""
    return str(int(number)) if 10**11 <= number < 10**12 else ""


def _names_in(text: str) -> Iterator[str]:
    yield from text.splitlines()
    for pattern in (_ACCOUNT, _IDS, _URL, _MAIL, _HOST):
        yield from pattern.findall(text)
