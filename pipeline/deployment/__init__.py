"""Bootstrap, deploy and destroy an environment.

`bootstrap` makes the remote state (`adoption` finds what of it exists); `deploy` plans and applies all waves, `follow`
starts from a reviewed bundle; `destroy` takes an environment down; `consent` asks a person.
"""
