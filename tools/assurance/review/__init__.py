"""The security review, written from what is synthesised: `python -m tools.assurance.review` rewrites its document."""
