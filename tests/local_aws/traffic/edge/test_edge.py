"""The deployed `local` environment, as a visitor meets it."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator

import pytest

from local_aws.traffic.hops import Answer, Ask, HopError, closed
from local_aws.traffic.road import HEADER
from tests.local_aws.traffic.edge.fakes import Reply, Site, fails, made, says


class EndlessBody:
    """An answer that goes on until it is ended."""

    def __init__(self) -> None:
        self.ended = False

    def __aiter__(self) -> EndlessBody:
        return self

    async def __anext__(self) -> bytes:
        return b"x" * 100

    async def aclose(self) -> None:
        self.ended = True


def test_a_question_reaches_the_service_as_it_was_sent(site: Site) -> None:
    got = site.send("POST", "/api/chat?a=1", body=b'{"q": 1}', headers=(("Content-Type", "application/json"),))
    assert (got.status, got.body) == (200, b"from the service")
    asked = site.origins.asked[-1]
    assert asked["vpc"].startswith("vo_")
    assert (asked["protocol"], asked["read_timeout"]) == ("http", 60)
    sent = site.origins.last
    assert (sent.method, sent.path, sent.scheme) == ("POST", "/api/chat?a=1", "http")
    assert sent.header("content-type") == "application/json"
    assert sent.header("host") == site.world.domain
    assert sent.header("cloudfront-forwarded-proto") == "https"
    assert sent.header("x-forwarded-for") == "127.0.0.1"
    assert "cloudfront.net" in (sent.header("via") or "")
    assert got.header("x-cache") == "Miss from cloudfront"
    assert got.header("strict-transport-security") == "max-age=31536000; includeSubDomains; preload"
    assert got.header("x-frame-options") == "DENY"


def test_the_road_names_what_decided(site: Site) -> None:
    got = site.send("POST", "/api/chat", body=b"{}")
    steps = got.steps()
    assert not any(each.refused for each in got.road.steps)
    for part in (
        "behaviour /api/*: to service",
        "web ACL sitechat-local-edge",
        "managed group AWSManagedRules",
        "origin",
    ):
        assert part in steps


def test_an_answer_streams(site: Site) -> None:
    async def scenario() -> None:
        more = asyncio.Event()

        async def tokens() -> AsyncIterator[bytes]:
            yield b"first"
            await more.wait()
            yield b"second"

        async def reply(ask: Ask) -> Answer:
            return Answer(200, (("content-type", "text/event-stream"),), tokens())

        site.origins.service = reply
        answer = await site.edge.answer(made("POST", "/api/chat", body=b"{}"))
        chunks = answer.body.__aiter__()
        assert await asyncio.wait_for(chunks.__anext__(), 1) == b"first"
        more.set()
        assert await asyncio.wait_for(chunks.__anext__(), 1) == b"second"

    asyncio.run(scenario())


def test_an_upload_streams(site: Site) -> None:
    """The firewall holds what it looks at, and not the rest."""

    async def scenario() -> None:
        heard = asyncio.Event()

        async def reply(ask: Ask) -> Answer:
            async for _ in ask.body:
                heard.set()
            return Answer(200)

        async def upload() -> AsyncIterator[bytes]:
            yield b"x" * 20_000
            await asyncio.wait_for(heard.wait(), 1)
            yield b"y"

        site.origins.service = reply
        site.world.acl["Rules"] = [each for each in site.world.acl["Rules"] if each["Name"] != "body"]
        assert (await site.edge.answer(made("POST", "/api/chat", body=upload()))).status == 200

    asyncio.run(scenario())


def test_over_http_a_page_is_redirected_and_a_post_keeps_its_method(site: Site) -> None:
    got = site.get("/a?b=1", scheme="http")
    assert (got.status, got.header("location")) == (301, f"https://{site.world.domain}/a?b=1")
    assert got.header("x-cache") == "Redirect from cloudfront"
    assert site.send("POST", "/api/chat", scheme="http").status == 307
    assert site.origins.asked == []


def test_https_only_refuses_http(site: Site) -> None:
    site.world.behaviour("/api/*")["ViewerProtocolPolicy"] = "https-only"
    assert site.get("/api/x", scheme="http").status == 403
    assert site.get("/api/x").status == 200


def test_a_method_that_a_behaviour_lacks_is_refused(site: Site) -> None:
    got = site.send("POST", "/about", body=b"x")
    assert got.status == 403
    assert b"not configured to allow the HTTP request method" in got.body
    assert got.header("x-cache") == "Error from cloudfront"
    assert site.origins.asked == []


def test_the_root_is_the_default_root_object(site: Site) -> None:
    site.get("/")
    assert site.origins.last.path == "/index.html"
    site.world.config["DefaultRootObject"] = ""
    site.get("/")
    assert site.origins.last.path == "/"


def test_pages_carry_the_origins_name_and_chosen_headers(site: Site) -> None:
    site.get("/about", headers=(("Referer", "x"), ("X-Other", "y"), ("Cookie", "a=1"), ("Accept-Encoding", "gzip")))
    sent = site.origins.last
    assert (sent.header("host") or "").endswith(".elb.amazonaws.com")
    assert (sent.header("referer"), sent.header("x-other"), sent.header("cookie")) == ("x", None, "a=1")
    assert sent.header("accept-encoding") is None
    assert sent.header("user-agent") == "Amazon CloudFront"


def test_what_a_viewer_says_of_himself_is_not_believed(site: Site) -> None:
    site.get("/api/x", headers=(("CloudFront-Forwarded-Proto", "ftp"), ("X-Forwarded-For", "9.9.9.9")))
    assert site.origins.last.header("cloudfront-forwarded-proto") == "https"
    assert site.origins.last.header("x-forwarded-for") == "9.9.9.9, 127.0.0.1"


@pytest.mark.parametrize("failure", ["refused", "timeout", "cut"])
def test_without_the_service_pages_come_from_the_fallback(site: Site, failure: str) -> None:
    site.origins.service = fails(HopError(failure, "no target"))
    got = site.get("/")
    assert (got.status, got.body) == (200, b"the fallback page")
    asked = site.origins.asked[-1]
    assert asked["bucket"] == "sitechat-local-fallback-123456789012-us-east-1"
    assert asked["key"] == "index.html"
    assert asked["as"] == site.world.all["distributions"][0]["ARN"]
    assert site.origins.last.header("host") == f"{asked['bucket']}.s3.us-east-1.amazonaws.com"
    assert "asks fallback" in got.steps()


def test_a_failover_code_leads_to_the_fallback_and_another_does_not(site: Site) -> None:
    site.origins.service = says("busy", 503)
    assert site.get("/").body == b"the fallback page"
    site.origins.service = says("broken", 500)
    assert site.get("/").body == b"broken"


@pytest.mark.parametrize("reply", [says("busy", 503), fails(HopError("refused", "no target"))])
def test_what_changes_something_never_fails_over(site: Site, reply: Reply) -> None:
    site.world.behaviour("default")["AllowedMethods"]["Items"].append("POST")
    site.origins.service = reply
    site.send("POST", "/about", body=b"x")
    assert all("vpc" in each for each in site.origins.asked)
    asked = site.send("OPTIONS", "/about")
    assert "asks fallback" in asked.steps()
    # What S3 answers to anything but reading isn't known here: it is never the page with 200.
    assert asked.status == 501


def test_a_connection_that_fails_counts_as_503(site: Site) -> None:
    site.world.config["OriginGroups"]["Items"][0]["FailoverCriteria"]["StatusCodes"]["Items"] = [502, 504]
    site.origins.service = fails(HopError("refused", "no target"))
    assert site.get("/").status == 502


@pytest.mark.parametrize(("failure", "status"), [("refused", 502), ("timeout", 504), ("cut", 502)])
def test_without_a_group_a_failure_is_cloudfronts_page(site: Site, failure: str, status: int) -> None:
    site.origins.service = fails(HopError(failure, "no target"))
    got = site.get("/health")
    assert got.status == status
    assert b"The request could not be satisfied" in got.body
    assert got.header("x-cache") == "Error from cloudfront"
    assert got.header("x-amz-cf-id")


@pytest.mark.parametrize(
    ("method", "failure", "times"),
    [("GET", "refused", 3), ("POST", "refused", 3), ("GET", "timeout", 3), ("POST", "timeout", 1), ("GET", "cut", 1)],
)
def test_what_is_tried_again(site: Site, method: str, failure: str, times: int) -> None:
    site.origins.service = fails(HopError(failure, "no"))
    site.send(method, "/api/x")
    assert len(site.origins.asked) == times


def test_an_origin_that_does_not_answer_is_504(site: Site) -> None:
    async def silent(ask: Ask) -> Answer:
        await asyncio.sleep(30)
        return Answer(200)

    origin = site.world.config["Origins"]["Items"][0]
    origin["VpcOriginConfig"]["OriginReadTimeout"] = 0.05
    origin["ConnectionTimeout"] = 0.05
    site.origins.service = silent
    assert site.send("POST", "/api/chat", body=b"{}").status == 504


def test_silence_within_an_answer_cuts_it(site: Site) -> None:
    async def halting() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(30)

    async def reply(ask: Ask) -> Answer:
        return Answer(200, (), halting())

    site.world.config["Origins"]["Items"][0]["VpcOriginConfig"]["OriginReadTimeout"] = 0.05
    site.origins.service = reply
    with pytest.raises(HopError, match="silent for"):
        site.send("POST", "/api/chat", body=b"{}")


def test_the_origins_own_answer_is_left_alone_when_the_visitor_leaves(site: Site) -> None:
    async def scenario() -> bool:
        ended = False

        async def tokens() -> AsyncIterator[bytes]:
            nonlocal ended
            try:
                yield b"one"
                yield b"two"
            finally:
                ended = True

        async def reply(ask: Ask) -> Answer:
            return Answer(200, (), tokens())

        site.origins.service = reply
        answer = await site.edge.answer(made("POST", "/api/chat", body=b"{}"))
        async for _ in answer.body:
            break
        await answer.body.aclose()  # type: ignore[attr-defined]
        return ended

    assert asyncio.run(scenario())


def test_head_has_no_body(site: Site) -> None:
    got = site.send("HEAD", "/health")
    assert (got.status, got.body) == (200, b"")
    assert got.header("content-length") == "16"


def test_a_body_with_two_lengths_is_refused_and_ends_the_connection(site: Site) -> None:
    got = site.send("POST", "/api/chat", body=b"0\r\n\r\nGET", headers=(("Transfer-Encoding", "chunked"),))
    assert (got.status, got.header("connection"), site.origins.asked) == (400, "close", [])
    assert "the body has two lengths" in got.steps()


@pytest.mark.parametrize("target", ["*", "health"])
def test_a_target_that_is_no_path_is_refused(site: Site, target: str) -> None:
    got = site.send("OPTIONS", target)
    assert (got.status, site.origins.asked) == (400, [])


def test_too_long_a_url_or_request_is_413(site: Site) -> None:
    assert site.get(f"/{'a' * 8191}").status == 200
    assert site.get(f"/{'a' * 8192}").status == 413
    assert site.get("/", headers=(("X-Long", "a" * 20_000),)).status == 200
    assert site.get("/", headers=(("X-Long", "a" * 20_480),)).status == 413


def test_a_get_with_a_body_is_refused(site: Site) -> None:
    assert site.send("GET", "/api/x", body=b"x").status == 403


def test_a_name_chooses_the_distribution(site: Site) -> None:
    other = copy.deepcopy(site.world.all["distributions"][0])
    other |= {"Id": "OTHER", "DomainName": "other.cloudfront.net"}
    other["DistributionConfig"]["Aliases"] = {"Quantity": 2, "Items": ["chat.example.com", "*.example.org"]}
    site.world.all["distributions"].append(other)
    assert site.get("/health").status == 501
    for host in ("chat.example.com", "a.example.org:443", "other.cloudfront.net"):
        assert "distribution OTHER" in site.get("/health", host=host).steps()
    assert "distribution OTHER" not in site.get("/health", host=site.world.domain).steps()
    site.world.config["Aliases"] = {"Quantity": 1, "Items": ["*.example.com"]}
    assert "distribution OTHER" in site.get("/health", host="chat.example.com").steps()
    assert "distribution OTHER" not in site.get("/health", host="talk.example.com").steps()
    for host in ("elsewhere.example.net", "a.b.example.org"):
        assert site.get("/health", host=host).status == 403
    site.world.config["Enabled"] = False
    assert "distribution OTHER" in site.get("/health").steps()
    assert site.origins.last.header("host") == "chat.example.com"


def test_without_a_distribution_nothing_is_answered(site: Site) -> None:
    site.world.all["distributions"].clear()
    got = site.get("/")
    assert got.status == 403
    assert "nothing is deployed yet" in got.steps()
    assert b"`sitechat deploy`" in got.body


def test_what_is_not_built_is_501_and_says_so(site: Site) -> None:
    site.world.behaviour("/api/*")["LambdaFunctionAssociations"] = {
        "Quantity": 1,
        "Items": [{"EventType": "viewer-request", "LambdaFunctionARN": "arn"}],
    }
    got = site.get("/api/x")
    assert got.status == 501
    assert b"Lambda@Edge" in got.body
    assert site.get("/health").status == 200


def test_a_custom_origin_outside_a_vpc_is_not_built(site: Site) -> None:
    origin = site.world.config["Origins"]["Items"][0]
    del origin["VpcOriginConfig"]
    origin["CustomOriginConfig"] = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    assert site.get("/health").status == 501


def test_the_viewers_name_cannot_be_sent_to_a_bucket(site: Site) -> None:
    site.world.behaviour("/health")["TargetOriginId"] = "fallback"
    got = site.get("/health")
    assert got.status == 501
    assert "Host header" in got.steps()


def test_origins_have_headers_and_a_path_of_their_own(site: Site) -> None:
    origin = site.world.config["Origins"]["Items"][0]
    origin["OriginPath"] = "/v1"
    origin["CustomHeaders"] = {"Quantity": 1, "Items": [{"HeaderName": "X-Secret", "HeaderValue": "theirs"}]}
    site.get("/api/x?y=1", headers=(("X-Secret", "mine"),))
    assert site.origins.last.path == "/v1/api/x?y=1"
    assert [value for name, value in site.origins.last.headers if name.lower() == "x-secret"] == ["theirs"]


def test_a_vpc_origin_that_matches_the_viewer(site: Site) -> None:
    site.world.all["vpc_origins"][0]["VpcOriginEndpointConfig"]["OriginProtocolPolicy"] = "match-viewer"
    site.get("/health")
    assert (site.origins.asked[-1]["protocol"], site.origins.last.scheme) == ("https", "https")


def test_an_origins_connection_headers_stay_there(site: Site) -> None:
    site.origins.service = says("x", connection="close", x_mine="1", via="1.1 alb")
    got = site.get("/health")
    assert (got.header("connection"), got.header("x-mine")) == (None, "1")
    assert (got.header("via") or "").startswith("1.1 alb, 1.1 ")


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"ContinuousDeploymentPolicyId": "x"}, "continuous deployment"),
        ({"ViewerMtlsConfig": {"Mode": "required"}}, "viewers' certificates"),
        ({"ConnectionMode": "tenant-only"}, "tenants"),
    ],
)
def test_settings_of_a_distribution_that_are_not_built(site: Site, change: dict[str, object], gap: str) -> None:
    site.world.config.update(change)
    got = site.get("/health")
    assert got.status == 501
    assert gap in got.steps()


def test_a_staging_distribution_is_nobodys(site: Site) -> None:
    site.world.config["Staging"] = True
    assert "nothing is deployed yet" in site.get("/health").steps()


@pytest.mark.parametrize(("when", "signer"), [("always", True), ("never", False)])
def test_an_access_control_says_whether_a_bucket_is_asked_signed(site: Site, when: str, signer: bool) -> None:
    site.origins.service = says("busy", 503)
    site.world.all["access_controls"][0]["SigningBehavior"] = when
    site.get("/")
    assert bool(site.origins.asked[-1]["as"]) is signer
    site.world.all["access_controls"][0]["SigningBehavior"] = "no-override"
    assert site.get("/").status == 501


def test_without_an_access_control_a_bucket_is_asked_unsigned(site: Site) -> None:
    site.origins.service = says("busy", 503)
    site.world.config["Origins"]["Items"][2]["OriginAccessControlId"] = ""
    site.get("/")
    assert site.origins.asked[-1]["as"] == ""


def test_the_name_of_a_road_stays_here(site: Site) -> None:
    site.get("/api/x", headers=((HEADER, "road-1"),))
    assert site.origins.last.header(HEADER) is None


def test_countries_are_not_evaluated_and_that_is_said(site: Site) -> None:
    site.world.config["Restrictions"]["GeoRestriction"] = {
        "RestrictionType": "whitelist",
        "Quantity": 1,
        "Items": ["DE"],
    }
    got = site.get("/health")
    assert got.status == 200
    assert "not evaluated: countries" in got.steps()


@pytest.mark.parametrize("path", ["/health", "/static/app.js"])
def test_a_head_gives_up_the_origins_answer(site: Site, path: str) -> None:
    body = EndlessBody()

    async def reply(ask: Ask) -> Answer:
        return Answer(200, (), body)

    site.origins.service = reply
    assert site.send("HEAD", path).status == 200
    assert body.ended


def test_a_failover_gives_up_the_first_answer(site: Site) -> None:
    body = EndlessBody()

    async def reply(ask: Ask) -> Answer:
        return Answer(503, (), body)

    site.origins.service = reply
    assert site.get("/").body == b"the fallback page"
    assert body.ended


@pytest.mark.parametrize("path", ["/health", "/static/app.js"])
def test_a_visitor_who_leaves_ends_the_origins_answer(site: Site, path: str) -> None:
    """Also one who leaves before anything was read, and where it was to be compressed and kept."""

    async def scenario(read: bool) -> bool:
        body = EndlessBody()

        async def reply(ask: Ask) -> Answer:
            return Answer(200, (("content-type", "text/css"), ("content-length", "5000")), body)

        site.origins.service = reply
        answer = await site.edge.answer(made("GET", path, headers=(("Accept-Encoding", "gzip"),)))
        if read:
            async for _ in answer.body:
                break
        await closed(answer.body)
        return body.ended

    assert asyncio.run(scenario(False))
    if path == "/health":
        assert asyncio.run(scenario(True))
