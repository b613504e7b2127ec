"""Decisions on their way to the lake: posted with the change that made them, delivered after it, replayed when in doubt."""
