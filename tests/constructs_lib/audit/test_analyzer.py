from __future__ import annotations

from constructs_lib.audit.analyzer import Analyzer
from tests.support.synthesised import template


def test_it_looks_for_access_from_outside_the_account_which_is_free() -> None:
    body = template(lambda scope: Analyzer(scope, "analyzer", name="access")).one("aws_accessanalyzer_analyzer")
    assert (body["analyzer_name"], body["type"]) == ("access", "ACCOUNT")
    assert "configuration" not in body
