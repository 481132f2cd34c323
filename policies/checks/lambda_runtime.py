"""CKV_AWS_363's list of ended runtimes has gaps, python3.8 among them. Dates: Lambda developer guide, "Runtimes"."""

from __future__ import annotations

from policies.rule import Conf, Rule, unread, value

# Runtimes whose support doesn't end before 2027.
_SUPPORTED = {
    "python3.12",
    "python3.13",
    "python3.14",
    "nodejs22.x",
    "nodejs24.x",
    "java21",
    "java25",
    "provided.al2023",
}


class LambdaRuntime(Rule):
    check_id = "CKV_SITECHAT_41"
    title = "A function must run on a runtime that still gets patches"
    fix = f"set runtime to one of {', '.join(sorted(_SUPPORTED))}"
    resources = ("aws_lambda_function",)
    attributes = ("runtime",)

    def broken(self, conf: Conf) -> bool:
        runtime = value(conf, "runtime")
        return bool(runtime) and runtime not in _SUPPORTED and not unread(runtime)


check = LambdaRuntime()
