"""Requests to OpenSearch, and the use of its answers: the running application against loopback services."""

from __future__ import annotations

from tests.examples.sitechat_app.loopback_aws import HIT, LoopbackAws
from tests.examples.sitechat_app.running_app import RunningApp, without_keepalive

QUESTION = "What is the price of a ticket?"


def test_asks_for_the_nearest_passages_of_the_index(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    aws_app.answer(QUESTION)
    (request,) = [request for request in loopback_aws.received if request.path.endswith("/_search")]
    assert request.path == "/site-pages/_search"
    assert request.body["query"] == {"knn": {"embedding": {"vector": [0.03125] * 1024, "k": 4}}}
    assert request.body["_source"] == ["title", "url", "text"]


def test_signs_for_the_domain_service(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    aws_app.answer(QUESTION)
    (request,) = [request for request in loopback_aws.received if request.path.endswith("/_search")]
    assert "/eu-west-1/es/aws4_request" in request.authorization


def test_a_page_found_twice_is_one_source(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    other = {"title": "Hours", "url": "https://garden.example/hours", "text": "Open at nine."}
    loopback_aws.script.hits = [HIT, other, {**HIT, "text": "Children enter free."}]
    (sources,) = [data["sources"] for name, data in aws_app.answer(QUESTION) if name == "sources"]
    assert [source["title"] for source in sources] == ["Tickets", "Hours"]


def test_an_empty_index_costs_no_model_call(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.hits = []
    (message, done) = without_keepalive(aws_app.answer(QUESTION))
    assert (message[1]["code"], done[0]) == ("nothing_found", "done")
    assert loopback_aws.bodies("/converse-stream") == []


def test_a_failing_domain_is_told(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.search_status = 403
    (error,) = without_keepalive(aws_app.answer(QUESTION))
    assert (error[0], error[1]["code"]) == ("error", "search_403")


def test_a_passage_without_its_fields_is_told(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.hits = [{"title": "Tickets"}]
    (error,) = without_keepalive(aws_app.answer(QUESTION))
    assert (error[0], error[1]["code"]) == ("error", "search_index_mapping")
