"""Read a secret's value from a hidden prompt or standard input, or generate it. It is never an argument."""

from __future__ import annotations

import secrets
import sys

from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError

# Secrets Manager: SecretString, PutSecretValue.
MAX_BYTES = 65536
# Random bytes of a generated value: 64 characters, twice the minimum of the session key.
GENERATED_BYTES = 48


def read_value(name: str) -> str:
    """Read the value of `name` from standard input, or from a hidden prompt where it is typed twice."""
    if sys.stdin.isatty():
        return checked_value(_prompted(name).encode())
    return checked_value(sys.stdin.buffer.read(MAX_BYTES + 3))


def generate_value() -> str:
    """A random value for keys, of letters, digits, - and _."""
    return secrets.token_urlsafe(GENERATED_BYTES)


def checked_value(data: bytes) -> str:
    """`data` as text without a final newline. Raises SitechatError (2), which never repeats the value."""
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _refused("the value is not UTF-8 text", "Encode it first, for example with base64.") from None
    if not text:
        raise _refused("the value is empty", "Type it, or send it to standard input.")
    if len(data) > MAX_BYTES:
        raise _refused(f"the value has more than {MAX_BYTES} bytes", "Secrets Manager takes no longer one.")
    if "\0" in text:
        raise _refused("the value holds a NUL character", "The application gets it as an environment variable.")
    return text


def _prompted(name: str) -> str:
    import getpass

    try:
        while True:
            value = getpass.getpass(f"Value of {name}: ")
            if value == getpass.getpass("The same again: "):
                return value
            err.print("The two are different; once more.")
    except (EOFError, KeyboardInterrupt):
        err.print()
        raise SitechatError("interrupted; nothing was changed", code=ExitCode.INTERRUPTED) from None


def _refused(message: str, hint: str) -> SitechatError:
    return SitechatError(message, hint=hint, code=ExitCode.USAGE)
