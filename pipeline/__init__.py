"""The `sitechat` command: synth, scan, plan, apply and what surrounds them. Never imports cdktf or the bindings."""
