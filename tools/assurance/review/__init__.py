"""Security review generated from the synthesised layers: `python -m tools.assurance.review` rewrites its document."""
