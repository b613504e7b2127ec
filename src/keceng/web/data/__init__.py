"""数据: what came in, what is missing, what was turned away."""
