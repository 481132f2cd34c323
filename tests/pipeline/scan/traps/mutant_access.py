"""Mutants of permissions: policies, trust, and what is shared."""

from __future__ import annotations

import functools
import importlib.util
import json
import random
from collections.abc import Callable
from pathlib import Path as Folder
from typing import Any

from tests.pipeline.scan.traps.copies import Config
from tests.pipeline.scan.traps.mutation import Configs, Mutant, blocks, body, brings, cut, ignored, paths, replaces

_DOCUMENT = "aws_iam_policy_document"
_FOREIGN = ("999999999999", "222222222222", "123456789012")
_ACTIONS = ("*", "iam:*", "s3:*", "iam:PassRole", "sts:AssumeRole", "kms:Decrypt", "secretsmanager:GetSecretValue",
            "iam:CreateUser", "lambda:*", "ec2:*", "S3:GetObject", "s3:Get*", "bedrock:*", '${"*"}', "",
            "es:ESHttp*")  # fmt: skip
_SHARES = ("permission", "policy", "grant", "share", "access", "attachment", "principal", "membership",
"subscription",
           "delegat", "replication", "association", "peering", "invitation", "role", "user", "group", "endpoint",
           "authoriz", "export", "destination", "launch", "public", "provider", "accepter")  # fmt: skip


@functools.cache
def provider_types() -> tuple[str, ...]:
    """Every type of resource that the provider's bindings know; nothing of them is imported."""
    spec = importlib.util.find_spec("cdktf_cdktf_provider_aws")
    assert spec
    (place,) = spec.submodule_search_locations or [""]
    names = (path.name for path in Folder(place).iterdir() if (path / "__init__.py").exists())
    return tuple(sorted(f"aws_{name}" for name in names if not name.startswith(("data_aws", "_"))))


def arguments(rng: random.Random) -> Config:
    """Arguments that many types have."""
    foreign = rng.choice(_FOREIGN)
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    )
    every: Config = {
        "name": "x", "policy": text, "role": "x",
        "principal": rng.choice(["*", foreign, f"arn:aws:iam::{foreign}:root"]),
        "bucket": "x", "statement_id": "x", "action": "lambda:InvokeFunction", "function_name": "x",
        "account_id": foreign,
        "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess", "key_id": "x", "resource_arn": "*",
        "group": "x",
        "user": "x", "vpc_id": "x", "subnet_id": "x",
        "peer_owner_id": foreign, "destination_arn": f"arn:aws:logs:us-east-1:{foreign}:destination:x",
    }  # fmt: skip
    return {key: every[key] for key in rng.sample(list(every), rng.randrange(1, 6))}


def policy(rng: random.Random, configs: Configs) -> Mutant:
    """A wider statement, or a policy that can't be read."""
    return rng.choice([_statement, _statement, _statement, _document, _unreadable, _attached])(rng, configs)


def _documents(rng: random.Random, configs: Configs, *words: str) -> tuple[str, str, Config]:
    found = [each for each in blocks(configs, _DOCUMENT) if not words or any(word in each[1] for word in words)]
    layer, address = rng.choice(found)
    return layer, address, body(configs[layer], address)


