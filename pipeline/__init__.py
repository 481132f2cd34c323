"""The `sitechat` command: synthesise, scan, plan and apply environments. Never imports cdktf or its bindings."""
