"""Convert Terraform's output to one message, one next step and one exit code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import EMULATED_ANEW, EMULATED_DOWN, ExitCode, SitechatError, lock_holder

_FRAME = re.compile(r"^╷\n(.*?)^╵", re.MULTILINE | re.DOTALL)
# Lines shown of each error; the rest repeats the first lines.
SHOWN_LINES = 12


@dataclass(frozen=True)
class KnownFailure:
    """A known kind of failure: `pattern` is searched in the errors; `message` and `hint` may use {env} and {layer}."""

    pattern: str
    code: ExitCode
    message: str
    hint: str


# Terraform's words for a state object whose hash isn't the one in the lock table.
UNEXPECTED_STATE = "does not have the expected content"

NO_STATE_BUCKET = KnownFailure(
    r'S3 bucket "\S+" does not exist|The referenced S3 bucket must have been previously created',
    ExitCode.MISSING,
    "the state bucket of {env} does not exist",
    "Create it with `sitechat bootstrap --env {env}`.",
)

SEARCHED_ALREADY = KnownFailure(
    r"AWS::XRay::TransactionSearchConfig[^\n]*AlreadyExists",
    ExitCode.FAILED,
    "Transaction Search is on already in the account and region of {env}, and no state knows it",
    'Where somebody else has switched it on, set [monitoring] transaction_search = "adopt". Where a cut-off run of '
    "{env} has, send them to X-Ray again: `aws xray update-trace-segment-destination --destination XRay`; then deploy.",
)
UNWRITTEN_SPANS = KnownFailure(
    r"XRay does not have permission to call PutLogEvents",
    ExitCode.FAILED,
    "X-Ray may not write spans yet: AWS takes some seconds until a new resource policy counts",
    "`sitechat deploy --env {env}` goes on with what is left.",
)

EXISTS = KnownFailure(
    # As the services say it, in words or as an error's code; no state knows it, or Terraform would not create it.
    r"already exists?\b|AlreadyExists?|AlreadyOwnedByYou|InvalidPermission\.Duplicate|InvalidGroup\.Duplicate"
    r"|DuplicateListener|PriorityInUse|InvalidSubnet\.Conflict|AlreadyAssociated|is already associated"
    r"|already has an internet gateway|conflicting DNS domain",
    ExitCode.FAILED,
    "AWS has something already that {layer} wants to create, and its state doesn't know it",
    "`sitechat recover --env {env}` shows what a cut-off run made; its --repair imports it. What it doesn't show "
    "belongs to somebody else: docs/runbooks/killed-apply.md.",
)

KNOWN = (
    KnownFailure(
        # Nothing else of AWS is on loopback. Terraform says it as Go does, botocore with the address.
        r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\S* ?[^\n]*connection refused"
        r"|Could not connect to the endpoint URL: \"https?://(?:[\w.-]+\.)?(?:127\.0\.0\.1|localhost|\[::1\])[:/]",
        ExitCode.MISSING,
        EMULATED_DOWN,
        EMULATED_ANEW,
    ),
    NO_STATE_BUCKET,
    KnownFailure(
        r"Error acquiring the state lock[\s\S]*?ResourceNotFoundException",
        ExitCode.MISSING,
        "the lock table of {env} does not exist",
        "Create it with `sitechat bootstrap --env {env}`.",
    ),
    KnownFailure(
        r"No valid credential sources|ExpiredToken|InvalidClientTokenId|UnrecognizedClientException"
        r"|token has expired|failed to refresh cached credentials|no EC2 IMDS role found",
        ExitCode.MISSING,
        "AWS accepts no credentials of this shell",
        "Sign in to the account of {env} (for example `aws sso login`), then run the command again.",
    ),
    KnownFailure(
        r"RequestTimeTooSkewed|Signature not yet current|Signature expired|RequestExpired",
        ExitCode.MISSING,
        "AWS refuses requests of this machine: its clock is wrong",
        "Set the clock (for example with NTP), then run the command again.",
    ),
    KnownFailure(
        r"(?i:no space left on device|disk quota exceeded|file too large)",
        ExitCode.FAILED,
        "the disk is full: Terraform could not write what it needs for {layer}",
        "Free some space where `.sitechat/` is; then `sitechat deploy --env {env}` goes on with what is left.",
    ),
    KnownFailure(
        r"not a valid zip file",  # Terraform 1.11 does not notice a truncated plan file
        ExitCode.FAILED,
        "the plan of {layer} could not be written whole",
        "Free some space where `.sitechat/` is, then plan again with `sitechat plan --env {env}`.",
    ),
    SEARCHED_ALREADY,
    UNWRITTEN_SPANS,
    EXISTS,
    KnownFailure(
        r"Throttling|Rate exceeded|TooManyRequests|RequestLimitExceeded|\bSlowDown\b",
        ExitCode.FAILED,
        "AWS answers too many requests from this account; {layer} gave up after many tries",
        "Wait some minutes; then `sitechat deploy --env {env}` goes on with what is left.",
    ),
    KnownFailure(
        r"Saved plan is stale|Saved plan does not match the given state",
        ExitCode.REFUSED,
        "the plan of {layer} is stale: its state has changed since",
        "Plan again with `sitechat plan --env {env}`.",
    ),
    KnownFailure(
        UNEXPECTED_STATE,
        ExitCode.FAILED,
        "the state of {layer} in the bucket is not the one the lock table remembers",
        "A write was cut off, or the object was changed or deleted. `sitechat recover --env {env}` shows which copy is "
        "right; its --repair restores it (docs/runbooks/state-damaged.md).",
    ),
    KnownFailure(
        # Terraform 1.4 and newer writes into its provider cache while others read it: hashicorp/terraform#31964.
        r"text file busy|Failed to install provider from shared cache|provider binary not found",
        ExitCode.FAILED,
        "the AWS provider could not be installed for {layer}: another Terraform writes into the same provider cache, "
        "or was cut off while it did",
        "Wait for the other one, then run the command again. If it fails again, delete the cache (what "
        "TF_PLUGIN_CACHE_DIR, or plugin_cache_dir in Terraform's CLI configuration, names; else "
        "`.sitechat/cache/plugins`): it is filled anew.",
    ),
    KnownFailure(
        r"checksums previously recorded",
        ExitCode.REFUSED,
        "the AWS provider that was found for {layer} is not the published one: its checksum is another",
        "Look where it comes from (SITECHAT_PROVIDER_MIRROR, or a mirror in Terraform's CLI configuration). "
        "pipeline/terraform/providers.lock.hcl lists what is taken.",
    ),
    KnownFailure(
        r"Failed to query available provider packages|Failed to install provider",
        ExitCode.MISSING,
        "the AWS provider could not be installed",
        "Without the registry, let SITECHAT_PROVIDER_MIRROR name a folder of `terraform providers mirror`.",
    ),
    KnownFailure(
        r"Required plugins are not installed|Inconsistent dependency lock file|match any of the checksums",
        ExitCode.MISSING,
        "the AWS provider that {layer} was set up with is gone or is another one now",
        "Run the command again: it installs the provider anew.",
    ),
)

# File to which Terraform writes a state it could not store, and the text that then begins the hint.
UNSTORED = (
    "errored.tfstate",
    "The state of {layer} was not stored: `sitechat recover --env {env} --repair` does that, before anything else.",
)

# Layers of the bootstrap, whose locks `sitechat recover` doesn't look for.
OWN_STATE = frozenset({"backend", "ci"})

STOPPED = {
    "user": (
        ExitCode.INTERRUPTED,
        "interrupted during {layer}; Terraform saved its state and released its lock",
        "Run the same command again: it goes on with what is left. Only `apply` needs a new `sitechat plan` before.",
    ),
    "before": (
        ExitCode.INTERRUPTED,
        "interrupted before anything of {layer} was changed; its lock is released",
        "Run the same command again.",
    ),
    "killed": (
        ExitCode.FAILED,
        "Terraform was killed during {layer}: what it made last may be in no state, and its lock is held",
        "See what is left with `sitechat recover --env {env}`; its --repair imports it.",
    ),
    "limit": (
        ExitCode.FAILED,
        "Terraform took longer than its time limit for {layer} and was stopped; its state is saved",
        "Look for what was in progress below, then go on with `sitechat deploy --env {env}`.",
    ),
}


def explain_failure(
    output: str, *, env: str, layer: str, directory: str, stopped: str = "", changing: bool = True
) -> SitechatError:
    """The error for a failed Terraform command. `output` is everything it printed.

    `changing` is whether the command changes resources or states: an interrupted one then says what became of them.
    """
    stopped = "before" if stopped == "user" and not changing else stopped
    detail = condensed_errors(output)
    values = {"env": env or "ENV", "layer": layer or "this layer"}
    error = _explained(output, detail, directory, stopped, values)
    if UNSTORED[0] in output and not error.message.startswith(EMULATED_DOWN):
        error.hint = f"{UNSTORED[1].format(**values)} {error.hint}"
    return error


def explain_refusal(text: str, *, env: str, layer: str) -> SitechatError:
    """Error for a request about a layer's state that AWS refused; `text` is what botocore says about it."""
    values = {"env": env, "layer": layer}
    for known in KNOWN:
        if re.search(known.pattern, text) or (known is NO_STATE_BUCKET and "NoSuchBucket" in text):
            return _error(known.message.format(**values), text, known.hint.format(**values), known.code)
    return SitechatError(f"the state of {layer} can't be read: {text}", code=ExitCode.FAILED)


