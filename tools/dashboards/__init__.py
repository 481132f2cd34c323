"""Pictures of the dashboards, drawn from what is synthesised, and the page in docs/ that shows them."""
