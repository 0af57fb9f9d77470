"""Rendered people who do not exist: demo photos and the demo clip, from CC0 MakeHuman assets."""
