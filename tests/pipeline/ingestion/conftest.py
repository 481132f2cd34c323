"""An environment with ingestion in the emulated AWS: ledger, bucket, and machine and functions of the test's choice."""

from __future__ import annotations

import io
import json
import socket
import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import local_aws
from config import Environment, load
from passages.layout import model_tag
from pipeline import session as session_module
from pipeline.ingestion.places import DeployedIngestion, find_ingestion
from pipeline.session import open_session
from pipeline.work import repo_root
from tests.pipeline.operations.support import Account

SOURCES = """
protection = false
auto_approve = true
[emulator]
enabled = true
[[ingestion.sources]]
name = "docs"
kind = "sitemap"
address = "https://docs.example.com/sitemap.xml"
[[ingestion.sources]]
name = "shop"
kind = "sitemap"
address = "https://shop.example.com/sitemap.xml"
"""
ROOT = repo_root()
DISTRIBUTIONS = ("beautifulsoup4", "soupsieve", "typing_extensions")
ROLE = "arn:aws:iam::123456789012:role/any"


@dataclass
class Deployed:
    """The environment, and what of AWS the tests put there."""

    account: Account
    env: Environment

    def found(self) -> DeployedIngestion:
        return find_ingestion(open_session(str(self.account.file), needs_terraform=False))

    def machine(self, states: dict[str, Any], start: str = "Only") -> str:
        """Put a state machine in the place of ingestion's."""
        definition = {"QueryLanguage": "JSONata", "StartAt": start, "States": states}
        made = self.account.client("stepfunctions").create_state_machine(
            name=self.env.names.resource("ingestion"), definition=json.dumps(definition), roleArn=ROLE
        )
        return str(made["stateMachineArn"])

    def page(self, page: str, *, source: str = "docs", **facts: str) -> None:
        """Put an item into the ledger."""
        item = {"source": source, "page": page, **facts}
        self.account.client("dynamodb").put_item(
            TableName=self.env.names.resource("pages-ledger"), Item={name: {"S": each} for name, each in item.items()}
        )

    def known(
        self, page: str, state: str, error: str = "", *, run: str = "r1", source: str = "docs", model: str = ""
    ) -> None:
        """Put a page into the ledger, with vectors of `model` (a tag; by default of the environment's)."""
        address = f"https://{source}.example.com/{page}"
        model = model or model_tag(self.env.bedrock.embedding_model_id)
        self.page(page, source=source, address=address, state=state, error=error, run=run, model=model)

    def function(self, module: str, code: str) -> None:
        """Put a function in the place of one of ingestion's."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("handler.py", code)
        self.account.client("lambda").create_function(
            FunctionName=self.env.names.resource(f"ingestion-{module}"),
            Runtime="python3.13",
            Role=ROLE,
            Handler="handler.handle",
            Code={"ZipFile": packed.getvalue()},
            Timeout=60,
        )

    def write(self, key: str, value: object) -> None:
        """Put an object into the bucket of pages."""
        self.account.client("s3").put_object(
            Bucket=self.env.names.bucket("pages"), Key=key, Body=json.dumps(value).encode()
        )


@pytest.fixture
def deployed(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """The environment's ledger and bucket, empty."""
    with account.file.open("a") as file:
        file.write(SOURCES)
    monkeypatch.setattr(local_aws, "status", lambda folder: account.endpoint)
    monkeypatch.setattr(session_module, "repo_root", lambda: tmp_path)
    env = load(str(account.file))
    account.client("dynamodb").create_table(
        TableName=env.names.resource("pages-ledger"),
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "source", "KeyType": "HASH"}, {"AttributeName": "page", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("source", "page")],
    )
    account.client("s3").create_bucket(Bucket=env.names.bucket("pages"))
    return Deployed(account, env)


def package() -> bytes:
    """The functions' package: our own code and what it imports, as installed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for path in (each for folder in ("ingestion", "passages") for each in (ROOT / folder).rglob("*.py")):
            file.write(path, path.relative_to(ROOT))
        for each in (each for name in DISTRIBUTIONS for each in distribution(name).files or ()):
            if each.suffix == ".py":
                file.write(Path(str(each.locate())), str(each))
    return packed.getvalue()


def answering(answers: dict[str, Any]) -> str:
    """Code of a function that answers by the event's `do`; an answer that is a text is the name of an error."""
    return (
        "import json\n"
        f"ANSWERS = json.loads({json.dumps(json.dumps(answers))})\n"
        "def handle(event, context):\n"
        "    answer = ANSWERS[event['do']]\n"
        "    if isinstance(answer, str):\n"
        "        name, _, message = answer.partition(' ')\n"
        "        raise type(name, (Exception,), {})(message)\n"
        "    return answer\n"
    )


@pytest.fixture
def unused_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
