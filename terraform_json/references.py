"""Patterns for references inside the expressions of a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

REMOTE_STATE = "terraform_remote_state"
# cdktf's name for the data source through which one stack reads another, before that stack's name.
CROSS_STACK = "cross-stack-reference-input-"

_TYPE = r"[a-z][a-z0-9]*_[a-z0-9_]+"
_NAME = r"[A-Za-z_][\w-]*"
_RESOURCE = rf"(?P<data>data\.)?(?P<type>{_TYPE})\.(?P<name>{_NAME})"

# One interpolation without braces inside, such as "${aws_vpc.main.id}": group 1 is the expression.
INTERPOLATION = re.compile(r"\$\{([^{}]*)\}")
# A resource or data source, wherever it stands in an expression.
RESOURCE = re.compile(rf"(?<![\w.-]){_RESOURCE}")
# The same with what follows: attributes, indices and splats.
TRAVERSAL = re.compile(rf'{RESOURCE.pattern}(?P<path>(?:\.[\w*-]+|\[(?:\d+|\*|"[^"]*")\])*)')
# An output of another layer: data source and output.
REMOTE_OUTPUT = re.compile(
    rf"data\.{REMOTE_STATE}\.(?P<source>[\w-]+)\.outputs(?:\.(?P<output>[\w-]+)|\[\"(?P<quoted>[\w-]+)\"\])"
)

# The same with braces inside, as in "${jsonencode({a = aws_vpc.main.id})}".
_OPEN_INTERPOLATION = re.compile(r"\$\{([^}]*)\}")
_POLICY_DOCUMENT = re.compile(r"\$\{data\.aws_iam_policy_document\.([\w-]+)\.json\}")


class RemoteOutput(NamedTuple):
    """Output of another layer, as read through a data source of type `terraform_remote_state`."""

    source: str
    output: str

    @property
    def stack(self) -> str:
        """Name of the stack that cdktf read it from."""
        return self.source.removeprefix(CROSS_STACK)


def expression(text: str) -> str | None:
    """Expression that makes up the whole text; None for a text around interpolations, or without any."""
    whole = INTERPOLATION.fullmatch(text)
    return whole.group(1).strip() if whole else None


def expressions(text: str) -> Iterator[str]:
    """Every interpolated expression in a text, up to the first closing brace."""
    yield from _OPEN_INTERPOLATION.findall(text)


def without_expressions(text: str) -> str:
    """Text between the interpolations."""
    return _OPEN_INTERPOLATION.sub("", text)


def remote_output(match: re.Match[str]) -> RemoteOutput:
    """Data source and output that a match of `REMOTE_OUTPUT` names."""
    return RemoteOutput(match["source"], match["output"] or match["quoted"])


def remote_outputs(text: str) -> Iterator[RemoteOutput]:
    """Outputs of other layers that a text reads."""
    yield from map(remote_output, REMOTE_OUTPUT.finditer(text))


def policy_document_name(text: str) -> str | None:
    """Name of the `aws_iam_policy_document` whose JSON the text is; None for another text."""
    match = _POLICY_DOCUMENT.fullmatch(text)
    return match.group(1) if match else None
