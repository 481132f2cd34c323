"""Recovery from interrupted runs: find what they left, and repair it.

`leftovers` finds all of it: locks (`locks`), states not stored, tainted resources, and orphans, which are resources in
AWS that no state knows (`orphans_by_tag`, `orphans_by_name`). `matching` pairs orphans with addresses of the
configuration (`import_ids`, `known_values`); `repair` stores states and imports orphans; `state_objects` reads the
state bucket.
"""
