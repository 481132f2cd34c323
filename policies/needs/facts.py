"""Facts about what AWS services ask for, each once, with the document that says so and when it was read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """What a service or a role of ours asks for. `source` is guide and page, `read` the month it was looked up."""

    says: str
    source: str
    read: str = "2026-11"


FACTS: dict[str, Fact] = {
    # Roles: who takes them on, and with which source conditions.
    "ecs-assumes": Fact(
        "ECS takes on task and execution roles and sends account and cluster",
        "ECS developer guide, task-iam-roles, confused deputy",
    ),
    "lambda-assumes": Fact(
        "Lambda takes on the execution role and sends account and function",
        "Lambda developer guide, lambda-intro-execution-role, source conditions",
    ),
    "flow-logs-assumes": Fact(
        "The flow logs service takes on the role and sends account and flow log",
        "VPC user guide, flow-logs-iam-role",
    ),
    "trail-assumes": Fact(
        "CloudTrail takes on the role of its log group; no document says that it sends account or trail with it",
        "CloudTrail user guide, cloudtrail-required-policy-for-cloudwatch-logs",
    ),
    "events-assumes": Fact(
        "EventBridge takes on a target's role and sends account and rule",
        "EventBridge user guide, eb-use-identity-based, confused deputy",
    ),
    "budgets-assumes": Fact(
        "Budgets takes on the role of an action and sends account and budget",
        "AWS Cost Management user guide, budgets-action-role and cross-service-confused-deputy-prevention",
    ),
    "bedrock-assumes": Fact(
        "Bedrock takes on the role of invocation logging and sends account and source",
        "Bedrock user guide, model-invocation-logging",
    ),
    "states-assumes": Fact(
        "Step Functions takes on a state machine's role and sends account and state machine",
        "Step Functions developer guide, procedure-create-iam-role, cross-service confused deputy",
    ),
    "scheduler-assumes": Fact(
        "EventBridge Scheduler takes on a target's role and sends account and schedule group",
        "EventBridge Scheduler user guide, cross-service-confused-deputy-prevention",
    ),
    "codedeploy-assumes": Fact(
        "CodeDeploy takes on the role of a deployment group and sends account and group",
        "CodeDeploy user guide, security_confused_deputy",
    ),
    "ecs-shifts-assumes": Fact(
        "ECS takes on the roles of its own deployments, without source conditions",
        "ECS developer guide, AmazonECSInfrastructureRolePolicyForLoadBalancers and blue-green-permissions",
    ),
    "workflow-assumes": Fact(
        "GitHub's token names repository and branch, pull request or environment in its subject",
        "GitHub docs, about security hardening with OpenID Connect",
    ),
    # Work of services inside the roles.
    "ecs-starts-tasks": Fact(
        "The agent pulls the image, reads secrets and writes the log in the execution role",
        "ECS developer guide, task_execution_IAM_role",
    ),
    "layers-from-s3": Fact(
        "Image layers come from a bucket of AWS by URLs that ECR signs",
        "ECR user guide, vpc-endpoints, minimum S3 bucket permissions",
    ),
    "ecs-exec": Fact(
        "The agent in the task opens channels, logs the session and decrypts it",
        "ECS developer guide, ecs-exec",
    ),
    "lambda-in-vpc": Fact(
        "Lambda makes, describes and removes network interfaces in the role, without naming the function",
        "Lambda developer guide, configuration-vpc, execution role permissions",
    ),
    "lambda-logs": Fact(
        "Lambda writes the function's log in the role", "Lambda developer guide, monitoring-cloudwatchlogs"
    ),
    "lambda-environment": Fact(
        "Lambda decrypts the function's environment in the role",
        "Lambda developer guide, configuration-envvars-encryption",
    ),
    "lambda-dead-letters": Fact(
        "Lambda publishes events that failed to the topic in the role",
        "Lambda developer guide, invocation-async-retain-records",
    ),
    "flow-logs": Fact(
        "The flow logs service looks up groups and streams, and writes", "VPC user guide, flow-logs-iam-role"
    ),
    "trail-logs": Fact(
        "CloudTrail makes a stream named by account and region, and writes to it",
        "CloudTrail user guide, cloudtrail-required-policy-for-cloudwatch-logs",
    ),
    "bedrock-logs": Fact(
        "Bedrock writes to the stream aws/bedrock/modelinvocations", "Bedrock user guide, model-invocation-logging"
    ),
    "events-start": Fact(
        "EventBridge starts a rule's state machine in the target's role",
        "EventBridge user guide, eb-use-identity-based, Step Functions targets",
    ),
    "events-forward": Fact(
        "EventBridge puts events on the other region's bus in the target's role",
        "EventBridge user guide, eb-cross-region",
    ),
    "codedeploy-shifts": Fact(
        "CodeDeploy makes, promotes and deletes task sets, shifts listeners, watches alarms, calls hooks, passes roles",
        "CodeDeploy user guide, deployment-steps-ecs; AWS managed policy AWSCodeDeployRoleForECSLimited",
    ),
    "ecs-shifts": Fact(
        "ECS registers tasks in both target groups, and shifts the rules of listeners",
        "AWS managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers, v6",
    ),
    "ecs-calls-hook": Fact(
        "ECS calls the function that tries new tasks in the hook's role", "ECS developer guide, blue-green-permissions"
    ),
    # Our own code.
    "release-hook": Fact(
        "The function that CodeDeploy calls looks for new tasks, invokes the one in the VPC and reports the result",
        "constructs_lib/releases/hook_lambda/outer.py",
    ),
    "budget-denies": Fact(
        "Budgets attaches the policy of an action to its roles, and detaches it where the action is reversed",
        "AWS Cost Management user guide, billing-example-policies, budgets applying IAM policies",
    ),
    "model-stop": Fact(
        "The function that stops the model writes the object that pauses it, attaches the denial and tells people",
        "constructs_lib/bedrock/stop_lambda/handler.py",
    ),
    "model-quota": Fact(
        "The function that keeps alarms true reads quotas and alarms, puts thresholds and tells people",
        "constructs_lib/bedrock/quota_lambda/handler.py",
    ),
    "span-retention": Fact(
        "The function that has spans deleted in time puts the retention of their log group",
        "constructs_lib/observability/retention_lambda/handler.py",
    ),
    "application": Fact(
        "The application embeds, generates under the guardrail, and searches", "docs/application-contract.md"
    ),
    "search-bootstrap": Fact(
        "The function reads and writes settings of the domain", "constructs_lib/search/bootstrap_lambda/steps.py"
    ),
    "ingestion-loads": Fact(
        "The loader reads, fills, opens, closes and deletes versions of the index, and moves the alias",
        "ingestion/index/README.md",
    ),
    "ingestion": Fact(
        "Functions of ingestion fetch, embed, and keep a ledger, each with its own prefixes of one bucket",
        "ingestion/README.md",
    ),
    "missing-object": Fact(
        "S3 tells that an object isn't there only to whoever may list its bucket", "S3 API reference, GetObject"
    ),
    "machine-calls": Fact(
        "A state machine calls the functions that its definition names",
        "Step Functions developer guide, connect-lambda, IAM policies",
    ),
    "machine-items": Fact(
        "A state machine writes the items that its definition names",
        "Step Functions developer guide, connect-ddb, IAM policies",
    ),
    "machine-tells": Fact(
        "A state machine publishes to the topic that its definition names",
        "Step Functions developer guide, connect-sns, IAM policies",
    ),
    "machine-maps": Fact(
        "A distributed map starts, follows and stops executions of its own state machine",
        "Step Functions developer guide, iam-policies-eg-dist-map",
    ),
    "machine-logs": Fact(
        "A state machine that logs sets up the delivery of its log, in its role",
        "Step Functions developer guide, cw-logs, IAM policies for logging",
    ),
    "machine-traces": Fact(
        "A traced state machine asks for sampling rules and sends segments, in its role",
        "Step Functions developer guide, concepts-xray-tracing, IAM policies",
    ),
    "schedule-starts": Fact(
        "A schedule starts an execution of its state machine, in its role",
        "EventBridge Scheduler user guide, managing-targets-templated",
    ),
    "schedule-key": Fact(
        "EventBridge Scheduler decrypts a schedule's input in the target's role, with the schedule as context",
        "EventBridge Scheduler user guide, encryption-rest and security_iam_id-based-policy-examples",
    ),
    "table-key": Fact(
        "DynamoDB opens an encrypted table in the caller's name, with table and account as encryption context",
        "DynamoDB developer guide, encryption.usagenotes",
    ),
    "model-through-profile": Fact(
        "A call of an inference profile is checked for the profile, and for the model where it ends",
        "Bedrock user guide, inference-profiles-prereq",
    ),
    "guardrail-is-decrypted": Fact(
        "Bedrock decrypts a guardrail in the caller's name", "Bedrock user guide, guardrails-permissions-kms"
    ),
    "remote-state": Fact(
        "Terraform's backend lists, reads, writes and locks states", "Terraform documentation, S3 backend, permissions"
    ),
    "provider-asks": Fact(
        "Terraform's provider reads and changes the resources of the layers", "policies/rights/README.md"
    ),
    "bundles": Fact("One role puts bundles into the state bucket, another fetches them", "docs/ci.md"),
    "history": Fact(
        "The role that applies writes records of deployments and releases and deletes old ones; all read them",
        "docs/ci.md",
    ),
    "stopped-tasks": Fact("The role that applies says why the tasks of a release stopped", "docs/deployment.md"),
    "releases": Fact(
        "The role that releases registers a revision, puts it into service, follows it and records it", "docs/ci.md"
    ),
    "image-push": Fact("Docker pushes layers and a manifest", "ECR user guide, docker-push-ecr-image, permissions"),
    "bill": Fact("One role reads what the account was charged, and the tags it is told apart by", "docs/ci.md"),
    "leftovers": Fact(
        "The role that applies looks for what a cut-off run has made, before it creates", "docs/deployment.md"
    ),
    # Writers into buckets.
    "server-access-logs": Fact(
        "S3 writes server access logs and sends the source bucket and its account",
        "S3 user guide, enable-server-access-logging",
    ),
    "load-balancer-logs": Fact(
        "The log delivery of load balancers writes under AWSLogs and sends the load balancer",
        "Elastic Load Balancing guide, enable-access-logging",
    ),
    "log-delivery": Fact(
        "The delivery of logs writes under AWSLogs, with full control for the bucket's owner, for a delivery source",
        "CloudWatch Logs user guide, AWS-logs-infrastructure-V2-S3",
    ),
    "trail-delivery": Fact(
        "CloudTrail reads the bucket's ACL and writes with full control for its owner, as the trail",
        "CloudTrail user guide, create-s3-bucket-policy-for-cloudtrail",
    ),
    "trail-key": Fact(
        "CloudTrail describes the key; where the bucket has a bucket key it must decrypt, in the bucket's context",
        "CloudTrail user guide, create-kms-key-policy-for-cloudtrail; S3 user guide, bucket-key",
    ),
    "config-delivery": Fact(
        "Config reads the bucket's ACL, lists it and writes below Config with full control for its owner",
        "Config developer guide, s3-bucket-policy",
    ),
    # Readers.
    "origin-access-control": Fact(
        "CloudFront reads objects as the distribution",
        "CloudFront developer guide, private-content-restricting-access-to-s3",
    ),
    # Publishers to topics and queues.
    "alarm-publishes": Fact(
        "CloudWatch publishes alarms and sends account and alarm",
        "SNS developer guide, sns-access-policy-use-cases, CloudWatch alarms",
    ),
    "alarm-calls": Fact(
        "CloudWatch calls the function of an alarm and sends account and alarm",
        "CloudWatch user guide, alarms-and-actions-Lambda",
    ),
    "budget-publishes": Fact(
        "Budgets publishes and sends account and budget", "Cost Management user guide, budgets-sns-policy"
    ),
    "rule-publishes": Fact(
        "EventBridge publishes and sends the rule, but no account",
        "EventBridge user guide, eb-use-resource-based, SNS",
    ),
    "rule-queues": Fact(
        "EventBridge sends messages and events it could not deliver to a queue, and sends the rule",
        "EventBridge user guide, eb-use-resource-based, SQS; eb-rule-dlq",
    ),
    "trail-publishes": Fact(
        "CloudTrail publishes each delivery and sends the trail",
        "CloudTrail user guide, cloudtrail-permissions-for-sns-notifications",
    ),
    # Writers into log groups by the groups' own policy.
    "domain-logs": Fact(
        "OpenSearch makes streams and writes in batches, and sends account and domain",
        "OpenSearch developer guide, createdomain-configure-slow-logs",
    ),
    "spans": Fact(
        "X-Ray writes spans into two log groups of AWS's, and sends account and itself",
        "CloudWatch user guide, Enable-TransactionSearch",
    ),
    # Encryption.
    "key-administration": Fact(
        "The account must be able to change a key's policy, or KMS refuses the key",
        "KMS developer guide, key-policy-default; CreateKey, BypassPolicyLockoutSafetyCheck",
    ),
    "log-group-key": Fact(
        "CloudWatch Logs uses a group's key with the group's ARN as encryption context",
        "CloudWatch Logs user guide, encrypt-log-data-kms",
    ),
    "bucket-key": Fact(
        "S3 uses the bucket's key in the writer's or reader's name; with a bucket key the context is the bucket's ARN",
        "S3 user guide, UsingKMSEncryption and bucket-key",
    ),
    "topic-key": Fact(
        "SNS uses the topic's key in the publisher's name with the topic's ARN as encryption context",
        "SNS developer guide, sns-key-management",
    ),
    "queue-key": Fact(
        "SQS uses the queue's key in the sender's name with the queue's ARN as encryption context",
        "SQS developer guide, sqs-key-management",
    ),
    "secret-key": Fact(
        "Secrets Manager decrypts in the reader's name with the secret's ARN as encryption context",
        "Secrets Manager user guide, security-encryption",
    ),
}
