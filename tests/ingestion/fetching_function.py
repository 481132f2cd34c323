"""The fetching function with sources on loopback, and its events."""

from __future__ import annotations

import json
from typing import Any

from ingestion.functions.fetch import Fetching
from ingestion.settings import load_fetch_settings
from ingestion.web.addresses import page_id
from tests.ingestion.listings import NO_AUTHORITIES
from tests.ingestion.site import USER_AGENT, Answer, Site

RUN = "run-1"


def settings_json(bucket: str, site: Site, *sources: dict[str, Any], **limits: int) -> str:
    return json.dumps(
        {
            "bucket": bucket,
            "user_agent": USER_AGENT,
            "sources": sources,
            "limits": limits,
            "allowed_addresses": [f"127.0.0.1:{site.port}"],
        }
    )


def sitemap_of(site: Site) -> dict[str, Any]:
    return {"name": "main", "kind": "sitemap", "address": site.url("/sitemap.xml"), "hosts": ["127.0.0.1"]}


def crawl_of(site: Site) -> dict[str, Any]:
    return {"name": "main", "kind": "crawl", "start": [site.url("/")], "hosts": ["127.0.0.1"], "depth": 1}


def sitemap(site: Site, *paths: str) -> None:
    entries = "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in paths)
    site.pages["/sitemap.xml"] = Answer(f"<urlset>{entries}</urlset>".encode(), "text/xml")


def function_with(s3: Any, bucket: str, site: Site, *sources: dict[str, Any], **limits: int) -> Fetching:
    return Fetching(
        load_fetch_settings({"INGESTION": settings_json(bucket, site, *sources, **limits)}), s3, tls=NO_AUTHORITIES
    )


def page_event(address: str, source: str = "main") -> dict[str, str]:
    return {"do": "page", "source": source, "run": RUN, "page": page_id(address), "address": address}


def list_event(source: str = "main") -> dict[str, str]:
    return {"do": "list", "source": source, "run": RUN}