def _statement(rng: random.Random, configs: Configs) -> Mutant:
    layer, address, own = _documents(rng, configs)
    at = rng.randrange(len(own["statement"]))
    statement = own["statement"][at]
    allows = statement.get("effect", "Allow") == "Allow"
    star = [{"type": rng.choice(["*", "AWS"]), "identifiers": ["*"]}]
    changes: list[tuple[str, Callable[[Config], object]]] = [
        ("effect in another case", lambda s: s.update(effect=rng_word)),
        ("effect computed", lambda s: s.update(effect='${"Allow"}')),
    ]
    rng_word = rng.choice(["allow", "ALLOW", "deny", "Alow", "", None, "Allow "])
    action = rng.choice(_ACTIONS)
    if allows:
        more = rng.choice(
            ["*", "arn:aws:s3:::evil/*", f"arn:aws:iam::{rng.choice(_FOREIGN)}:role/x", "${var.x}", "arn:aws:*:*:*:*"]
        )
        changes += [
            (f"action {action!r} more", lambda s: s.update(actions=[*s.get("actions", []), action])),
            (f"resource {more} more", lambda s: s.update(resources=[*s.get("resources", []), more])),
            ("every resource", lambda s: s.update(resources=["*"])),
            ("not_actions", lambda s: s.update(not_actions=s.pop("actions", []))),
            ("not_resources", lambda s: s.update(not_resources=s.pop("resources", []))),
        ]
        if statement.get("resources") == ["*"]:
            changes = [each for each in changes if each[0] != "every resource"]
        if "condition" in statement:
            changes.append(("without condition", lambda s: s.pop("condition")))
            changes.append(("weaker condition", lambda s: s["condition"][0].update(values=["*"])))
            changes.append(
                ("reversed condition", lambda s: s["condition"][0].update(test=f"{s['condition'][0]['test']}IfExists"))
            )
        if "principals" in statement:
            changes.append((f"principals {star}", lambda s: s.update(principals=star)))
            changes.append(("not_principals", lambda s: s.update(not_principals=s.pop("principals"))))
    else:
        changes += [
            ("Deny becomes Allow", lambda s: s.update(effect="Allow")),
            ("denies another action", lambda s: s.update(actions=["s3:GetBucketAcl"])),
            ("denies another resource", lambda s: s.update(resources=["arn:aws:s3:::evil"])),
        ]
    text, change = rng.choice(changes)
    return Mutant(
        f"{layer}/{address} statement {at}: {text}",
        layer,
        address,
        lambda config: ignored(change, body(config, address)["statement"][at]),
    )


def _document(rng: random.Random, configs: Configs) -> Mutant:
    layer, address, own = _documents(rng, configs)
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    wide = {"sid": "X", "actions": [rng.choice(_ACTIONS[:10])], "resources": ["*"]}
    one = rng.randrange(len(own["statement"]))
    key, value = rng.choice(
        [
            ("statement", [*own["statement"], wide]), ("statement", [wide]), ("statement", []), ("statement", "x"),
            ("statement", wide), ("source_policy_documents", [text]), ("override_policy_documents", [text]),
            ("override_policy_documents", ["${data.aws_iam_policy.x.policy}"]), ("version", "2008-10-17"),
            ("dynamic", {"statement": {}}),
            ("source_policy_documents", text),
            ("statement", [each for at, each in enumerate(own["statement"]) if at != one]),
        ]
    )  # fmt: skip
    return replaces(layer, address, (key,), value)


def _unreadable(rng: random.Random, configs: Configs) -> Mutant:
    found = [
        (layer, address, path)
        for layer, address in blocks(configs)
        if not address.startswith("data.")
        for path, value in paths(body(configs[layer], address))
        if isinstance(value, str) and "policy" in str(path[-1]) and ("Statement" in value or "_document." in value)
    ]
    layer, address, path = rng.choice(found)
    own: Any = body(configs[layer], address)
    for step in path:
        own = own[step]
    inner = str(own).removeprefix("${").removesuffix("}")
    wide = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]})
    value = rng.choice(
        [
            f'${{replace({inner}, "a", "b")}}', "${jsonencode({})}", f"${{coalesce({inner})}}", '${file("x")}',
            "${var.x}", "${local.x}",
            f'${{true ? {inner} : ""}}', f"{own} ", f"{own}{own}", "", wide, "{}", "[]",
            "null", '${base64decode("e30=")}', wide[:-1],
            "${data.aws_iam_policy_document.gone.json}", f"${{({inner})}}",
            "%{ if true }{}%{ endif }", f"${{format(\"%s\", {inner})}}",
        ]
    )  # fmt: skip
    return replaces(layer, address, path, value)


def _attached(rng: random.Random, configs: Configs) -> Mutant:
    kind = rng.choice(
        [each for each in provider_types() if "iam_" in each or each.endswith(("_policy", "_policy_attachment"))]
    )
    return brings(rng.choice(list(configs)), f"{kind}.evil", arguments(rng))


