"""运行: classifications under way, done and failed; what comes by itself; who moved between two; exports."""
