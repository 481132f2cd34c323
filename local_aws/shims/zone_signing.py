"""Route 53: ministack has no DNSSEC, and the provider asks for it before it empties and deletes a zone.
Planned use beyond that: DNSSEC by choice, for which signing is still to be added here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from local_aws.messages import Request, Response, not_implemented
from local_aws.shims.base import Forward, Shim

_ZONE = re.compile(r"(/2013-04-01/hostedzone/[^/?]+)/(dnssec|enable-dnssec|disable-dnssec)/?")
_KEY = re.compile(r"/2013-04-01/keysigningkey\b")
_UNSIGNED = (
    '<?xml version="1.0" encoding="UTF-8"?><GetDNSSECResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
    "<Status><ServeSignature>NOT_SIGNING</ServeSignature></Status><KeySigningKeys/></GetDNSSECResponse>"
)


class ZoneSigning(Shim):
    """Reports every zone as unsigned; answers 501 to requests to sign one."""

    service = "route53"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        path = request.path.partition("?")[0]
        match = _ZONE.fullmatch(path)
        if match is None:
            return not_implemented(request, "the shim") if _KEY.match(path) else None
        if (request.method, match[2]) != ("GET", "dnssec"):
            return not_implemented(request, "the shim")
        zone = forward(replace(request, path=match[1]))
        return zone if zone.status >= 300 else Response(200, _UNSIGNED.encode(), {"Content-Type": "text/xml"})
