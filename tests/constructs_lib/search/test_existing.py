from __future__ import annotations

from constructs import Construct

from constructs_lib.search.existing import ExistingDomain
from tests.support.synthesised import template


def test_it_is_looked_up_by_name_and_not_built() -> None:
    found: list[ExistingDomain] = []

    def add(scope: Construct) -> None:
        found.append(ExistingDomain(scope, "search", name="local-search"))

    stack = template(add)
    assert stack.types() == set()
    (body,) = stack.config["data"]["aws_opensearch_domain"].values()
    assert body["domain_name"] == "local-search"
    assert found[0].name == "local-search"
    assert found[0].endpoint.startswith("https://")
