"""Options that several commands share, spelled and explained once."""

from __future__ import annotations

from typing import Annotated

import typer

EnvRef = Annotated[
    str,
    typer.Option("--env", metavar="NAME|FILE", envvar="SITECHAT_ENV", help="The environment: a name or a TOML file."),
]
LayerName = Annotated[str | None, typer.Option("--layer", metavar="NAME", help="Only this layer.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask; only where the environment sets auto_approve.")]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="LAYER/ADDRESS@DATE", help="Let this be destroyed, until DATE; may be repeated."),
]
DEFAULT_ENV = "dev"
