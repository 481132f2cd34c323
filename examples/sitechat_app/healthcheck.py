"""`python -m sitechat_app.healthcheck`: the container's health check, which needs neither a shell nor curl."""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    """0 when /health of this container answers 200 in time, else 1."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8080), timeout=3)
    try:
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
