"""Rendered people who do not exist: the demo's photos and clip, from CC0 MakeHuman assets.

Start with REPORT.md. A seed becomes an `identity`, that a `body`, that a `scene`; `views` renders
photos, `clip` and `encode` the clip; `candidates` and `screen` choose people; `measure` judges.
"""
