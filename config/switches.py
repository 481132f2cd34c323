"""The object in S3 that pauses the model: layers, the application's contract and `sitechat` share its name."""

from __future__ import annotations

# The bucket's purpose in its name, and the key of the object. Whoever finds the object there calls no model.
SWITCHES, PAUSED = "switches", "model/paused.json"
