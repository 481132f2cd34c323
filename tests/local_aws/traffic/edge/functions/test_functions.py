"""Functions of a behaviour, in Node.js as they are deployed."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest

from tests.local_aws.traffic.edge.fakes import Got, Site, says

ARN = "arn:aws:cloudfront::123456789012:function/switch"
STORE = "arn:aws:cloudfront::123456789012:key-value-store/regions"


def deploy(site: Site, code: str, event: str = "viewer-request", *, stores: tuple[str, ...] = (), **more: Any) -> None:
    """A published function at /api/*."""
    config = {"Runtime": "cloudfront-js-2.0"} | more
    config["KeyValueStoreAssociations"] = {
        "Quantity": len(stores),
        "Items": [{"KeyValueStoreARN": each} for each in stores],
    }
    summary = {"Name": "switch", "FunctionConfig": config, "FunctionMetadata": {"FunctionARN": ARN}}
    site.world.all["functions"] = [{"summary": summary, "code": code}]
    site.world.behaviour("/api/*")["FunctionAssociations"] = {
        "Quantity": 1,
        "Items": [{"EventType": event, "FunctionARN": ARN}],
    }


def visit(site: Site, path: str = "/api/x", **more: Any) -> Got:
    """One request; the worker ends with it, as it belongs to the loop."""

    async def scenario() -> Got:
        try:
            return await site.sent("GET", path, **more)
        finally:
            await site.edge.close()

    return asyncio.run(scenario())


def test_a_request_is_changed(site: Site) -> None:
    deploy(
        site,
        """
        function handler(event) {
            const request = event.request;
            request.uri = "/api/v2" + request.uri.slice(4);
            request.headers["x-seen"] = {value: event.viewer.ip + " " + request.headers["x-a"].value};
            request.querystring.more = {value: "2"};
            request.cookies.c = {value: "3"};
            delete request.headers["x-gone"];
            return request;
        }
        """,
    )
    headers = (("X-A", "1"), ("X-Gone", "1"), ("Cookie", "b=2"))
    got = visit(site, "/api/x?q=1", headers=headers)
    sent = site.origins.last
    assert (got.status, sent.path) == (200, "/api/v2/x?q=1&more=2")
    assert (sent.header("x-seen"), sent.header("x-gone")) == ("127.0.0.1 1", None)
    assert sent.header("cookie") == "b=2; c=3"
    assert sent.header("host") == site.world.domain
    assert "function switch: asks for /api/v2/x" in got.steps()


def test_values_that_come_again_stay_apart(site: Site) -> None:
    deploy(site, "function handler(event) { return event.request; }")
    visit(site, "/api/x?a=1&b=2&a=3", headers=(("X-A", "1"), ("X-A", "2")))
    assert sorted(site.origins.last.path.partition("?")[2].split("&")) == ["a=1", "a=3", "b=2"]
    assert [value for name, value in site.origins.last.headers if name == "X-A"] == ["1", "2"]


def test_a_function_may_answer(site: Site) -> None:
    deploy(
        site,
        """
        function handler(event) {
            return {
                statusCode: 302,
                headers: {location: {value: "/elsewhere"}},
                cookies: {a: {value: "1", attributes: "Secure"}},
                body: "moved",
            };
        }
        """,
    )
    got = visit(site)
    assert (got.status, got.header("location"), got.body) == (302, "/elsewhere", b"moved")
    assert got.header("set-cookie") == "a=1; Secure"
    assert got.header("x-cache") == "FunctionGeneratedResponse from cloudfront"
    assert site.origins.asked == []


def test_an_answer_is_changed_and_still_streams(site: Site) -> None:
    deploy(
        site,
        """
        function handler(event) {
            const response = event.response;
            response.headers["x-new"] = {value: event.request.uri};
            response.cookies.b.attributes = "Secure";
            return response;
        }
        """,
        "viewer-response",
    )
    site.origins.service = says("body", set_cookie="b=2; Path=/")
    got = visit(site)
    assert (got.body, got.header("x-new"), got.header("set-cookie")) == (b"body", "/api/x", "b=2; Secure")
    site.origins.service = says("broken", 500, set_cookie="b=2")
    got = visit(site)
    assert (got.status, got.header("x-new")) == (500, None)


def test_an_answers_body_is_replaced(site: Site) -> None:
    code = "function handler(event) { return Object.assign(event.response, {body: 'mine'}); }"
    deploy(site, code, "viewer-response")
    got = visit(site)
    assert (got.body, got.header("content-length")) == (b"mine", "4")


@pytest.fixture
def store(site: Site) -> Iterator[dict[str, str]]:
    """A key value store of the emulator, in two pages."""
    values = {"primary": '{"origin": "pages"}', "other": "x"}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert "/cloudfront-keyvaluestore/aws4_request" in self.headers["Authorization"]
            assert self.path.partition("/keys")[0] == f"/key-value-stores/{quote(STORE, safe='')}"
            at = 1 if "NextToken" in self.path else 0
            key, value = list(values.items())[at]
            page = {"Items": [{"Key": key, "Value": value}]} | ({} if at else {"NextToken": "more"})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(page).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.world.gateway = f"http://127.0.0.1:{server.server_port}"
    yield values
    server.shutdown()
    server.server_close()


CHOICE = """
import cf from 'cloudfront';
const store = cf.kvs();
async function handler(event) {
    try {
        const chosen = await store.get('primary', {format: 'json'});
        cf.selectRequestOriginById(chosen.origin);
    } catch (error) {
        console.log('no choice: ' + error.message);
    }
    return event.request;
}
"""


def test_a_store_chooses_the_origin(site: Site, store: dict[str, str]) -> None:
    deploy(site, CHOICE, stores=(STORE,))
    got = visit(site)
    assert site.origins.asked[-1]["read_timeout"] == 10
    assert "to pages" in got.steps()
    store["primary"] = '{"origin": "pages-or-fallback"}'
    site.origins.service = says("busy", 503)
    assert visit(site).status == 501  # the viewer's Host header, sent to a bucket
    store["primary"] = '{"origin": "nowhere"}'
    assert visit(site).status == 502


def test_an_origin_that_is_not_known_leaves_the_behaviours_own(site: Site, store: dict[str, str]) -> None:
    deploy(site, CHOICE.replace("'primary'", "'unknown'"), stores=(STORE,))
    got = visit(site)
    assert got.status == 200
    assert site.origins.asked[-1]["read_timeout"] == 60
    assert "writes no choice: KeyNotFound" in got.steps()


def test_a_chosen_origin_may_have_another_host(site: Site) -> None:
    deploy(
        site,
        """
        import cf from 'cloudfront';
        function handler(event) {
            cf.selectRequestOriginById('pages', {hostHeader: 'b.example.com', sni: 'b.example.com'});
            return event.request;
        }
        """,
    )
    visit(site)
    assert site.origins.last.header("host") == "b.example.com"


def test_an_origin_is_changed_for_one_request(site: Site) -> None:
    changes = "originPath: '/v2', timeouts: {readTimeout: 7}, customHeaders: {'x-new': '1'}"
    body = f"cf.updateRequestOrigin({{{changes}}}); return event.request;"
    deploy(site, f"import cf from 'cloudfront'; function handler(event) {{ {body} }}")
    visit(site)
    assert (site.origins.last.path, site.origins.last.header("x-new")) == ("/v2/api/x", "1")
    assert site.origins.asked[-1]["read_timeout"] == 7
    site.get("/health")
    assert site.origins.last.path == "/health"


@pytest.mark.parametrize(
    "call",
    [
        "cf.createRequestOriginGroup({originIds: ['service', 'pages'], failoverCriteria: {statusCodes: [503]}})",
        "cf.updateRequestOrigin({domainName: 'elsewhere.example.com'})",
        "cf.updateRequestOrigin({originShield: {enabled: true}})",
        "cf.selectRequestOriginById('pages', {other: 1})",
    ],
)
def test_what_is_not_built_is_501(site: Site, call: str) -> None:
    deploy(site, f"import cf from 'cloudfront'; function handler(event) {{ {call}; return event.request; }}")
    assert visit(site).status == 501


@pytest.mark.parametrize(
    "code",
    [
        "function handler(event) { throw new Error('no'); }",
        "function handler(event) { while (true) {} }",
        "async function handler(event) { for (;;) { await 1; } }",
        "async function handler(event) { await new Promise(() => {}); }",
        "function handler(event) { eval('1'); return event.request; }",
        "function handler(event) { require('fs'); return event.request; }",
        "function handler(event) {}",
        "function other(event) { return event.request; }",
        "function handler(event) {",
    ],
)
def test_a_function_that_fails_is_503(site: Site, code: str) -> None:
    deploy(site, code)
    got = visit(site)
    assert got.status == 503
    assert got.header("x-cache") == "Error from cloudfront"
    assert site.origins.asked == []


@pytest.mark.parametrize(
    "result",
    [
        "1",
        "{statusCode: 'x'}",
        "Object.assign(event.request, {method: 'POST'})",
        "Object.assign(event.request, {uri: 'x'})",
        "(event.request.headers.host = {value: 'b'}, event.request)",
        "Object.assign(event.request, {headers: {a: 'text'}})",
    ],
)
def test_a_result_that_cloudfront_refuses_is_502(site: Site, result: str) -> None:
    deploy(site, f"function handler(event) {{ return {result}; }}")
    assert visit(site).status == 502


def test_each_request_starts_anew(site: Site) -> None:
    deploy(
        site,
        """
        var count = 0;
        function handler(event) {
            count += 1;
            event.request.headers["x-count"] = {value: String(count)};
            return event.request;
        }
        """,
    )

    async def scenario() -> list[str | None]:
        counts = []
        for _ in range(2):
            await site.sent("GET", "/api/x")
            counts.append(site.origins.last.header("x-count"))
        await site.edge.close()
        return counts

    assert asyncio.run(scenario()) == ["1", "1"]


def test_modules_of_the_runtime(site: Site) -> None:
    deploy(
        site,
        """
        import crypto from 'crypto';
        import { parse as read } from 'querystring';
        function handler(event) {
            const text = crypto.createHash('sha256').update(read('a=b').a).digest('hex');
            event.request.headers['x-hash'] = {value: text.slice(0, 8) + Buffer.from('YQ==', 'base64')};
            return event.request;
        }
        """,
    )
    visit(site)
    assert site.origins.last.header("x-hash") == "3e23e816a"


def test_another_runtime_and_too_much_code_are_501(site: Site) -> None:
    code = "function handler(event) { return event.request; }//"
    deploy(site, code, Runtime="cloudfront-js-1.0")
    assert visit(site).status == 501
    deploy(site, code + "x" * (10_240 - len(code)))
    assert visit(site).status == 200
    deploy(site, code + "x" * (10_241 - len(code)))
    assert visit(site).status == 501


def test_a_function_that_is_not_published_is_501(site: Site) -> None:
    deploy(site, "")
    site.world.all["functions"] = []
    assert visit(site).status == 501


def test_a_visitor_who_leaves_does_not_mix_up_answers(site: Site) -> None:
    deploy(site, "function handler(event) { return {statusCode: 200, body: event.request.uri}; }")

    async def scenario() -> bytes:
        await site.sent("GET", "/api/first")
        leaving = asyncio.create_task(site.sent("GET", "/api/leaves"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        got = await site.sent("GET", "/api/stays")
        await site.edge.close()
        return got.body

    assert asyncio.run(scenario()) == b"/api/stays"


def test_the_behaviour_stays_when_the_path_changes(site: Site) -> None:
    deploy(site, "function handler(event) { event.request.uri = '/static/x'; return event.request; }")

    async def scenario() -> None:
        await site.sent("GET", "/api/x")
        await site.sent("GET", "/api/x")
        await site.edge.close()

    asyncio.run(scenario())
    assert len(site.origins.asked) == 2  # nothing of /api/* is kept


def test_the_worker_ends_with_the_edge(site: Site) -> None:
    deploy(site, "function handler(event) { return event.request; }")

    async def scenario() -> int | None:
        await site.sent("GET", "/api/x")
        process = site.edge._hooks._worker._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()
        return await asyncio.wait_for(process.wait(), 5)

    assert asyncio.run(scenario()) == 0
