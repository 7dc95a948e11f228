"""The broker: the only way out of a jail. Parses what is hostile, decides, records, and passes on what may pass."""
