"""Bundles: the saved plans of one wave, sealed with hashes, so that `apply` runs exactly what was reviewed.

`build` makes one, `apply` applies one; `store` reads them from disk, `transport` moves them through the state bucket.
"""
