"""Environment variables that are not the application's to have: names that AWS, the system or a loader reads."""

from __future__ import annotations

from config.checks import Text, ValueCheck
from config.contract import Choice

# Any text but none switches these on.
_SWITCH = Text(r".+", "any text")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Settings of AWS's SDKs that send nothing elsewhere and hold no credentials ("Settings reference", SDKs guide), of the
# form that X-Ray takes spans in, and of Python's with which it starts (its documentation, "Environment variables"):
# each with the values that are taken.
SETTINGS: dict[str, ValueCheck] = {
    "AWS_DEFAULTS_MODE": Choice(("auto", "cross-region", "in-region", "legacy", "mobile", "standard")),
    "AWS_MAX_ATTEMPTS": Text(r"[1-9]\d?", "a whole number from 1 to 99"),
    "AWS_RETRY_MODE": Choice(("adaptive", "legacy", "standard")),
    "AWS_SDK_UA_APP_ID": Text(r"[A-Za-z0-9!$%&*+.^_`|~,'#-]+", "up to 50 letters, digits and punctuation marks", 50),
    "OTEL_EXPORTER_OTLP_PROTOCOL": Choice(("http/protobuf",)),
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": Choice(("http/protobuf",)),
    "PYTHONASYNCIODEBUG": _SWITCH,
    "PYTHONDONTWRITEBYTECODE": _SWITCH,
    "PYTHONFAULTHANDLER": _SWITCH,
    "PYTHONHASHSEED": Text(r"random|0|[1-9]\d{0,8}", "random, or a whole number of up to nine digits"),
    "PYTHONIOENCODING": Choice(("utf-8", "utf-8:backslashreplace", "utf-8:replace", "utf-8:strict", "utf8")),
    "PYTHONOPTIMIZE": Choice(("1", "2")),
    "PYTHONUNBUFFERED": _SWITCH,
    "PYTHONUTF8": Choice(("0", "1")),
}
_OF_SDKS = "AWS's SDKs read it: region, credentials and addresses are the task's"
_OF_ECS = "ECS sets it"
_OF_TRACES = "monitoring.tracing says where spans go, and no span holds a message"
_OF_LOADERS = "it changes what the process loads"
# Start of a name, and why it isn't taken.
_STARTS = (
    *((start, _OF_SDKS) for start in ("AWS_", "AMAZON_", "BOTO_")),
    *((start, _OF_TRACES) for start in ("OTEL_EXPORTER_OTLP_", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_")),
    *((start, _OF_ECS) for start in ("ECS_", "FARGATE_")),
    *((start, _OF_LOADERS) for start in ("LD_", "DYLD_", "BASH_FUNC_", "DOTNET_", "CORECLR_", "PYTHON")),
)
# Whole names, and why they aren't taken.
_WHOLE = (
    (
        _names("""
            BASHOPTS BASH_ENV CLASSPATH COMPLUS_ADDITIONALDEPS ENV GCONV_PATH GIO_EXTRA_MODULES GLIBC_TUNABLES IFS
            JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS LOCPATH LUA_CPATH LUA_INIT LUA_PATH MALLOC_TRACE NLSPATH NODE_OPTIONS
            NODE_PATH NODE_REPL_EXTERNAL_MODULE OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_ENGINES OPENSSL_MODULES PATH
            PERL5DB PERL5LIB PERL5OPT PERLLIB PHPRC PHP_INI_SCAN_DIR PROMPT_COMMAND RUBYLIB RUBYOPT SHELLOPTS
            _JAVA_OPTIONS
        """),
        _OF_LOADERS,
    ),
    (
        _names("""
            CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED PYTHONHTTPSVERIFY REQUESTS_CA_BUNDLE
            SSLKEYLOGFILE SSL_CERT_DIR SSL_CERT_FILE
        """),
        "it changes whom the process trusts",
    ),
    (
        _names("ALL_PROXY FTP_PROXY HTTPS_PROXY HTTP_PROXY NO_PROXY SOCKS_PROXY"),
        "it sends requests, signed ones too, another way than the network does",
    ),
    (_names("HOSTNAME OLDPWD PWD"), "the container sets it"),
)


def why_reserved(name: str) -> str | None:
    """Why a variable of this name isn't the application's to have; None where it may be set."""
    if name in SETTINGS:
        return None
    starts = (why for start, why in _STARTS if name.startswith(start))
    return next(starts, None) or next((why for names, why in _WHOLE if name in names), None)
