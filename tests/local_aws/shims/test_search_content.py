"""The inside of a search domain, asked over TLS at the endpoint that the domain describes."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws import Endpoint, start, stop
from local_aws.endpoint import RunFiles

Make = Callable[..., Any]
Ask = Callable[..., tuple[int, Any]]
NAME = "content"
SECURITY = "_plugins/_security/api"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("without-traffic")


@pytest.fixture(scope="module")
def endpoint(run_folder: Path) -> Iterator[Endpoint]:
    """A run without the data plane, whose door to OpenSearch would answer instead."""
    yield start(run_folder, traffic=False)
    stop(run_folder)


@pytest.fixture(scope="module")
def certificate(endpoint: Endpoint, run_folder: Path) -> Path:
    return RunFiles(run_folder).certificate


@pytest.fixture
def ask(endpoint: Endpoint, certificate: Path, client: Make) -> Iterator[Ask]:
    """Signed requests to a domain that lives for one test."""
    es = client("opensearch")
    es.create_domain(DomainName=NAME, VPCOptions={"SubnetIds": ["subnet-0123456789abcdef0"]})
    host = es.describe_domain(DomainName=NAME)["DomainStatus"]["Endpoints"]["vpc"]
    signer = SigV4Auth(Credentials(endpoint.account_id, "emulated"), "es", "us-east-1")
    handler = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate)))

    def send(method: str, path: str, body: object | None = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        signed = AWSRequest(method, f"https://{host}/{path}", data=data, headers={"content-type": "application/json"})
        signer.add_auth(signed)
        request = urllib.request.Request(signed.url, data=data, headers=dict(signed.headers.items()), method=method)
        try:
            with urllib.request.build_opener(handler).open(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    yield send
    es.delete_domain(DomainName=NAME)


@pytest.mark.parametrize("kind", ["roles", "rolesmapping"])
def test_roles_and_who_has_them(ask: Ask, kind: str) -> None:
    path = f"{SECURITY}/{kind}/reader"
    assert ask("GET", path)[0] == 404
    assert ask("PUT", path, {"backend_roles": ["a"]})[0] == 200
    assert ask("GET", path)[1]["reader"]["backend_roles"] == ["a"]
    assert ask("PUT", path, {"backend_roles": ["b"]})[0] == 200
    assert ask("GET", path)[1]["reader"]["backend_roles"] == ["b"]


def test_the_audit_log_is_off_until_it_is_switched_on(ask: Ask) -> None:
    config = ask("GET", f"{SECURITY}/audit")[1]["config"]
    assert config["enabled"] is False
    assert ask("PUT", f"{SECURITY}/audit/config", {**config, "enabled": True})[0] == 200
    assert ask("GET", f"{SECURITY}/audit")[1]["config"] == {**config, "enabled": True}


def test_an_index_is_as_its_template_says(ask: Ask) -> None:
    template = {"settings": {"index": {"knn": True, "number_of_replicas": 0}}, "mappings": {"dynamic": False}}
    wanted = {"index_patterns": ["site"], "template": template}
    assert ask("GET", "_index_template/site")[0] == 404
    assert ask("PUT", "_index_template/site", wanted)[0] == 200
    assert ask("GET", "site")[0] == 404
    assert ask("PUT", "site", {})[0] == 200
    assert ask("PUT", "site", {})[0] == 400
    index = ask("GET", "site")[1]["site"]
    assert index["mappings"] == {"dynamic": False}
    assert index["settings"]["index"] == {"knn": "true", "number_of_replicas": "0"}
    assert ask("PUT", "site/_settings", {"index": {"number_of_replicas": 1}})[0] == 200
    assert ask("GET", "site")[1]["site"]["settings"]["index"]["number_of_replicas"] == "1"
    kept = ask("GET", "_index_template/site")[1]["index_templates"][0]["index_template"]
    assert kept["template"]["settings"]["index"]["number_of_replicas"] == "0"


def test_an_index_can_be_asked_by_its_alias_and_by_a_pattern(ask: Ask) -> None:
    mapping = {"settings": {"index": {"knn": True}}, "mappings": {"dynamic": False}}
    ask("PUT", "_index_template/site", {"index_patterns": ["site", "site-*"], "template": mapping})
    assert ask("GET", "site-*?expand_wildcards=all") == (200, {})
    assert ask("PUT", "site-001", {"aliases": {"site": {}}})[0] == 200
    by_alias = ask("GET", "site")[1]
    assert by_alias == ask("GET", "site-*?expand_wildcards=all")[1]
    assert by_alias["site-001"]["aliases"] == {"site": {}}
    assert by_alias["site-001"]["mappings"] == {"dynamic": False}
    assert ask("PUT", "site", {})[0] == 400


def test_a_new_domain_is_empty(ask: Ask, client: Make) -> None:
    assert ask("PUT", "site", {})[0] == 200
    client("opensearch").delete_domain(DomainName=NAME)
    client("opensearch").create_domain(DomainName=NAME)
    assert ask("GET", "site")[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "_search"),
        ("GET", "_cat/indices"),
        ("POST", "site/_doc"),
        ("DELETE", "site"),
        ("PUT", "_bulk"),
        ("GET", f"{SECURITY}/internalusers/a"),
    ],
)
def test_the_rest_is_refused(ask: Ask, method: str, path: str) -> None:
    status, answer = ask(method, path, None if method == "GET" else {})
    assert status == 501
    assert "local_aws/coverage.py" in answer["message"]


def test_an_index_with_settings_of_its_own_is_refused(ask: Ask) -> None:
    assert ask("PUT", "site", {"settings": {}})[0] == 501


def test_nobody_is_believed_without_the_certificate(ask: Ask, client: Make) -> None:
    host = client("opensearch").describe_domain(DomainName=NAME)["DomainStatus"]["Endpoints"]["vpc"]
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"https://{host}/", timeout=10)
