"""Releases of the application: begin, watch, take up again, go back; `run.py` is what to call first."""
