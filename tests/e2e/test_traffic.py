"""What was deployed carries requests: the road of a question, each hop's refusal, and what a release or a loss does.

The tests share the deployment of deployed_site.py and run in order; each leaves the site as it found it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from local_aws.endpoint import SEARCH_DOMAIN
from pipeline.errors import ExitCode
from tests.e2e.deployed_site import (
    BLOCKED_WORD,
    PAGES,
    QUESTION,
    RATE,
    WAIT_SECONDS,
    answers,
    service,
    set_secret,
    until,
    want_tasks,
    without_tasks,
)
from tests.e2e.site import Answered, Configuration, Site
from tests.support.budgets import spend

pytestmark = pytest.mark.slow

# Hops of a question.
HOPS = {
    *("cloudfront", "waf", "VPC origin", "network", "load balancer", "target"),
    *("identity", "model", "search", "guardrail"),
}
INGRESS, EGRESS = "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"
TASKS = 7
STREAMS = 200
STREAM_SECONDS = 60
# Each question is embedded, searched and answered within seconds, which a small machine can't for all of them in one.
BETWEEN_SECONDS = 0.1
VISITORS = 4


def _deploy_anew(site: Site) -> None:
    ecs, found = service(site)
    ecs.update_service(cluster=found["clusterArn"], service=found["serviceName"], forceNewDeployment=True)


def _targets(site: Site) -> list[str]:
    """Health of the targets, as the load balancer sees it."""
    elb = site.checkout.client("elbv2")
    (group,) = [each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]]
    found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [each["TargetHealth"]["State"] for each in found]


def _shows(site: Site, text: str) -> bool:
    return text in _decided(site)


@contextmanager
def _deregistration_delay(site: Site, seconds: int) -> Iterator[None]:
    elb, name = site.checkout.client("elbv2"), "deregistration_delay.timeout_seconds"
    (group,) = [each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]]
    found = elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    before = [each for each in found if each["Key"] == name]
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": name, "Value": str(seconds)}])
    yield
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=before)


def _decided(site: Site, hop: str = "") -> str:
    """What decided at the steps of a hop, or at every step, on the road of a question."""
    return "\n".join(step.decided for step in site.trace(QUESTION).steps if hop in ("", step.hop))


def test_a_question_is_answered_from_the_index(site: Site) -> None:
    found = site.ask(QUESTION)
    assert found.status == 200
    assert found.headers["content-type"].startswith("text/event-stream")
    assert "strict-transport-security" in found.headers, "the distribution's response headers policy"
    assert found.text.startswith("The garden is open every day from 9:00 to 18:00.")
    assert found.names == [*["token"] * found.names.count("token"), "sources", "done"]
    assert {"title": "Opening hours", "url": "https://garden.example/Opening hours"} in found.of("sources")["sources"]


def test_trace_names_every_hop(site: Site) -> None:
    done = site.checkout.must("trace", "--env", str(site.file), "--json", QUESTION)
    assert {each["hop"] for each in done.json["road"]} == HOPS
    assert [each for each in done.json["road"] if not each["decided"]] == []


def test_a_question_is_a_trace_without_a_word_of_it(site: Site) -> None:
    word = f"quetzal{os.getpid()}"
    done = site.checkout.must("trace", "--env", str(site.file), "--json", f"{QUESTION} {word}").json
    assert [(each["depth"], each["name"], each["status"]) for each in done["spans"]] == [
        (0, "POST /api/chat", "UNSET"),
        (1, "retrieve", "UNSET"),
        (2, "embeddings amazon.titan-embed-text-v2:0", "UNSET"),
        (2, "search site", "UNSET"),
        (1, "chat us.amazon.nova-lite-v1:0", "UNSET"),
    ]
    kept = "\n".join(_lines(site, "aws/spans", done["trace_id"]))
    for words in (word, QUESTION, "garden", "9:00", "127.0.0.1", *PAGES, *PAGES.values()):
        assert words not in kept
    told = {json.loads(each)["message"] for each in _lines(site, "/sitechat/local/app", done["trace_id"])}
    assert {"answer", "metrics", "request"} <= told


def _lines(site: Site, group: str, text: str) -> list[str]:
    """Lines of a log group that hold a text, of which there are some."""
    found: list[str] = []

    def came() -> bool:
        events = site.checkout.client("logs").filter_log_events(logGroupName=group)["events"]
        found[:] = [each["message"] for each in events if text in each["message"]]
        return bool(found)

    until(came)
    return found


def test_what_the_site_refuses(site: Site) -> None:
    assert site.request("GET", "/nowhere").status == 404
    assert site.request("POST", "/", b"{}").status == 403, "CloudFront: the behaviour allows no POST"
    long = site.ask("x" * 20_000)
    assert long.status == 403, "WAF: a body above its size limit"
    moved = site.request("GET", "/", port=site.ports.http)
    assert moved.status == 301
    assert moved.headers["location"].startswith("https://")


def test_a_blocked_word_is_withheld(site: Site) -> None:
    assert site.ask(f"Do you use {BLOCKED_WORD}?").of("message")["code"] == "withheld"


def test_a_budget_that_is_used_up_denies_models_until_a_person_resumes(site: Site) -> None:
    env, endpoint = ("--env", str(site.file)), site.checkout.endpoint
    spend(endpoint.url, endpoint.account_id, "sitechat-local-models", 50)
    until(lambda: site.ask(QUESTION).names[-1] == "error")
    status = site.checkout.sitechat("bedrock", "status", *env)
    assert status.status == ExitCode.CHANGES, status.output
    resumed = site.checkout.must("bedrock", "resume", *env)
    assert "sitechat-local-us-east-1-task" in resumed.output
    until(lambda: answers(site))


def test_a_throttled_model_is_told(site: Site) -> None:
    site.fault(error="ThrottlingException", model="*nova*")
    try:
        assert site.ask(QUESTION).of("error")["code"] == "model_busy"
    finally:
        site.fault()
    assert answers(site)


def test_a_task_killed_in_the_middle_of_an_answer_cuts_it_and_is_replaced(site: Site) -> None:
    site.fault(model="*nova*", token_seconds=0.3)
    (before,) = site.tasks()
    visit = site.asking(QUESTION)
    visit.begun.wait(WAIT_SECONDS)
    site.kill(before["ip"])
    found = visit.result()
    site.fault()
    assert found.status == 200
    assert "token" in found.names
    assert "done" not in found.names
    assert not found.whole, "the visitor's connection breaks: nothing says that the answer ended"
    until(lambda: answers(site))
    assert [each["task"] for each in site.tasks()] != [before["task"]]


def test_a_draining_task_finishes_its_answer_while_others_go_to_the_new_one(site: Site) -> None:
    """The delay goes by the plane's clock, ten times as fast as an answer's tokens: it is raised for this test."""
    (before,) = site.tasks()
    with _deregistration_delay(site, 250):
        site.fault(model="*nova*", token_seconds=1, times=1)
        visit = site.asking(QUESTION)
        visit.begun.wait(WAIT_SECONDS)
        _deploy_anew(site)
        until(lambda: before["ip"] not in _decided(site, "target"))
        assert visit.running, "the answer was over before the release"
        found = visit.result()
    assert found.whole
    assert found.names[-1] == "done"
    until(lambda: before["ip"] not in {each["ip"] for each in site.tasks()})


def test_a_new_secret_reaches_new_tasks_alone(site: Site) -> None:
    conversation = site.ask(QUESTION).of("done")["conversation_id"]
    (before,) = site.tasks()
    set_secret(site, "second")
    assert site.ask(QUESTION, conversation).names[-1] == "done", "the task that runs knows the old key"
    _deploy_anew(site)
    until(lambda: before["ip"] not in {each["ip"] for each in site.tasks()})
    assert site.ask(QUESTION, conversation).status == 400
    assert answers(site)


def test_without_tasks_the_page_says_so(site: Site) -> None:
    with without_tasks(site):
        page = site.request("GET", "/")
        assert page.status == 200
        assert b"<!doctype html>" in page.body.lower()
        assert site.request("GET", "/health").status == 503
        assert site.ask(QUESTION).status == 503


def test_a_removed_rule_of_a_security_group_ends_a_question(site: Site) -> None:
    for rule, group in {"groups_cloudfront_to_alb": "net-alb", "groups_alb_to_task_in": "net-task"}.items():
        site.change("infrastructure", partial(_without, kind=INGRESS, name=rule))
        until(partial(_shows, site, f"{group}) has no inbound rule"))
        assert site.ask(QUESTION).status == 504
        site.change("infrastructure")
        until(lambda: answers(site))


def test_a_removed_permission_ends_a_question(site: Site) -> None:
    for policy, code in {
        "search_access": "search_403",
        "models_model_access": "embedding_AccessDeniedException",
    }.items():
        site.change("llm", partial(_without, kind="aws_iam_role_policy", name=policy))
        until(lambda: "error" in site.ask(QUESTION).names)
        assert site.ask(QUESTION).of("error")["code"] == code
    site.change("llm")
    until(lambda: answers(site))


def _without(configuration: Configuration, kind: str, name: str) -> None:
    resources = configuration["resource"][kind]
    (found,) = [each for each in resources if each.startswith(name)]
    del resources[found]


def test_a_wrong_target_port_ends_a_question(site: Site) -> None:
    def wrong(made: Configuration) -> None:
        (task,) = made["resource"]["aws_ecs_task_definition"].values()
        (service,) = made["resource"]["aws_ecs_service"].values()
        task["container_definitions"] = task["container_definitions"].replace(
            '"containerPort": 8080', '"containerPort": 8081'
        )
        service["load_balancer"][0]["container_port"] = 8081
        service["deployment_circuit_breaker"] = {"enable": False, "rollback": False}
        service |= {"deployment_minimum_healthy_percent": 0, "deployment_maximum_percent": 100}
        _moved_by_terraform(made)

    def opened(made: Configuration) -> None:
        for kind in (INGRESS, EGRESS):
            for name, rule in made["resource"][kind].items():
                if name.startswith("groups_alb_to_task"):
                    rule["to_port"] = 8081

    site.change("infrastructure", opened)
    site.change("service", wrong)
    until(lambda: site.ask(QUESTION).status == 502)
    site.change("service", _moved_by_terraform)
    site.change("infrastructure")
    until(lambda: answers(site))


def _moved_by_terraform(made: Configuration) -> None:
    """Let Terraform move the service to another task definition, which releases own otherwise."""
    (service,) = made["resource"]["aws_ecs_service"].values()
    service["lifecycle"] = {"ignore_changes": ["desired_count"]}


def test_two_hundred_streams_at_once_lose_nothing(site: Site) -> None:
    """Seven tasks, because each takes 32 streams; answers that last a minute, one token after the other."""

    def more(made: Configuration) -> None:
        (target,) = made["resource"]["aws_appautoscaling_target"].values()
        target |= {"min_capacity": TASKS, "max_capacity": TASKS}

    site.change("service", more)
    until(lambda: _targets(site) == ["healthy"] * TASKS)
    tokens = site.ask(QUESTION).names.count("token")
    site.fault(model="*nova*", token_seconds=STREAM_SECONDS / tokens)
    visits = []
    for _ in range(STREAMS):
        visits.append(site.asking(QUESTION))
        time.sleep(BETWEEN_SECONDS)
    assert all(each.running for each in visits), "the first answer was over before the last question"
    found = [each.result() for each in visits]
    site.fault()
    assert Counter((each.status, each.whole) for each in found) == {(200, True): STREAMS}
    assert {tuple(each.names) for each in found} == {(*["token"] * tokens, "sources", "done")}
    site.change("service")
    want_tasks(site, 1)
    until(lambda: len(site.tasks()) == 1)


def test_a_release_under_load_loses_no_question_and_leaves_the_plan_empty(site: Site) -> None:
    env = ("--env", str(site.file))
    source = site.checkout.root / "examples" / "sitechat_app" / "__init__.py"
    source.write_text(f"{source.read_text()}# another image\n")
    pushed = site.checkout.must("image", "push", *env, "--tag", "second", "--json").json
    (before,) = site.tasks()
    site.fault(model="*nova*", token_seconds=0.05)
    with _constant_load(site) as found:
        released = site.checkout.must("release", *env, "--image", pushed["digest"], "--json").json["release"]
        back = site.checkout.must("rollback", *env, "--yes", "--json").json["release"]
    site.fault()
    assert {(each.status, each.whole, *each.names[-1:]) for each in found} == {(200, True, "done")}
    assert len(found) >= 2 * VISITORS, "so many were asked that each had to begin anew"
    assert (released["result"], released["digest"]) == ("succeeded", pushed["digest"])
    assert (back["kind"], back["result"], back["task_definition"]) == ("rollback", "succeeded", released["before"])
    until(lambda: before["task"] not in {each["task"] for each in site.tasks()})
    planned = site.checkout.sitechat("plan", *env, "--layer", "service", "--detailed-exitcode", "--json")
    assert planned.status == 0, planned.output
    assert planned.json["pending"] is None


@contextmanager
def _constant_load(site: Site) -> Iterator[list[Answered]]:
    """Visitors who ask one question after the other; the list has their answers once the block is over."""
    found: list[Answered] = []
    over = threading.Event()

    def visit() -> None:
        while not over.is_set():
            found.append(site.ask(QUESTION))

    visitors = [threading.Thread(target=visit) for _ in range(VISITORS)]
    for each in visitors:
        each.start()
    try:
        yield found
    finally:
        over.set()
        for each in visitors:
            each.join()


def test_a_debug_copy_lives_beside_the_visitors_tasks_and_ends(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin is a program of the test's: nothing emulates what is typed. What it sees is what a person would."""
    seen = tmp_path / "seen.json"
    plugin = tmp_path / "session-manager-plugin"
    tasks = f"http://127.0.0.1:{site.ports.control}/tasks"
    plugin.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo 1.2.707.0; exit; fi\n'
        f'exec "{sys.executable}" -c "import urllib.request as u; '
        f"open('{seen}', 'wb').write(u.urlopen('{tasks}').read())\"\n"
    )
    plugin.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    sns, sqs, logs = (site.checkout.client(name) for name in ("sns", "sqs", "logs"))
    (topic,) = [each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith("-alarms")]
    queue = sqs.create_queue(QueueName="mails")["QueueUrl"]
    place = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=place)["SubscriptionArn"]
    until(lambda: len(site.tasks()) == 1 and _targets(site) == ["healthy"])  # what a release before left has ended
    before = {each["task"] for each in site.tasks()}
    told = site.checkout.must("exec", "--env", str(site.file), "--minutes", "5", "--json", "--", "env").json
    sns.unsubscribe(SubscriptionArn=subscription)

    copy = [each for each in json.loads(seen.read_text()) if each["task"] not in before]
    assert {each["task"] for each in copy} == {told["task"]}
    assert len(copy) == 2, "the application and what ends it are processes"
    until(lambda: {each["task"] for each in site.tasks()} == before)
    assert _targets(site) == ["healthy"], "no visitor ever reached it"
    bodies = [
        json.loads(each["Body"]) for each in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    (mail,) = [each["Message"] for each in bodies if each["Subject"] == "A shell is opened in sitechat local"]
    ecs, found = service(site)
    assert f"a debug copy of {found['taskDefinition'].rpartition('/')[2]}" in mail
    (note,) = logs.filter_log_events(logGroupName=told["log_group"], logStreamNames=[told["session"]])["events"]
    assert json.loads(note["message"])["opened"] == f"env in app of {told['task']}"
    streams = logs.describe_log_streams(logGroupName="/sitechat/local/app")["logStreams"]
    names = [each["logStreamName"] for each in streams]
    assert [name for name in names if name.endswith(told["task"].rpartition("/")[2])], "it logs as the others do"
    assert (
        ecs.list_task_definitions(familyPrefix="sitechat-local-app-debug", status="ACTIVE")["taskDefinitionArns"] == []
    )
    assert found["runningCount"] == len(before)


def test_a_search_that_is_gone_is_told(site: Site) -> None:
    site.checkout.client("opensearch").delete_domain(DomainName=SEARCH_DOMAIN)
    until(lambda: "error" in site.ask(QUESTION).names)
    assert site.ask(QUESTION).of("error")["code"] == "search_503"


def test_too_many_requests_are_blocked(site: Site) -> None:
    seen = {site.request("GET", "/health").status for _ in range(RATE + 10)}
    assert seen == {200, 403}