def explain_mismatch(found: str, remembered: str, *, env: str, layer: str) -> SitechatError:
    """Error for a state object that isn't the one that the lock table remembers; it has both MD5s, for the runbook."""
    sums = f"Calculated checksum: {found or 'no object'}\nStored checksum: {remembered or 'none'}"
    return explain_refusal(f"{UNEXPECTED_STATE}\n{sums}", env=env, layer=layer)


def _explained(output: str, detail: str, directory: str, stopped: str, values: dict[str, str]) -> SitechatError:
    if stopped:
        code, message, hint = STOPPED[stopped]
        shown = detail if stopped == "limit" else ""
        return _error(message.format(**values), shown, hint.format(**values), code)
    errors = " ".join("\n".join(_errors(output) or [output]).split())  # Terraform breaks long lines
    for known in KNOWN:
        if re.search(known.pattern, errors) and not (known is EXISTS and values["layer"] in OWN_STATE):
            return _error(known.message.format(**values), detail, known.hint.format(**values), known.code)
    if "Error acquiring the state lock" in output:
        return _lock_held(output, directory, **values)
    hint = "Nothing that was finished is lost: `sitechat deploy --env {env}` plans what is left."
    return _error("Terraform failed in {layer}".format(**values), detail, hint.format(**values), ExitCode.FAILED)


