"""Names shared by the files of this package."""

from __future__ import annotations

from pathlib import Path

# Environment variable; ``0`` gives the stock behaviour.
SWITCH = "SITECHAT_FAST_BINDINGS"

CDKTF = "cdktf"
JSII = "jsii"
PROVIDER_DISTRIBUTION = "cdktf-cdktf-provider-aws"
PROVIDER = "cdktf_cdktf_provider_aws"
PROVIDER_NPM = "@cdktf/provider-aws"
# Prefix of the functions that generated modules hold only for the types of their arguments.
CHECKED = "_typecheckingstub__"
KERNEL_MODULE = "jsii._kernel.providers.process"

HOOK = Path(__file__).resolve().with_name("provider_hook.cjs")
