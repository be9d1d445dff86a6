"""How long users wait for the reloader, as ratios to the least that anything could do; see `docs/speed.md`."""
