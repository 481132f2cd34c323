"""Write the report as an HTML page and as Markdown for a pull-request comment."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.cost.diff import price_differences
from pipeline.cost.words import FREE_TIERS, quantity, remarks, signed, unit_price
from pipeline.report.changes import ORDER, SIGNS
from pipeline.report.markdown import report_markdown
from pipeline.report.model import ReportInput
from pipeline.report.prices import price_headline, price_rows
from pipeline.report.road import draw_road
from pipeline.report.view import build_view
from pipeline.report.waterfall import draw_waterfall
from pipeline.work import write_private

PAGE, COMMENT = "index.html", "report.md"


def write_report(data: ReportInput, out: Path) -> Path:
    """Write index.html and report.md into the folder `out`, private to its owner; returns the page's path."""
    view = build_view(data)
    templates = _templates()
    style = (files("pipeline.report") / "templates" / "report.css").read_text(encoding="utf-8")
    page = templates.get_template("page.html.j2").render(
        view=view,
        data=data,
        order=ORDER,
        signs=SIGNS,
        css=Markup(style),
        svg=Markup(view.svg),
        road_svg=Markup(draw_road(view.road.steps)) if view.road else "",
        spans_svg=Markup(draw_waterfall(view.road.spans)) if view.road and view.road.spans else "",
        remarks=remarks(data.cost) if data.cost else [],
        changed_lines=price_differences(data.cost_before, data.cost) if data.cost and data.cost_before else (),
        price_rows=price_rows(data.cost, data.cost_before) if data.cost else (),
        headline=price_headline(data.cost, data.cost_before) if data.cost else "",
        signed=signed,
        free_tiers=FREE_TIERS,
        quantity=quantity,
        unit_price=unit_price,
    )
    write_private(out / COMMENT, report_markdown(view).encode())
    write_private(out / PAGE, page.encode())
    return out / PAGE


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
