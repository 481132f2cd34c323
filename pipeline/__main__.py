"""Run the `sitechat` command as `python -m pipeline`."""

from __future__ import annotations

try:
    from pipeline.cli import main
except KeyboardInterrupt:  # pressed before anything was loaded that could tell it well
    raise SystemExit(130) from None

main()
