"""标准: a standard read in words, turned by its numbers, written as YAML, weighed, approved, put in force, looked back at."""
