"""Setting a box up and taking it down again, as lists of steps that can be shown first."""
