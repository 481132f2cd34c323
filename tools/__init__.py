"""Programs around the product: benchmarks, security assurance, set-up and CI scripts."""
