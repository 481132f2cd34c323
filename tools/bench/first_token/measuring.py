"""Ask the same question both ways in turns, and compare the medians."""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from local_aws import LocalAwsError
from tools.bench.first_token.asking import AskingError, connection_to, first_token_ms
from tools.bench.first_token.site import SiteError, site
from tools.bench.results import Figure, Target

# How many questions a way gets before those that count: the first ones meet a task that has never answered.
WARM_UP = 5
QUESTIONS = 30
LIMIT_MS = 20.0
DIRECT, THROUGH = "from the task", "through the plane"


class MeasuringError(Exception):
    """Times that can't be had; the message says why."""


@dataclass(frozen=True)
class FirstTokens:
    """Milliseconds from a question to the first token of its answer, in the order of asking."""

    direct: tuple[float, ...]
    through: tuple[float, ...]

    @property
    def figures(self) -> dict[str, Figure]:
        """Both ways by their names."""
        return {DIRECT: Figure.of(self.direct), THROUGH: Figure.of(self.through)}

    @property
    def target(self) -> Target:
        """How much later the plane is, with the most that it may be."""
        later = self.figures[THROUGH].median - self.figures[DIRECT].median
        return Target("first token, through the plane / from the task: later by", LIMIT_MS, "ms", later)


def measure_first_tokens(folder: Path, questions: int) -> FirstTokens:
    """Deploy a small site to an emulated AWS in `folder`, and ask it. Raises MeasuringError.

    Both connections are kept from question to question, as browsers, CloudFront and load balancers keep theirs.
    """
    try:
        with (
            site(folder) as found,
            closing(connection_to(found.task_port, tls=True)) as direct,
            closing(connection_to(found.plane_port, tls=False)) as through,
        ):
            pairs = [(first_token_ms(direct), first_token_ms(through)) for _ in range(WARM_UP + questions)][WARM_UP:]
    except LocalAwsError as problem:
        raise MeasuringError(f"{problem.message}; {problem.hint}") from None
    except (SiteError, AskingError, OSError, http.client.HTTPException) as problem:
        raise MeasuringError(str(problem) or type(problem).__name__) from None
    return FirstTokens(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def first_tokens_markdown(command: str, where: str, found: FirstTokens) -> str:
    """Tables in Markdown, below the command that printed them."""
    lines = [f"Printed by `{command}` on {where}.", "", "| first token | questions | ms, median | ms, low to high |"]
    lines += ["|---|---|---|---|"]
    for name, figure in found.figures.items():
        lines.append(f"| {name} | {len(found.direct)} | {figure.median:.1f} | {figure.low:.1f} to {figure.high:.1f} |")
    target = found.target
    lines += ["", "| target | at most | measured | |", "|---|---|---|---|"]
    lines += [f"| {target.name} | {target.limit:g} ms | {target.value:.1f} ms | {target.verdict} |"]
    return "\n".join(lines) + "\n"
