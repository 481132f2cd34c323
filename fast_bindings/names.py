"""Names that several files here share."""

from pathlib import Path

SWITCH = "SITECHAT_FAST_BINDINGS"
"""Environment variable; ``0`` gives the stock behaviour."""

CDKTF = "cdktf"
JSII = "jsii"
PROVIDER_DISTRIBUTION = "cdktf-cdktf-provider-aws"
PROVIDER = "cdktf_cdktf_provider_aws"
PROVIDER_NPM = "@cdktf/provider-aws"
CHECKED = "_typecheckingstub__"
"""How the names of the functions begin that the generated modules hold for the types of their arguments alone."""
KERNEL_MODULE = "jsii._kernel.providers.process"

HOOK = Path(__file__).resolve().with_name("provider_hook.cjs")
