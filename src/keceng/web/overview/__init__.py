"""总览: which customers matter, what changed, what waits."""