def trust(rng: random.Random, configs: Configs) -> Mutant:
    """Who else may act as a role."""
    foreign = rng.choice(_FOREIGN)
    if rng.random() < 0.15:
        kind = rng.choice(
            [
                each
                for each in provider_types()
                if each.startswith(("aws_iam_", "aws_ssoadmin", "aws_cognito", "aws_rolesanywhere"))
            ]
        )
        return brings("infrastructure", f"{kind}.evil", arguments(rng))
    layer, address, own = _documents(rng, configs, "_trust")
    at = rng.randrange(len(own["statement"]))
    kind, name = rng.choice(
        [
            ("AWS", f"arn:aws:iam::{foreign}:root"), ("AWS", foreign), ("AWS", "*"), ("*", "*"), ("AWS",
            "AROACKCEVSQ6C2EXAMPLE"),
            ("AWS", f"arn:aws:iam::{foreign}:user/x"), ("Service", "ec2.amazonaws.com"), ("Service",
            "evil.amazonaws.com"),
            ("Service", "*"), ("Federated", f"arn:aws:iam::{foreign}:saml-provider/x"), ("Federated",
            "accounts.google.com"),
            ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"), ("AWS",
            "arn:aws:iam::111111111111:root"),
            ("AWS", f'${{format("arn:aws:iam::%s:root", "{foreign}")}}'), ("AWS",
            "${data.aws_caller_identity.x.account_id}"),
            ("AWS", "arn:aws:iam::111111111111:user/alice"), ("Service", "${\"ec2\"}.amazonaws.com"), ("aws",
            "*"), ("AWS", ""),
            ("AWS", f'${{join("", ["arn:aws:iam::", "{foreign}", ":root"])}}'), ("Service",
            "cloudformation.amazonaws.com"),
        ]
    )  # fmt: skip
    principal = {"type": kind, "identifiers": [name]}
    statement = {"actions": ["sts:AssumeRole"], "effect": "Allow", "principals": [principal]}
    first = own["statement"][at].get("principals", [principal])
    every = ("statement", at)
    options = [
        replaces(layer, address, ("statement",), [*own["statement"], statement]),
        replaces(layer, address, (*every, "principals"), [principal]),
        replaces(layer, address, (*every, "principals"), [*first, principal]),
        replaces(
            layer, address, (*every, "principals"), [{**first[0], "identifiers": [*first[0]["identifiers"], name]}]
        ),
    ]
    if "condition" in own["statement"][at]:
        options.append(
            Mutant(
                f"{layer}/{address} without condition",
                layer,
                address,
                lambda config: cut(body(config, address), ("statement", at, "condition")),
            )
        )
    return rng.choice(options)


def sharing(rng: random.Random, configs: Configs) -> Mutant:
    """A type of the provider that could share something; a policy of a resource that lets others in; foreign places."""
    choice = rng.random()
    if choice < 0.55:
        kind = rng.choice([each for each in provider_types() if any(word in each for word in _SHARES)])
        return brings(rng.choice(list(configs)), f"{kind}.evil", arguments(rng))
    if choice < 0.8:
        layer, address, own = _documents(rng, configs, "bucket", "topic", "key", "queue", "alarms", "deliver")
        foreign = rng.choice([{"type": "*", "identifiers": ["*"]}, {"type": "AWS",
        "identifiers": [rng.choice(_FOREIGN)]},
                              {"type": "Service", "identifiers": ["evil.amazonaws.com"]}])  # fmt: skip
        condition = rng.choice(
            [[], [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}],
             [{"test": "StringLike", "variable": "aws:PrincipalArn", "values": ["*"]}],
             [{"test": "StringEquals", "variable": "aws:PrincipalOrgID", "values": ["o-evil"]}],
             [{"test": "IpAddress", "variable": "aws:SourceIp", "values": ["0.0.0.0/0"]}],
             [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": [rng.choice(_FOREIGN)]}]]
        )  # fmt: skip
        action = rng.choice(
            ["s3:GetObject", "kms:Decrypt", "sns:Publish", "sqs:ReceiveMessage", "s3:PutBucketPolicy", "s3:*"]
        )
        statement = {
            "effect": "Allow",
            "actions": [action],
            "resources": ["*"],
            "principals": [foreign],
            "condition": condition,
        }
        return replaces(layer, address, ("statement",), [*own["statement"], statement])
    found = [
        (layer, address, path, value)
        for layer, address in blocks(configs)
        for path, value in paths(body(configs[layer], address))
        if isinstance(value, str)
        and ("arn:aws:" in value or ".arn}" in value or "account" in str(path[-1]))
        and "policy" not in str(path[-1])
    ]
    layer, address, path, value = rng.choice(found)
    new = value.replace("111111111111", rng.choice(_FOREIGN))
    if new == value:
        new = rng.choice(
            [
                f"arn:aws:sns:us-east-1:{rng.choice(_FOREIGN)}:evil",
                "arn:aws:s3:::evil",
                "arn:aws:iam::999999999999:role/x",
            ]
        )
    return replaces(layer, address, path, new)
