"""The variables that point Terraform, boto3 and cdktf at the emulated AWS and at nothing else."""

from __future__ import annotations

import os

from local_aws.endpoint import LOOPBACK, Endpoint

# Variables to unset: each could lead to a real account, a real endpoint or a slow look-up of credentials.
REMOVED: tuple[str, ...] = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_S3_ENDPOINT",
    "AWS_DYNAMODB_ENDPOINT",
    "AWS_IAM_ENDPOINT",
    "AWS_STS_ENDPOINT",
    "AWS_SSO_ENDPOINT",
)
_SERVICE_ENDPOINT = "AWS_ENDPOINT_URL_"


def endpoint_variables(endpoint: Endpoint) -> dict[str, str]:
    """Variables to add after those of REMOVED are gone. The secret key is no secret: emulators check no signature."""
    return {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": endpoint.account_id,
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "AWS_REGION": endpoint.region,
        "AWS_DEFAULT_REGION": endpoint.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # A missing operation must look like an error at once, not like a hang of many minutes.
        "AWS_MAX_ATTEMPTS": "3",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_PAGER": "",
        # S3 Control and the CloudFront key value store put the account before the host's name, which resolves nowhere:
        # as the proxy of plain HTTP the gateway gets those requests too. Registries are asked over HTTPS.
        "HTTP_PROXY": endpoint.url,
        "http_proxy": endpoint.url,
        "NO_PROXY": f"{LOOPBACK},localhost",
        "no_proxy": f"{LOOPBACK},localhost",
    }


def redirect_variables(endpoint: Endpoint, base: dict[str, str]) -> dict[str, str]:
    """`base` pointed at the emulated AWS, without any variable that leads to a real account."""
    gone = {name for name in base if name in REMOVED or name.startswith(_SERVICE_ENDPOINT)}
    kept = {name: value for name, value in base.items() if name not in gone}
    added = endpoint_variables(endpoint)
    for name in ("NO_PROXY", "no_proxy"):
        added[name] = ",".join(filter(None, (base.get(name), added[name])))
    return {**kept, **added}
