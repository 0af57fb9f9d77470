"""The demonstration: rendered people, a clip, and a run of the whole box on them."""
