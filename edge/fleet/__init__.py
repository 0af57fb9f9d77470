"""The operator's side of a fleet: who may speak to the broker, and a new box's first file."""
