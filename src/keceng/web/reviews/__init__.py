"""升降级评审: the monthly review decided in place, and what waits for an answer between two reviews."""
