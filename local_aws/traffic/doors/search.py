"""OpenSearch domains: policies decide, an engine a domain holds the documents, and nearest vectors are found here."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from local_aws.endpoint import SEARCH_DOMAIN
from local_aws.messages import Request
from local_aws.shims.search_security import SearchSecurity
from local_aws.traffic.doors.asgi import (
    MAX_BODY_BYTES,
    AwsError,
    Call,
    Closed,
    Door,
    Reply,
    RoadOf,
    json_reply,
    unknown,
)
from local_aws.traffic.doors.domains import Engine, Engines
from local_aws.traffic.doors.identity import Identity
from local_aws.traffic.doors.inside import permits, refusal, wanted_by
from local_aws.traffic.doors.knn import EngineError, NearestNeighbours, QueryError
from local_aws.traffic.road import RoadBook
from local_aws.traffic.world import World

# POST requests that only read; whatever else isn't GET or HEAD may change documents.
_READING = ("_search", "_msearch", "_count", "_mget", "_explain", "_field_caps", "_analyze", "_validate")
# What the engine lacks, beside what it says itself.
_LACKING = ("_snapshot", "_plugins", "_opendistro")
# Bodies that the engine doesn't get as they are.
_OURS = (b'"knn"', b'"hybrid"', b'"neural"')
_PASSED_ON = ("content-type", "accept")
# Roles inside a domain that may use the security plugin's own API ("Access control for the API", OpenSearch security).
_SECURITY_ROLES = {"all_access", "security_rest_api_access"}
_UNSUPPORTED = (b"unsupported_operation_exception", b"no handler found for uri")


class _Domain:
    """What the door keeps of one domain as long as its engine runs."""

    def __init__(self, engine: Engine, created: object) -> None:
        self.engine, self.created = engine, created
        self.neighbours = NearestNeighbours(engine)
        self.security = SearchSecurity()


class SearchDoor(Door):
    """ASGI application for the endpoints of all domains that the emulated OpenSearch service lists.

    A request is for the domain that its Host names, or for the only one there is beside the one that every run has:
    the emulated service gives all domains the same endpoint. Writes are visible at once, while a real domain shows them
    after up to a second. An engine that dies is replaced by an empty one. Engines write to `search.log` in `folder`;
    `binary` is their program, by default that of this interpreter's osmem-server.
    """

    def __init__(
        self,
        world: World,
        identity: Identity,
        roads: RoadBook | None = None,
        folder: Path | None = None,
        *,
        binary: Path | None = None,
        road_of: RoadOf | None = None,
        closed: Closed | None = None,
    ) -> None:
        super().__init__(roads, road_of, closed)
        self._world, self._identity = world, identity
        self.engines = Engines(binary, folder / "search.log" if folder else None)
        self._domains: dict[str, _Domain] = {}

    async def close(self) -> None:
        """End all engines: their content is gone."""
        self.engines.end()

    async def answer(self, call: Call) -> Reply:
        names = await self._listed(call)
        self._keep_only(names)
        name = _named(call, names)
        parts = call.parts
        if refused := await self._refused(call, name):
            return refused
        domain = await self._domain(call, name)
        if parts[:2] == ("_plugins", "_security"):
            return self._refused_security(call, domain) or _secured(domain.security, call)
        if parts and parts[0] in _LACKING:
            raise unknown(f"{call.method} {call.path} of a search domain")
        if (inside := self._refused_inside(call, domain)) is not None:
            call.road.step("search", f"roles inside {name}", f"refused {call.method} {call.path}", refused=True)
            return inside
        try:
            return await self._passed_on(call, name, domain)
        except QueryError as error:
            return json_reply(_query_failure(error), error.status)
        except EngineError as error:
            return Reply(error.status, error.body, (("content-type", "application/json"),))

    async def _listed(self, call: Call) -> frozenset[str]:
        search = self._world.client("opensearch", call.region or None)
        listed = await self._world.ask(f"search domains {call.region}", search.list_domain_names)
        return frozenset(each["DomainName"] for each in listed["DomainNames"])

    async def _refused(self, call: Call, name: str) -> Reply | None:
        """The answer of the domain's front, if it is no: what IAM and the domain's own policy say about the path."""
        region = call.region or self._world.region
        action = f"es:ESHttp{call.method.capitalize()}"
        path = unquote(call.path).strip("/")
        resource = f"arn:aws:es:{region}:{self._world.account_id}:domain/{name}/{path}"
        if not call.key_id or call.service != "es":
            call.road.step("identity", "nobody signed", f"refused {action} on {resource}", refused=True)
            return json_reply({"Message": f"User: anonymous is not authorized to perform: {action}"}, 403)
        # A domain in a VPC is reached through its own network interfaces, not through an endpoint with a policy.
        decision = await self._identity.decide(call.key_id, action, resource, in_vpc=False)
        outcome = "allowed" if decision.allowed else "refused"
        call.road.step("identity", decision.decided, f"{outcome} {action} on {resource}", refused=not decision.allowed)
        return None if decision.allowed else json_reply({"Message": decision.reason}, 403)

    def _refused_inside(self, call: Call, domain: _Domain) -> Reply | None:
        """The security plugin's no. Until somebody stored a role, nothing inside the domain is restricted."""
        caller = self._identity.caller(call.key_id)
        if caller is None or not domain.security.used:
            return None
        wanted = wanted_by(call.method, call.parts, call.body)
        if permits(domain.security.roles_of(caller.role_arn), wanted):
            return None
        return json_reply(refusal(wanted, caller.role_arn), 403)

    def _refused_security(self, call: Call, domain: _Domain) -> Reply | None:
        """The security plugin's no to whoever isn't its administrator, whatever IAM says."""
        caller = self._identity.caller(call.key_id)
        if caller is None or _SECURITY_ROLES & set(domain.security.names_of(caller.role_arn)):
            return None
        call.road.step("search", "roles inside the domain", f"refused {call.method} {call.path}")
        message = "No permission to access REST API: User does not have any role privileged for admin access"
        return json_reply({"status": "FORBIDDEN", "message": message}, 403)

    def _keep_only(self, names: frozenset[str]) -> None:
        for gone in self.engines.keep_only(names):
            self._domains.pop(gone, None)

    async def _domain(self, call: Call, name: str) -> _Domain:
        """The domain with its engine. One that was deleted and created again gets a new engine."""
        search = self._world.client("opensearch", call.region or None)
        described = await self._world.ask(
            f"search domain {call.region} {name}", lambda: search.describe_domain_config(DomainName=name)
        )
        created = described["DomainConfig"]["EngineVersion"]["Status"]["CreationDate"]
        found = self._domains.get(name)
        if found is not None and found.created != created:
            self._keep_only(frozenset(self._domains) - {name})
        engine = await self.engines.of(name)
        found = self._domains.get(name)
        if found is None or found.engine is not engine:
            found = self._domains[name] = _Domain(engine, created)
        return found

    async def _passed_on(self, call: Call, name: str, domain: _Domain) -> Reply:
        body = _unpacked(call)
        writes = call.method not in ("GET", "HEAD") and not any(part in _READING for part in call.parts)
        replaced = False
        if not writes and any(text in body for text in _OURS):
            body, replaced = await self.engines.run(_rewritten, domain.neighbours, call.parts, body), True
        path = f"{call.path}?{call.query}" if call.query else call.path
        headers = {name: value for name, value in call.headers.items() if name in _PASSED_ON}
        if writes:
            domain.neighbours.written()
        status, kind, content = await self.engines.run(domain.engine.request, call.method, path, body, headers)
        if writes:
            domain.neighbours.written()
        if status == 400 and any(text in content for text in _UNSUPPORTED):
            raise unknown(f"{call.method} {call.path} of a search domain ({content[:200].decode(errors='replace')})")
        did = f"{call.method} {call.path}: {status}"
        more = f", {_found(content)} by exact k-NN" if replaced else ""
        call.road.step("search", f"domain {name}", did + more, refused=status >= 400)
        return Reply(status, b"" if call.method == "HEAD" else content, (("content-type", kind),))


