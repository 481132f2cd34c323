"""Names of what stops the model: layers, the application's contract and `sitechat` share them."""

from __future__ import annotations

# The bucket's purpose in its name, and the key of the object. Whoever finds the object there calls no model.
SWITCHES, PAUSED = "switches", "model/paused.json"
# Purpose in the name of the policy that denies every call of a model. No layer attaches it: who stops the model does.
DENIAL = "model-stop"
# Purpose in the name of the budget whose action attaches it.
MODEL_BUDGET = "models"
