"""Requirements of the first release that no plan creates: values of secrets, and an image."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account, ask_each
from pipeline.doctor.finding import Diagnosis
from pipeline.errors import again

IMAGE, SECRET = "image", "secret"
CURRENT = "AWSCURRENT"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Diagnose secrets and image: without a value or an image no task starts."""
    yield from ask_each(account, {SECRET: _secrets, IMAGE: _images})


def _secrets(account: Account) -> Iterator[Diagnosis]:
    for name in account.env.secrets.names:
        yield _secret(account, name)


def _images(account: Account) -> Iterator[Diagnosis]:
    yield _image(account)


def _secret(account: Account, name: str) -> Diagnosis:
    full, env_ref = account.env.names.secret(name), account.session.env_ref
    found = account.find("secretsmanager", "describe_secret", "ResourceNotFoundException", SecretId=full)
    if found is None:
        return Diagnosis(SECRET, "yellow", f"{full} does not exist yet", "It comes with the layer infrastructure.")
    if "DeletedDate" in found:
        restore = f"aws secretsmanager restore-secret --secret-id {full} --region {account.env.region}"
        detail = f"{full} waits for its deletion, and its name can't be taken until then"
        return Diagnosis(SECRET, "red", detail, f"Bring it back: `{restore}`.")
    if not any(CURRENT in stages for stages in found.get("VersionIdsToStages", {}).values()):
        fix = f"`sitechat secret generate {name} --env {env_ref}`, or `secret set` for one of your own."
        return Diagnosis(SECRET, "yellow", f"{full} has no value: the service would not start", fix)
    return Diagnosis(SECRET, "green", f"{full} has a value")


def _image(account: Account) -> Diagnosis:
    image, env = account.env.image, account.env
    push = again("image push", account.session.env_ref)
    if image.tag is None and image.digest is None:
        fix = f"`{push}` ends with the lines to add."
        return Diagnosis(IMAGE, "yellow", "none is configured: the service runs no task", fix)
    name = image.repository or env.names.resource("app")
    wanted = {"imageDigest": image.digest} if image.digest else {"imageTag": image.tag}
    absent = ("RepositoryNotFoundException", "ImageNotFoundException")
    found = account.find("ecr", "describe_images", *absent, repositoryName=name, imageIds=[wanted])
    shown = f"{name}{'@' if image.digest else ':'}{image.digest or image.tag}"
    if found is None:
        return Diagnosis(IMAGE, "red", f"{shown} is not in the repository", f"Push it with `{push}`.")
    return Diagnosis(IMAGE, "green", shown)
