"""`python -m sitechat_app.healthcheck`: the container's health check, which needs neither a shell nor curl."""

from __future__ import annotations

import http.client
import os
import ssl
import sys


def main() -> int:
    """Exit code of the check: 0 when /health of this container answers 200 in time, else 1."""
    connection = _connection(int(os.environ.get("PORT") or 8080))
    try:
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


def _connection(port: int) -> http.client.HTTPConnection:
    if os.environ.get("SITECHAT_TLS") != "on":
        return http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    # The certificate is made at start, so no authority signed it; over loopback nobody else answers.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=3, context=context)


if __name__ == "__main__":
    sys.exit(main())
