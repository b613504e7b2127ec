"""策略: what is done for each grade in each state, and who stands there."""
