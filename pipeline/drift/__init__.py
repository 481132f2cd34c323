"""Drift: differences between AWS and the state of the last apply.

`compare` finds them; `runtime_owned` lists attributes that running systems change.
"""
