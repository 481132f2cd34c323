"""Custom error responses: another page, another code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from local_aws.traffic.edge.distributions import Distribution
from local_aws.traffic.hops import Answer, Ask, closed, nothing


async def presented(
    answer: Answer, ask: Ask, distribution: Distribution, fetched: Callable[[Ask], Awaitable[Answer]]
) -> Answer:
    """An error as the distribution presents it. `fetched` gets the page, as a request of its own.

    A page that can't be had is itself the answer (CloudFront guide, custom error pages).
    """
    rule = distribution.errors.get(answer.status)
    if rule is None or not rule.page_path:
        return answer
    await closed(answer.body)
    asked = replace(ask, method="GET", path=rule.page_path, body=nothing()).with_headers(
        [(name, None) for name in ("content-length", "content-type", "range", "if-none-match", "if-modified-since")]
    )
    page = await fetched(asked)
    if page.status != 200:
        ask.road.step("cloudfront", f"custom error of {answer.status}", f"page {rule.page_path}: {page.status}")
        return page
    status = rule.response_code or answer.status
    ask.road.step("cloudfront", f"custom error of {answer.status}", f"page {rule.page_path} with {status}")
    return Answer(status, page.headers, page.body)
