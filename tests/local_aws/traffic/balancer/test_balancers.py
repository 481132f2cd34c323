"""Requests through load balancers, by what is deployed: listeners, rules, targets and the network in between."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from local_aws.traffic.balancer import balancers
from local_aws.traffic.hops import HopError
from tests.support.balancing import FORWARD, GROUP, OTHER_GROUP, FixedReply, Stage, read, subnet, vpcs


def header_rule(name: str, value: str, **rule: Any) -> dict[str, Any]:
    condition = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}
    return {"Priority": "1", "Conditions": [condition], **rule}


REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}


def test_a_request_reaches_a_healthy_target_over_tls_and_streams() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        sent: list[str] = []

        async def parts() -> AsyncIterator[bytes]:
            for part in (b"one", b"two"):
                sent.append(part.decode())
                yield part

        stage.wire.answers["/api"] = FixedReply(body=parts(), headers=(("X-App", "1"), ("Connection", "close")))
        answer = await stage.answer("/api?q=1")
        assert answer.status == 200
        assert answer.headers == (("X-App", "1"),)
        assert await anext(answer.body) == b"one"
        assert sent == ["one"]
        assert await read(answer) == b"two"
        call = stage.wire.calls[-1]
        assert (call.address, call.tls, call.path) == (("10.0.1.1", 8080), True, "/api?q=1")
        header = dict(call.headers)["x-amzn-trace-id"]
        assert header == f"Root=1-{stage.road.trace_id[:8]}-{stage.road.trace_id[8:]}"
        assert f", trace {header}" in stage.said()
        assert "default rule" in stage.said()
        assert "sgr-1 of sg-alb" in stage.said()
        assert "sgr-3 of sg-task" in stage.said()
        assert "round_robin over 1 healthy of 1 targets: chose 10.0.1.1:8080, trace Root=1-" in stage.said()

    asyncio.run(run())


def test_a_root_that_came_from_outside_is_not_the_traces_id() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        outside = f"Root=1-00000001-{'a' * 24}"
        assert await stage.status(headers=(("Host", "a"), ("X-Amzn-Trace-Id", outside))) == 200
        own, kept = dict(stage.wire.calls[-1].headers)["x-amzn-trace-id"].split(";")
        assert kept == outside
        assert own == f"Self=1-{stage.road.trace_id[:8]}-{stage.road.trace_id[8:]}"

    asyncio.run(run())


def test_the_rule_of_the_lowest_number_that_fits_decides() -> None:
    async def run() -> None:
        stage = Stage(rules=[header_rule("CloudFront-Forwarded-Proto", "https")], default=[REDIRECT])
        await stage.tick()
        assert await stage.status(headers=(("Host", "a"), ("cloudfront-forwarded-proto", "HTTPS"))) == 200
        answer = await stage.answer("/x?y=1", headers=(("Host", "a.example"),))
        assert (answer.status, answer.header("location")) == (301, "https://a.example:443/x?y=1")
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403", "MessageBody": "no"}}
        stage.api.rules.append({"Priority": "2", "Conditions": [], "Actions": [fixed]})
        answer = await stage.answer()
        assert (answer.status, await read(answer)) == (403, b"no")

    asyncio.run(run())


@pytest.mark.parametrize(
    "rule",
    [
        header_rule("a", "b", Conditions=[{"Field": "jwt", "Values": ["x"]}]),
        header_rule("a", "b", Conditions=[{"Field": "query-string", "Values": []}]),
        header_rule("a", "b", Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["x"]}}]),
        header_rule("host", "*", Actions=[{"Type": "authenticate-oidc"}, FORWARD]),
        header_rule("host", "*", Transforms=[{"Type": "url-rewrite"}]),
    ],
    ids=["condition", "values not kept", "regular expression", "authentication", "transform"],
)
def test_what_is_not_known_is_answered_with_501_and_told(rule: dict[str, Any]) -> None:
    async def run() -> None:
        stage = Stage(rules=[rule])
        await stage.tick()
        assert await stage.status() == 501
        assert "isn't known here" in stage.said()
        assert stage.wire.asked() == []

    asyncio.run(run())


def test_no_listener_is_refused_and_a_protocol_has_to_fit() -> None:
    async def run() -> None:
        stage = Stage(port=443, protocol="HTTPS")
        with pytest.raises(HopError) as refused:
            await stage.answer(port=80)
        assert refused.value.kind == "refused"
        stage = Stage()
        with pytest.raises(HopError) as refused:
            await stage.answer(scheme="https")
        assert refused.value.kind == "cut"
        stage.api.protocol = "HTTPS"
        answer = await stage.answer()
        assert answer.status == 400
        assert b"plain HTTP request was sent to HTTPS port" in await read(answer)

    asyncio.run(run())


def test_a_removed_group_rule_drops_at_once_and_is_named() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        groups = vpcs().groups
        stage.network.stated = vpcs(groups={**groups, "sg-alb": replace(groups["sg-alb"], rules=())})
        with pytest.raises(HopError) as dropped:
            await stage.answer()
        assert dropped.value.kind == "timeout"
        assert "sg-alb (alb) has no inbound rule for tcp 80" in dropped.value.detail
        stage.network.stated = vpcs(groups={**groups, "sg-task": replace(groups["sg-task"], rules=())})
        assert await stage.status() == 504
        assert "sg-task (task) has no inbound rule for tcp 8080 from web, sg-alb (alb)" in stage.said()
        await stage.tick(3)
        assert stage.states() == {"10.0.1.1": "unhealthy"}

    asyncio.run(run())


@pytest.mark.parametrize(("kind", "status"), [("refused", 502), ("cut", 502), ("timeout", 504)])
def test_a_target_that_fails_before_its_headers(kind: str, status: int) -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        stage.wire.answers["/"] = HopError(kind, "the reason")
        answer = await stage.answer()
        assert answer.status == status
        assert answer.header("server") == "awselb/2.0"
        assert "the reason" in stage.said()
        # A request is never sent again.
        assert len(stage.wire.asked()) == 1
        assert stage.recorded.named(f"HTTPCode_ELB_{status}_Count", "LoadBalancer=app/web/1") == [1]

    asyncio.run(run())


def test_a_closed_port_and_an_address_that_nobody_has() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        stage.targets.closed.add("10.0.1.1")
        assert await stage.status() == 502
        stage.network.stated = vpcs(interfaces={})
        assert await stage.status() == 504
        assert "nothing in the VPC has the address 10.0.1.1" in stage.said()

    asyncio.run(run())


def test_an_answer_that_breaks_off_is_cut() -> None:
    async def run() -> None:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            raise HopError("timeout", "the target sent nothing for the idle timeout")

        stage = Stage()
        await stage.tick()
        reply = FixedReply(body=parts())
        stage.wire.answers["/"] = reply
        with pytest.raises(HopError):
            await read(await stage.answer())
        assert reply.closed
        assert "cut the answer: the target sent nothing" in stage.said()

    asyncio.run(run())


def test_requests_take_turns_over_healthy_targets_and_fail_open() -> None:
    async def run() -> None:
        stage = Stage(targets={GROUP: ["10.0.1.1", "10.0.1.2", "10.0.1.3"]})
        await stage.tick()
        assert [await stage.status() for _ in range(6)] == [200] * 6
        assert Counter(stage.wire.asked()) == {"10.0.1.1": 2, "10.0.1.2": 2, "10.0.1.3": 2}
        stage.targets.closed.add("10.0.1.2")
        await stage.tick(3)
        assert stage.states() == {"10.0.1.1": "healthy", "10.0.1.2": "unhealthy", "10.0.1.3": "healthy"}
        assert [await stage.status() for _ in range(4)] == [200] * 4
        stage.wire.answers["/health"] = 500
        await stage.tick(3)
        assert set(stage.states().values()) == {"unhealthy"}
        assert {await stage.status() for _ in range(3)} == {200, 502}
        assert "it fails open" in stage.said()

    asyncio.run(run())


def test_a_group_without_usable_targets_is_503() -> None:
    async def run() -> None:
        stage = Stage(targets={GROUP: []})
        await stage.tick()
        answer = await stage.answer()
        assert answer.status == 503
        assert b"503 Service Temporarily Unavailable" in await read(answer)
        # Whether AWS sends anything to a target before its first check isn't documented: here it doesn't.
        stage.api.targets[GROUP].append("10.0.1.1")
        assert await stage.status() == 503
        assert "10.0.1.1:8080 initial" in stage.said()

    asyncio.run(run())


def test_weights_divide_requests_and_stickiness_is_told() -> None:
    async def run() -> None:
        shares = [{"TargetGroupArn": GROUP, "Weight": 3}, {"TargetGroupArn": OTHER_GROUP, "Weight": 1}]
        settings = {"TargetGroups": shares, "TargetGroupStickinessConfig": {"Enabled": True}}
        stage = Stage(
            default=[{"Type": "forward", "ForwardConfig": settings}],
            targets={GROUP: ["10.0.1.1"], OTHER_GROUP: ["10.0.1.2"]},
        )
        await stage.tick()
        for _ in range(8):
            await stage.status()
        assert Counter(stage.wire.asked()) == {"10.0.1.1": 6, "10.0.1.2": 2}
        assert "stickiness between target groups is set and not heeded here" in stage.said()
        shares[0]["Weight"] = shares[1]["Weight"] = 0
        assert await stage.status() == 503

    asyncio.run(run())


def test_least_outstanding_requests_avoids_the_busy_target() -> None:
    async def run() -> None:
        stage = Stage(
            targets={GROUP: ["10.0.1.1", "10.0.1.2"]},
            group_attributes={"load_balancing.algorithm.type": "least_outstanding_requests"},
        )
        await stage.tick()
        held = [await stage.answer() for _ in range(3)]
        busy = Counter(stage.wire.asked()).most_common()[0][0]
        await stage.status()
        assert stage.wire.asked()[-1] != busy
        for answer in held:
            await read(answer)

    asyncio.run(run())


def test_a_draining_target_ends_its_answers_and_gets_no_new_ones() -> None:
    async def run() -> None:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            await asyncio.Event().wait()

        stage = Stage(
            targets={GROUP: ["10.0.1.1", "10.0.1.2"]},
            group_attributes={"deregistration_delay.timeout_seconds": "60"},
        )
        await stage.tick()
        stage.wire.answers["/long"] = FixedReply(body=parts())
        answer = await stage.answer("/long")
        leaving = stage.wire.asked("/long")[0]
        stage.api.targets[GROUP].remove(leaving)
        await stage.tick()
        assert stage.states()[leaving] == "draining"
        assert [await stage.status() for _ in range(4)] == [200] * 4
        assert leaving not in stage.wire.asked()
        assert await anext(answer.body) == b"one"
        reading = asyncio.ensure_future(anext(answer.body))
        await stage.tick()
        assert not reading.done()
        await stage.tick()
        with pytest.raises(HopError, match="deregistration delay is over"):
            await reading
        assert leaving not in stage.states()

    asyncio.run(run())


def test_a_drained_target_that_has_not_answered_is_502() -> None:
    async def run() -> None:
        stage = Stage(group_attributes={"deregistration_delay.timeout_seconds": "0"})
        await stage.tick()
        stage.wire.waits["/slow"] = asyncio.Event()
        asking = asyncio.ensure_future(stage.answer("/slow"))
        await asyncio.sleep(0.01)
        stage.api.targets[GROUP].clear()
        await stage.tick()
        assert (await asking).status == 502

    asyncio.run(run())


def test_who_stops_a_task_can_wait_for_its_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        monkeypatch.setattr(balancers, "FRESH_SECONDS", 0.0)
        more = asyncio.Event()

        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            await more.wait()

        stage = Stage()
        await stage.tick()
        await asyncio.wait_for(stage.balancers.drained("10.0.1.1"), 1)
        stage.wire.answers["/"] = FixedReply(body=parts())
        answer = await stage.answer()
        stage.api.targets[GROUP].clear()
        waiting = asyncio.ensure_future(stage.balancers.drained("10.0.1.1"))
        await asyncio.sleep(0.15)
        assert stage.states() == {"10.0.1.1": "draining"}
        assert not waiting.done()
        more.set()
        await read(answer)
        await asyncio.wait_for(waiting, 1)

    asyncio.run(run())


def test_a_client_that_hangs_up_ends_the_request_at_the_target() -> None:
    async def run() -> None:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            await asyncio.Event().wait()

        stage = Stage(group_attributes={"load_balancing.algorithm.type": "least_outstanding_requests"})
        await stage.tick()
        reply = FixedReply(body=parts())
        stage.wire.answers["/"] = reply
        answer = await stage.answer()
        reading = asyncio.ensure_future(read(answer))
        await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert reply.closed
        # An answer that nobody reads, nor closes.
        reply = FixedReply(body=parts())
        stage.wire.answers["/"] = reply
        answer = await stage.answer()
        del answer
        await asyncio.sleep(0.01)
        assert reply.closed

    asyncio.run(run())


def test_a_body_is_sent_on_and_none_is_announced_without_one() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        await stage.status("/a", method="POST", body=b"abc", headers=(("Host", "a"), ("Content-Length", "3")))
        await stage.status("/b", method="POST", body=b"abc")
        await stage.status("/c", method="POST")
        bodies = {call.path: call.body for call in stage.wire.calls}
        assert bodies["/a"] is not None
        assert [part async for part in bodies["/a"]] == [b"abc"]
        assert bodies["/b"] is not None
        assert [part async for part in bodies["/b"]] == [b"abc"]
        assert bodies["/c"] is None

    asyncio.run(run())


def test_a_target_in_a_zone_without_the_load_balancer_is_unused() -> None:
    async def run() -> None:
        stage = Stage()
        subnets = {**vpcs().subnets, "task": subnet("task", "10.0.1.0/24", zone="b")}
        stage.network.stated = vpcs(subnets=subnets)
        await stage.tick()
        assert [(each.state, each.reason) for each in stage.balancers.health(GROUP) or ()] == [
            ("unused", "Target.NotInUse")
        ]
        assert await stage.status() == 503

    asyncio.run(run())


def test_only_targets_of_a_known_kind_get_requests() -> None:
    async def run() -> None:
        stage = Stage(group={"TargetType": "lambda"})
        await stage.tick()
        assert await stage.status() == 501
        stage = Stage(group={"ProtocolVersion": "GRPC"})
        await stage.tick()
        assert await stage.status() == 501

    asyncio.run(run())


def test_metrics_have_cloudwatchs_names_and_dimensions() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        await stage.status()
        balancer = "LoadBalancer=app/web/1"
        both = (balancer, "TargetGroup=targetgroup/web/1")
        assert {each[0] for each in stage.recorded.values} == {"AWS/ApplicationELB"}
        for dimensions in ((balancer,), both):
            assert stage.recorded.named("RequestCount", *dimensions) == [1]
            assert stage.recorded.named("HTTPCode_Target_2XX_Count", *dimensions) == [1]
        assert stage.recorded.named("HealthyHostCount", *both)[0] == 0
        assert stage.recorded.named("UnHealthyHostCount", *both)[0] == 0

    asyncio.run(run())


@pytest.mark.parametrize(("connected", "errors"), [(False, 2), (True, 0)])
def test_a_target_that_is_too_slow_is_no_connection_error(connected: bool, errors: int) -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        stage.wire.answers["/"] = HopError("timeout", "late", connected=connected)
        assert await stage.status() == 504
        balancer = "LoadBalancer=app/web/1"
        found = [
            *stage.recorded.named("TargetConnectionErrorCount", balancer),
            *stage.recorded.named("TargetConnectionErrorCount", balancer, "TargetGroup=targetgroup/web/1"),
        ]
        assert len(found) == errors

    asyncio.run(run())