def condensed_errors(output: str) -> str:
    """Terraform's error blocks without frames and blank lines, each shortened; without any block, the last lines."""
    errors = _errors(output)
    if not errors:
        return "\n".join(line for line in output.strip().splitlines()[-SHOWN_LINES:])
    return "\n".join("\n".join(block.splitlines()[:SHOWN_LINES]) for block in dict.fromkeys(errors))


def _errors(output: str) -> list[str]:
    """Blocks that are errors; text of plans and warnings could match any pattern.

    With -no-color Terraform draws no frames: a block then begins with its first word, and ends with the next one.
    """
    framed = re.findall(_FRAME, output)
    plain = re.split(r"^(?=(?:Error|Warning): )", re.sub(_FRAME, "", output), flags=re.MULTILINE)[1:]
    return [block for block in map(_unframed, (*framed, *plain)) if block.startswith("Error")]


def _unframed(block: str) -> str:
    """Text of a block in its frame. Lines of our JSON, such as "1100: }", and their numbers tell nobody anything."""
    lines = [re.sub(r"^│ ?", "", line).rstrip() for line in block.splitlines()]
    kept = [line for line in lines if line.strip() and not re.match(r"\s*\d+:(?:\s|$)", line)]
    return "\n".join(re.sub(r"^(\s*)on \S+\.tf\.json line \d+, (in .+?):?$", r"\1\2", line) for line in kept)


def explain_locks(locks: Mapping[str, Mapping[str, Any]], *, env: str, directory: str = "") -> SitechatError:
    """Error for the locks that others hold, by layer, each as Terraform describes it (ID, Who, Operation, Created).

    `directory` is where Terraform releases a lock of the bootstrap.
    """
    told, releases = [], []
    for layer, lock in locks.items():
        lock_id = str(lock.get("ID") or "")
        holder = lock_holder(*(str(lock.get(key) or "") for key in ("Who", "Operation", "Created")))
        told.append(f"the state of {layer} is locked by {holder}, lock ID {lock_id or 'unknown'}")
        own = layer in OWN_STATE
        release = f"terraform -chdir={directory} force-unlock" if own else f"sitechat recover --env {env} --unlock"
        releases += [f"`{release} {lock_id}`"] if lock_id else []
    hint = "Wait until it is done."
    if releases:
        hint += f" Only if nobody is working any more: {', '.join(releases)}."
    return _error("\n".join(told), "", hint, ExitCode.LOCKED)


def _lock_held(output: str, directory: str, *, env: str, layer: str) -> SitechatError:
    found = {
        key: match.group(1)
        for key in ("ID", "Who", "Operation", "Created")
        if (match := re.search(rf"^│?\s+{key}:\s+(.+?)\s*$", output, re.MULTILINE))
    }
    return explain_locks({layer: found}, env=env, directory=directory)


def _error(message: str, detail: str, hint: str, code: ExitCode) -> SitechatError:
    return SitechatError(f"{message}\n{detail}".rstrip(), hint=hint, code=code)
