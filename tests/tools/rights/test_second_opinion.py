"""Actions of requests, compared with what an emulator that checks policies takes them for."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from local_aws.emulators import emulators_python
from policies.rights.actions import actions_of
from tools.rights.operations import operation_of

# Service as it is signed for and as ministack calls it, and the request.
REQUESTS = (
    ("s3", "s3", "HEAD /bucket"),
    ("s3", "s3", "GET /bucket?list-type=2"),
    ("s3", "s3", "GET /bucket?versions="),
    ("s3", "s3", "GET /bucket?lifecycle="),
    ("s3", "s3", "PUT /bucket?lifecycle="),
    ("s3", "s3", "GET /bucket?encryption="),
    ("s3", "s3", "PUT /bucket?encryption="),
    ("s3", "s3", "GET /bucket?publicAccessBlock="),
    ("s3", "s3", "PUT /bucket?publicAccessBlock="),
    ("s3", "s3", "PUT /bucket?ownershipControls="),
    ("s3", "s3", "GET /bucket?accelerate="),
    ("s3", "s3", "GET /bucket?object-lock="),
    ("s3", "s3", "GET /bucket?replication="),
    ("s3", "s3", "GET /bucket?notification="),
    ("s3", "s3", "GET /bucket?cors="),
    ("s3", "s3", "PUT /bucket/key"),
    ("s3", "s3", "HEAD /bucket/key"),
    ("s3", "s3", "GET /bucket/key?tagging="),
    ("lambda", "lambda", "POST /2015-03-31/functions/f/invocations"),
    ("lambda", "lambda", "GET /2015-03-31/functions/f"),
    ("es", "opensearch", "GET /2021-01-01/opensearch/domain/d"),
    ("route53", "route53", "GET /2013-04-01/hostedzone/Z1"),
    ("cloudfront", "cloudfront", "GET /2020-05-31/distribution/E1"),
    ("bedrock", "bedrock", "POST /guardrails"),
)
ASK = """
import json, sys
from ministack.core.iam_actions import extract_iam_action
asked = json.load(sys.stdin)
take = lambda each: extract_iam_action(each["service"], each["method"], each["path"], {}, b"", each["query"])
print(json.dumps(list(map(take, asked))))
"""


@pytest.fixture(scope="module")
def opinions() -> Mapping[str, str]:
    asked = []
    for _, service, request in REQUESTS:
        method, _, rest = request.partition(" ")
        parts = urlsplit(rest)
        query = parse_qs(parts.query, keep_blank_values=True)
        asked.append({"service": service, "method": method, "path": parts.path, "query": query})
    done = subprocess.run(
        [str(emulators_python()), "-c", ASK], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    return dict(zip((request for _, _, request in REQUESTS), json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize(("signed_for", "request_line"), [(signed, request) for signed, _, request in REQUESTS])
def test_an_emulator_agrees(opinions: Mapping[str, str], signed_for: str, request_line: str) -> None:
    assert actions_of(operation_of(signed_for, request_line)) == (opinions[request_line],)
