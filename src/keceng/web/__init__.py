"""The workbench in a browser: a screen is a folder (urls, views, templates). It reaches the engine through the desk alone."""
