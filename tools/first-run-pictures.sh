#!/bin/sh
# Walks the three first runs in a real browser and keeps the pictures that docs/first-run-workbench.md shows.
set -eu
python="${1:-.venv/bin/python}"
"$python" -m pytest -q -m slow tests/browser/test_first_run_paths.py
for company in distributor retailer government; do
    for screen in seen overview; do
        picture=$(ls .artefacts/first-run/"$company"/[0-9][0-9]-"$screen".jpg)
        cp "$picture" docs/pictures/first-run-"$company"-"$screen".jpg
    done
done