def _named(call: Call, names: frozenset[str]) -> str:
    """The domain that a request is for."""
    if len(names) > 1:
        names -= {SEARCH_DOMAIN}
    host = call.headers.get("host", "")
    label = host.split(".")[0].split(":")[0]
    hinted = [name for name in names if label == name or label.startswith((f"vpc-{name}-", f"search-{name}-"))]
    if len(hinted) == 1 or len(names) == 1:
        return hinted[0] if hinted else next(iter(names))
    if not names:
        raise AwsError(503, "ServiceUnavailableException", f"no search domain answers at {host}")
    raise unknown(f"one endpoint for {len(names)} search domains")


def _secured(security: SearchSecurity, call: Call) -> Reply:
    """The security plugin's own API, which the engine lacks."""
    request = Request(call.method, call.path, call.headers, "es", call.region, call.body)
    answer = security.answer(request, _nobody)
    assert answer is not None
    return Reply(answer.status, answer.body, tuple(answer.headers.items()))


def _nobody(request: Request) -> Any:
    raise AssertionError("the security plugin asks nobody else")


def _unpacked(call: Call) -> bytes:
    if call.headers.get("content-encoding") != "gzip":
        return call.body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(call.body)) as packed:
            body = packed.read(MAX_BODY_BYTES + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise AwsError(400, "ValidationException", f"the body is no gzip: {problem}") from None
    if len(body) > MAX_BODY_BYTES:
        raise AwsError(413, "RequestEntityTooLargeException", "the request is too large")
    return body


def _rewritten(neighbours: NearestNeighbours, parts: tuple[str, ...], body: bytes) -> bytes:
    """The body of `_search`, `_count` or `_msearch` without `knn` clauses."""
    indexes = parts[0] if parts and not parts[0].startswith("_") else ""
    try:
        if "_msearch" not in parts:
            return json.dumps(neighbours.rewritten(json.loads(body), indexes)).encode()
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
    except ValueError:
        return body
    for at in range(1, len(lines), 2):
        named = lines[at - 1].get("index", indexes)
        lines[at] = neighbours.rewritten(lines[at], ",".join(named) if isinstance(named, list) else named)
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _found(content: bytes) -> str:
    try:
        return f"{len(json.loads(content)['hits']['hits'])} documents"
    except (ValueError, LookupError, TypeError):
        return "answered"


def _query_failure(error: QueryError) -> dict[str, Any]:
    cause = {"type": error.code, "reason": error.message}
    failed = {"type": "search_phase_execution_exception", "reason": "all shards failed", "phase": "query"}
    return {"error": {"root_cause": [cause], **failed, "caused_by": cause}, "status": error.status}
