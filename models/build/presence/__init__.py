"""How the presence check was made: rendered visits, simulated recaptures, the fit."""
