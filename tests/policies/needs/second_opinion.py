"""Program for the emulators' own Python: what ministack's evaluator says about statements and requests.

Reads a JSON list of [statement, action, resource, context] on standard input, and writes a list of booleans: whether
the statement applies to the request, its principal aside.
"""

from __future__ import annotations

import importlib
import json
import sys

# Installed in the emulators' environment alone.
iam_evaluator = importlib.import_module("ministack.core.iam_evaluator")


def main() -> None:
    """Judge every pair."""
    answers = []
    for statement, action, resource, context in json.load(sys.stdin):
        asked = iam_evaluator.EvalContext(
            principal_arn=context.get("aws:principalarn", ""),
            principal_type="AssumedRole",
            principal_account=context.get("aws:principalaccount", ""),
            action=action,
            resource_arn=resource,
            region="us-east-1",
            secure_transport=context.get("aws:securetransport") == "true",
            service_context=context,
        )
        (parsed,) = iam_evaluator.parse_policy_document({"Statement": [statement | {"Effect": "Allow"}]})
        answers.append(iam_evaluator.evaluate(asked, [[parsed]]).decision == "Allow")
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
