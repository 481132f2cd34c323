"""Limits of the emulation, with reasons. A test counts each table, so that they can only shrink.

docs/emulation.md is written from them: `python -m local_aws.document`.
"""

from __future__ import annotations

# Terraform resource types of dev and prod that can't be applied here.
UNCOVERED: dict[str, str] = {}

# "type.attribute" returned otherwise than by AWS; the reason says what to do.
FORGOTTEN: dict[str, str] = {
    "aws_bedrock_guardrail.description": "left out, the provider finds it unknown after apply: set it",
    "aws_bedrock_guardrail.sensitive_information_policy_config.regexes_config.description": "the same: set it",
    "aws_cloudfront_key_value_store.comment": "left out, it comes back as an empty text, an error: set it. "
    "Planned use: the second region",
    "aws_iam_service_linked_role.description": "left out, ministack invents one and each plan removes it: set it",
    "aws_lb.vpc_id": "names ministack's own VPC, because subnets are moto's: take the VPC's id from the VPC",
}

# Subjects that can be created here but don't act as in AWS.
UNPROVEN: dict[str, str] = {
    "requests": "moved by a data plane of ours that acts like CloudFront, WAF, the network and the load balancer, and "
    "tells the health of its targets, for functions in a VPC as well; with `sitechat local up --no-traffic`, and in a "
    "second region, none moves and every target is healthy",
    "tasks": "processes on ports of loopback, with the task definition's environment; memory, CPU and a read-only root "
    "are not enforced, nor the user unless it runs as root; target tracking and scheduled actions scale services, step "
    "scaling doesn't. Service Connect is accepted and forgotten: no task has a proxy, no call between tasks was tried. "
    "ECS Exec opens a session and notes it in the log, but carries nothing: no agent runs, and nothing is typed. "
    "Without the data plane tasks are only counted",
    "images": "`image push` needs no Docker: a folder stands for the image, run with the Python that pushed it; base "
    "images and RUN are not carried out, nobody scans and nobody signs",
    "models": "answers are sentences of the given passages, embeddings hashed n-grams: they show "
    "the way, not the quality. Calls through an application profile are counted under its id as `ModelId`: our choice "
    "for lack of a document of AWS, as Cloud Custodian's filter of metrics has it. Of a guardrail words and "
    "patterns act; topics, filters, grounding, names and profanity "
    "don't",
    "search": "one small engine a domain: nearest vectors are exact, writes visible at once; size, network, logs and "
    "snapshots do nothing. Without the data plane a domain keeps only what its bootstrap function puts there",
    "certificates": "issued at once, without a look at the validation record: a missing delegation isn't noticed",
    "permissions": "decide for tasks alone, at Bedrock, OpenSearch, X-Ray's endpoint for spans and the secrets of a "
    "start; whoever else signs may do everything, and signatures of code are never checked",
    "alarms": "evaluated by the data plane's clock, ten times as fast unless SITECHAT_CLOCK_FACTOR says otherwise, on "
    "what it and others measure and on metrics in the log lines of tasks, and topics are told; OpenSearch, filters of "
    "log groups and log lines of functions have no values, and a budget triggers where a test says what was spent. "
    "Without the data plane no state changes",
    "releases": "CodeDeploy is ours: deployments of ECS services run by the data plane's clock, shift the default "
    "actions of listeners, call hooks, heed alarms and roll back, as AWS's documents and users' reports tell; a task "
    "set is a hidden service, gone as soon as its tasks are told to stop. A rollback tells no lifecycle events, the "
    "service role decides nothing, triggers are silent, revisions are AppSpecs in JSON; rules with conditions, another "
    "region, no data plane, and the next deployment after one left without a rollback are 501. Ours is that visitors "
    "wait until the new tasks are healthy also where their checks begin with the test traffic. A rolling deployment "
    "is ministack's, but goes on until the targets of its tasks are healthy where the data plane runs. There alarms "
    "take it back, in the plane's region. Ours are how long they are watched once "
    "the old tasks are gone (the longest that one of them looks back; AWS computes it and doesn't say how), the "
    "words of `rolloutStateReason`, and that the way back starts new tasks of the revision before while its old ones "
    "go on; alarms that don't exist are 501",
    "workflows": "Step Functions runs definitions and their functions; a distributed map in JSONata fails, as does "
    "ingestion of more than 200 pages, and every error of a function is called Runtime.HandlerError, so what is "
    "retried by name is not",
    "findings": "nobody watches: trails, detectors, recorders and the hub are settings without events; "
    "X-Ray keeps spans as lines of `aws/spans` and indexes none",
}
