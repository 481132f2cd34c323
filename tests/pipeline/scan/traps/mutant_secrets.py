"""Mutants with secrets: vendors' tokens, passwords beside their names, and secrets read into the state."""

from __future__ import annotations

import base64
import json
import random
import string

from tests.pipeline.scan.traps.copies import Config
from tests.pipeline.scan.traps.mutation import Configs, Mutant, blocks, body, brings, paths, put, replaces


def _token(rng: random.Random) -> tuple[str, str]:
    def letters(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
        return "".join(rng.choice(alphabet) for _ in range(count))

    upper, hexes, url = (
        string.ascii_uppercase + "234567",
        "0123456789abcdef",
        string.ascii_letters + string.digits + "-_",
    )
    pem = base64.b64encode(letters(900).encode()).decode()
    lines = "\n".join(pem[at : at + 64] for at in range(0, len(pem), 64))
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    claims = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"x"}').decode().rstrip("=")
    return rng.choice(
        [
            ("AWS key id", f"AKIA{letters(16, upper)}"), ("AWS session key id", f"ASIA{letters(16, upper)}"),
            ("GitHub", f"ghp_{letters(36)}"), ("GitHub app", f"ghs_{letters(36)}"),
            ("GitHub OAuth", f"gho_{letters(36)}"),
            ("GitHub fine-grained", f"github_pat_{letters(22)}_{letters(59)}"),
            ("GitLab", f"glpat-{letters(20, url)}"),
            ("Slack", f"xoxb-{letters(12, string.digits)}-{letters(12, string.digits)}-{letters(24)}"),
            ("Slack hook", f"https://hooks.slack.com/services/T{letters(8, upper)}/B{letters(8, upper)}/{letters(24)}"),
            ("Stripe", f"sk_live_{letters(24)}"), ("Stripe restricted", f"rk_live_{letters(24)}"),
            ("Google", f"AIza{letters(35, url)}"),
            ("npm", f"npm_{letters(36)}"), ("PyPI", f"pypi-AgEIcHlwaS5vcmc{letters(60, url)}"),
            ("SendGrid", f"SG.{letters(22, url)}.{letters(43, url)}"),
            ("Twilio", f"SK{letters(32, hexes)}"), ("JWT", f"{head}.{claims}.{letters(43, url)}"),
            ("Anthropic", f"sk-ant-api03-{letters(93, url)}AA"),
            ("OpenAI", f"sk-proj-{letters(48)}"), ("Hugging Face", f"hf_{letters(34)}"),
            ("DigitalOcean", f"dop_v1_{letters(64, hexes)}"),
            ("Telegram", f"{letters(9, '123456789')}:AA{letters(33, url)}"),
            ("Mailgun", f"key-{letters(32, hexes)}"),
            ("private key", f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"),
            ("RSA key", f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"),
            ("OpenSSH key", f"-----BEGIN OPENSSH PRIVATE KEY-----\n{lines}\n-----END OPENSSH PRIVATE KEY-----"),
            ("address with a password", f"postgres://app:{letters(14)}@db.example.org/x"),
            ("Redis", f"redis://:{letters(16)}@r.example.org:6379"),
            ("basic header", f"Basic {base64.b64encode(f'app:{letters(14)}'.encode()).decode()}"),
            ("bearer header", f"Bearer {letters(40)}"),
        ]
    )  # fmt: skip


_NAMED = (
    "DB_PWD",
    "PASSWORD",
    "API_KEY",
    "SECRET",
    "TOKEN",
    "DATABASE_DSN",
    "PASSPHRASE",
    "db_passwd",
    "AUTH",
    "PRIVATE_KEY",
    "credentials",
    "X",
)
_READS = ("data.aws_secretsmanager_secret_version", "data.aws_ssm_parameter", "data.aws_kms_secrets",
"data.aws_ecr_authorization_token",
          "data.aws_secretsmanager_random_password", "random_password", "tls_private_key", "aws_iam_access_key",
          "aws_secretsmanager_secret_version",
          "data.aws_eks_cluster_auth", "aws_ssm_parameter", "data.aws_lambda_invocation", "random_string",
          "aws_key_pair",
          "data.aws_rds_cluster", "aws_iam_user_login_profile", "data.aws_ssm_parameters_by_path",
          "data.aws_s3_object")  # fmt: skip


def secret(rng: random.Random, configs: Configs) -> Mutant:
    """A vendor's token anywhere, a password beside its name, or a secret that is read into the state."""
    if rng.random() < 0.2:
        return brings(
            rng.choice(list(configs)),
            f"{rng.choice(_READS)}.x",
            {"secret_id": "x", "name": "x", "length": 32, "user": "x"},
        )
    vendor, token = _token(rng)
    name = rng.choice(_NAMED)
    if name != "X" and rng.random() < 0.4:
        vendor, token = (
            f"password as {name}",
            "".join(rng.choice(string.ascii_letters + string.digits + "!%&*") for _ in range(18)),
        )
        return _in_environment(rng, configs, vendor, token, name)
    layer, address = rng.choice([each for each in blocks(configs) if not each[1].startswith("data.")])
    texts = [path for path, value in paths(body(configs[layer], address)) if isinstance(value, str)]
    tags = ("provider", "aws", 0, "default_tags", 0, "tags")
    made = [
        lambda: replaces(layer, address, ("tags",), {"x": token}),
        lambda: replaces(layer, address, ("description",), f"see {token}"),
        lambda: replaces(layer, address, rng.choice(texts or [("description",)]), token),
        lambda: Mutant("", layer, change=lambda c: c.setdefault("output", {}).update(x={"value": token})),
        lambda: Mutant("", layer, change=lambda c: put(c, ("terraform", "backend", "s3", "kms_key_id"), token)),
        lambda: Mutant("", layer, change=lambda c: put(c, (*tags, "x"), token)),
        lambda: _in_environment(rng, configs, vendor, token, rng.choice(["X", "SITE", "LOG_LEVEL"])),
    ]  # fmt: skip
    number = rng.randrange(len(made))
    mutant = made[number]()
    places = ("tag", "description", "any text", f"output of {layer}", "backend", "default tags", "environment")
    text = f"{vendor}: {places[number]} {mutant.address or layer}"
    return Mutant(text, mutant.layer, mutant.address, mutant.change, hidden=token)


def _in_environment(rng: random.Random, configs: Configs, vendor: str, token: str, name: str) -> Mutant:
    layer, address = rng.choice(blocks(configs, "aws_lambda_function", "aws_ecs_task_definition"))

    def change(config: Config) -> None:
        own = body(config, address)
        if "container_definitions" in own:
            containers = json.loads(own["container_definitions"])
            containers[0]["environment"].append({"name": name, "value": token})
            own["container_definitions"] = json.dumps(containers)
        else:
            own.setdefault("environment", {}).setdefault("variables", {})[name] = token

    return Mutant(f"{vendor}: environment variable of {layer}/{address}", layer, address, change, hidden=token)
