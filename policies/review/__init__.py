"""The security review, written from what is synthesised: `python -m policies.review` rewrites its document."""
