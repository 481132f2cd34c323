"""The data plane of the emulated AWS: does to a request what was deployed.

It reads what was deployed from the emulators by their APIs, never from this project's code or configuration.
"""
