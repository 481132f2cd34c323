"""`python -m pipeline` is `sitechat`."""

from __future__ import annotations

from pipeline.cli import main

main()
