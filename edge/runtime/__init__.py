"""What every process needs: settings, clock, service loop, atomic files, state files."""
