"""Recipients of alarms and findings: SNS sends nothing to an address that hasn't confirmed."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "alarm mails"
# SubscriptionArn of an address that hasn't confirmed (SNS API, Subscription).
PENDING = "PendingConfirmation"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether somebody gets what the topics send."""
    env = account.env
    topics = {"alarms": (env.monitoring.alarm_emails, "[monitoring] alarm_emails")}
    if env.security.watches:
        topics["security"] = (env.security_emails, "[security] emails")
    for purpose, (addresses, setting) in topics.items():
        yield _topic(account, env.names.resource(purpose), addresses, setting)


def _topic(account: Account, name: str, addresses: tuple[str, ...], setting: str) -> Diagnosis:
    arn = account.env.place.arn("sns", name)
    answer = account.find("sns", "list_subscriptions_by_topic", "NotFound", TopicArn=arn)
    listed = (answer or {}).get("Subscriptions", [])
    waiting = sorted(each["Endpoint"] for each in listed if each["SubscriptionArn"] == PENDING)
    confirmed = [each for each in listed if each["SubscriptionArn"] != PENDING]
    if waiting:
        fix = "Each opens the mail from AWS Notifications and confirms; a deployment that finds none sends it again."
        return Diagnosis(NAME, "yellow", f"{name}: not confirmed by {', '.join(waiting)}", fix)
    if not addresses and not confirmed:
        return Diagnosis(NAME, "yellow", f"{name} goes to nobody", f"Name recipients in {setting}.")
    if answer is None:
        return Diagnosis(NAME, "green", f"{name} will ask {len(addresses)} recipients to confirm")
    return Diagnosis(NAME, "green", f"{name} goes to {len(confirmed)} recipients")
