"""Runs as people see them, and what people decide about grades: the monthly review, appeals, overrides, nominations."""
