"""What a price assumes and no setting says, in words: every constant of the pricers is in one of these rows."""

from __future__ import annotations

from config.application_metrics import INGESTION_METRICS, METRICS, Often
from config.rules.ingestion import PASSAGES_PER_PAGE
from pipeline.cost import state_backend as state
from pipeline.cost import usage
from pipeline.cost.model import HOURS
from pipeline.cost.pricers import audit, compute, models, network, observability, storage


def _shortly(seconds: dict[str, int]) -> str:
    return ", ".join(f"{name} {each}" for name, each in seconds.items())


def _count(*often: Often) -> int:
    return sum(metric.billed for metric in METRICS if metric.often in often)


# What, and what is assumed of it.
ASSUMPTIONS = (
    ("month", f"{HOURS} hours, {storage.DAYS_PER_MONTH} days of what is kept"),
    (
        "requests",
        f"{usage.REQUESTS_PER_CHAT} a question of a visitor: pages with their files, robots, checks of "
        "health; 1 a question of the probe",
    ),
    ("data to visitors", f"{usage.KIB_PER_RESPONSE} KiB a request"),
    ("data between tasks and AWS", f"{usage.AWS_TRAFFIC_MIB_PER_CHAT} MiB a question, pulled images included"),
    (
        "tasks",
        f"`min_tasks`, and `max_tasks` in `busy_percent` of the month: {usage.BUSY_SECONDS_PER_CHAT} seconds a "
        "question; after the first release, before which there are none",
    ),
    (
        "releases",
        f"where CodeDeploy shifts visitors, {compute.RELEASES_PER_MONTH} a month in which all tasks run twice: "
        f"{compute.START_MINUTES} minutes to start, and the shift, `bake_minutes` and `termination_wait_minutes`",
    ),
    ("Spot", "low and expected: the table's price; high: the price on demand"),
    (
        "log of the application",
        f"{usage.APP_LOG_BASE_MIB} MiB a month, and {usage.APP_LOG_KIB_PER_CHAT} KiB a question",
    ),
    ("flow logs", f"{usage.FLOW_LOG_BASE_MIB} MiB a month, and {usage.FLOW_LOG_KIB_PER_CHAT} KiB a question"),
    (
        "other logs",
        f"{observability.KIB_PER_WAF_RECORD} KiB a record of the firewall, {observability.KIB_PER_EVENT} KiB one of "
        f"CloudTrail, {observability.BYTES_PER_TOKEN} bytes a token in the log of model calls, "
        f"{observability.QUIET_LOG_MIB} MiB a month in groups that are usually quiet; stored at "
        f"{observability.STORED_SHARE:.0%} of their size",
    ),
    (
        "spans",
        f'with `monitoring.tracing = "otlp"`, {usage.SPANS_PER_CHAT} spans of {usage.KIB_PER_SPAN} KiB a traced '
        "question, kept for `monitoring.spans_retention_days`; Application Signals is off, for it would cost the same "
        "again",
    ),
    (
        "traces",
        'with `monitoring.tracing = "sidecar"`, one a traced question, recorded and once more matched by the group; '
        "looking at them is left out: the first million that are retrieved or scanned in a month are free",
    ),
    (
        "tokens embedded",
        f"{usage.TOKENS_PER_QUESTION} a question; {PASSAGES_PER_PAGE} passages of {usage.TOKENS_PER_PASSAGE} a changed "
        f"page; {usage.CHARACTERS_PER_TOKEN} characters a token",
    ),
    (
        "guardrail",
        f"{models.QUESTION_TEXT_UNITS} text unit a question, {models.PASSAGE_TEXT_UNITS} a passage that is checked, "
        f"{models.CHARACTERS_PER_TEXT_UNIT:,} characters a text unit; grounding reads all input tokens",
    ),
    (
        "model's cache",
        "with `cached_tokens_percent`, the other tokens are priced as written to the cache, which is the most",
    ),
    (
        "load balancer",
        f"the larger of {network.CONNECTIONS_PER_LCU_HOUR // 3600} connections a second and 1 GB an hour to a capacity "
        "unit; a public one has an IPv4 address in each subnet",
    ),
    (
        "customer key",
        f"{usage.KEY_USES_PER_CHAT} uses a question, {usage.KEY_USES_PER_PAGE} a page of ingestion, "
        f"{usage.KEY_USES_PER_LOG_GROUP} a month for each encrypted log group; keys share them equally",
    ),
    (
        "buckets of logs",
        f"{storage.KIB_PER_REQUEST} KiB a request, {storage.KIB_PER_TRAIL_EVENT} KiB an event of the trail, "
        f"{storage.KIB_PER_ITEM} KiB an item of AWS Config, kept for `logs.audit_retention_days`; {storage.WRITERS} "
        f"writers with {usage.FILES_PER_WRITER:,} files a month each, {storage.RECORDER_FILES} files of AWS Config",
    ),
    (
        "ingestion",
        f"{usage.S3_REQUESTS_PER_PAGE} requests to S3, {compute.TRANSITIONS_PER_PAGE} transitions and "
        f"{storage.READS_PER_PAGE} reads of the ledger a page; {storage.KIB_PER_PASSAGE} KiB a passage, a ledger of a "
        f"few MB; seconds a page: {_shortly(compute.SECONDS_PER_PAGE)}",
    ),
    (
        "other functions",
        f"{compute.RUNS_PER_MONTH} runs of {compute.RUN_SECONDS} seconds a month: they run when something is deployed. "
        f"The probe runs at its interval, {compute.PROBE_SECONDS} seconds each; all that follows questions counts its "
        f"questions, too. The model's quota is read once a day, {compute.QUOTA_SECONDS} seconds each; the retention of "
        f"spans is put as often, {compute.RETENTION_SECONDS} seconds each",
    ),
    (
        "Container Insights",
        f"where `service.container_insights` is on: {compute.METRICS_PER_CLUSTER} metrics a cluster, "
        f"{compute.METRICS_PER_SERVICE} a service, {compute.METRICS_PER_FAMILY} a task definition, all month",
    ),
    ("scaling", f"{compute.ALARMS_PER_POLICY} alarms for each target-tracking policy"),
    (
        "metrics of log filters (CIS)",
        f"low: no hour has a match; expected: {observability.MATCHED_SHARE:.0%} of the hours; high: every hour",
    ),
    (
        "metrics of the application",
        "each by the hours in which it has values, as many as there are questions, of which the probe's have "
        "tokens and cost alone: "
        f"{_count('question', 'answer')} with every question or answer, and up to {_count('seldom')} seldom, in "
        f"{observability.MATCHED_SHARE:.0%} of these hours; low: never, high: in all. Of ingestion "
        f"{len(INGESTION_METRICS)} a source, in {observability.MATCHED_SHARE:.0%} of the hours",
    ),
    ("mails", f"{observability.MAILS_PER_MONTH} a month and topic"),
    (
        "account guards",
        f"{audit.SECURITY_CHECKS:,} Security Hub checks, {usage.CONFIGURATION_ITEMS} Config items, "
        f"{audit.EVALUATIONS_PER_RULE} evaluations a rule, {audit.IMAGES_PUSHED} images pushed, each kept one scanned "
        f"{audit.RESCANS_PER_IMAGE} times again, {usage.FINDING_EVENTS} events about findings with "
        f"{usage.TRANSITIONS_PER_EVENT} steps each; S3 events: requests of ingestion and of what writes logs",
    ),
    (
        "state backend",
        f"{state.STATE_GB} GB, {state.STATE_PUTS:,} writes, {state.STATE_KEY_USES:,} uses of its key, "
        f"{state.LOCK_WRITES:,} writes of locks a month; not in the total",
    ),
    ("visitors", "all in North America; CloudFront costs more elsewhere"),
)
