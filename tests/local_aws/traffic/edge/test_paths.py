"""Path patterns and normal forms."""

from __future__ import annotations

import pytest

from local_aws.traffic.edge.paths import matches, normalised


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/api/*", "/api/chat", True),
        ("/api/*", "/api/", True),
        ("/api/*", "/api", False),
        ("/api/*", "/API/chat", False),
        ("api/*", "/api/chat", True),
        ("*.jpg", "/a/b.jpg", True),
        ("/a?c", "/abc", True),
        ("/a?c", "/ac", False),
        ("/health", "/health", True),
        ("/health", "/health/", False),
        ("/a.b", "/axb", False),
        ("", "/anything", True),
        ("/api/*", "/static/../api/chat", True),
        ("/api/*", "/%61pi/chat", True),
        ("/static/*", "/static/../api/chat", False),
    ],
)
def test_a_pattern_fits(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits


@pytest.mark.parametrize(
    ("path", "normal"),
    [("/a/./b", "/a/b"), ("/a/b/..", "/a/"), ("/../a", "/a"), ("/%7Ea/%2f", "/~a/%2F"), ("/", "/"), ("//a", "//a")],
)
def test_a_normal_form(path: str, normal: str) -> None:
    assert normalised(path) == normal
