"""`python -m pipeline` is `sitechat`."""

from pipeline.cli import main

main()
