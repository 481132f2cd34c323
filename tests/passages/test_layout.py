from __future__ import annotations

import pytest

from passages import layout


def test_the_mapping_has_the_fields_of_the_contract() -> None:
    found = layout.mappings()
    assert found["dynamic"] is False
    kinds = {name: field["type"] for name, field in found["properties"].items()}
    assert kinds == {
        "embedding": "knn_vector",
        "title": "text",
        "text": "text",
        "url": "keyword",
        "page": "keyword",
        "source": "keyword",
        "hash": "keyword",
    }
    assert found["properties"]["embedding"]["dimension"] == 1024


def test_a_tag_tells_model_dimensions_and_layout_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {layout.model_tag("a"), layout.model_tag("b"), layout.model_tag("a", 512)}
    monkeypatch.setattr(layout, "LAYOUT", layout.LAYOUT + 1)
    tags.add(layout.model_tag("a"))
    assert len(tags) == 4
    assert all(tag.isalnum() and len(tag) <= 32 for tag in tags)


@pytest.mark.parametrize(
    ("name", "number"),
    [("site-001", 1), ("site-1000", 1000), ("site-1", None), ("site", None), ("other-001", None), ("site-00x", None)],
)
def test_versions_are_known_by_their_names(name: str, number: int | None) -> None:
    assert layout.version_number("site", name) == number
    if number is not None:
        assert layout.version_name("site", number) == name
