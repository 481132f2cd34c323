"""`sitechat show`: every change of a bundle in the terminal, from its stored plans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, LayerName
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from pipeline.bundle.store import StoredBundle

BundleId = Annotated[str, typer.Argument(metavar="[BUNDLE_ID|latest]", help="What `sitechat plan` printed.")]


def command(
    bundle: BundleId = "latest", env: EnvRef = DEFAULT_ENV, layer: LayerName = None, as_json: Json = False
) -> None:
    """Show every change of a bundle, old value and new, sensitive ones hidden. Needs no AWS account."""
    from pipeline.bundle.kept import kept_bundle
    from pipeline.report.bundles import planned_layer
    from pipeline.report.lines import change_json, read_changes
    from pipeline.report.screen import print_all
    from pipeline.session import load_environment

    stored = kept_bundle(load_environment(env), bundle)
    _refuse_altered(stored, env)
    names = [each.name for each in stored.manifest.layers]
    if layer is not None and layer not in names:
        hint = f"It has: {', '.join(names)}." if names else "It has none: nothing had changed."
        raise SitechatError(f"bundle {stored.id} has no layer {layer!r}", hint=hint, code=ExitCode.USAGE)
    plans = [planned_layer(each.name, stored.plan(each.name), preview=each.preview) for each in stored.manifest.layers]
    # All are read, so that what is sensitive in one is hidden in every other.
    layers = [each for each in read_changes(plans) if layer in (None, each.name)]
    if as_json:
        shown = [
            {
                "name": each.name,
                "preview": each.preview,
                "changes": [change_json(change) for change in each.changes],
                "outputs": [entry.lines[0] for entry in (*each.outputs, *each.handed_on)],
            }
            for each in layers
        ]
        print(json.dumps({"env": stored.manifest.env, "bundle": stored.id, "layers": shown}))
        return
    out.print(f"bundle {stored.id}, made {stored.manifest.created}", soft_wrap=True, markup=False)
    print_all(out, layers)


def _refuse_altered(stored: StoredBundle, env: str) -> None:
    """Raise SitechatError (5) when a file isn't the sealed one: what is read here has to be what `apply` takes."""
    from pipeline.bundle.checks import check_content
    from pipeline.bundle.store import file_hashes

    if refusals := check_content(stored.manifest, stored.seal, stored.id, file_hashes(stored.dir)):
        lines = "\n".join(f"  {each.field}: {each.reason}" for each in refusals)
        raise SitechatError(
            f"bundle {stored.id} is not as it was made:\n{lines}",
            hint=f"Plan again with `sitechat plan --env {env}`.",
            code=ExitCode.REFUSED,
        )
