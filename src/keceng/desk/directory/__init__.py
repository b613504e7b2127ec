"""The customer directory: what every list of the workbench reads, written per run and switched whole."""
