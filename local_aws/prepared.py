"""What the emulated account has from the start: a search domain, because one of Terraform's takes ten minutes."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

from local_aws.endpoint import ACCOUNT_ID, SEARCH_DOMAIN
from local_aws.errors import LocalAwsError

_DOMAINS = "/2021-01-01/opensearch/domain"
_SECONDS = 30.0


def make_search_domain(url: str, region: str) -> None:
    """Create the domain `SEARCH_DOMAIN` in a region of the emulated AWS at `url`. Raises LocalAwsError."""
    address = urlsplit(url)
    signed = (
        f"AWS4-HMAC-SHA256 Credential={ACCOUNT_ID}/20260101/{region}/es/aws4_request, SignedHeaders=host, Signature=0"
    )
    wanted = {"DomainName": SEARCH_DOMAIN, "EngineVersion": "OpenSearch_2.19"}
    headers = {"Authorization": signed, "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=_SECONDS)) as connection:
        try:
            connection.request("POST", _DOMAINS, json.dumps(wanted), headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise LocalAwsError(f"no search domain: {problem!r}", "see the log") from problem
    if answer.status != 200:
        raise LocalAwsError(f"no search domain: {answer.status} {said[:200]!r}", "see the log")
