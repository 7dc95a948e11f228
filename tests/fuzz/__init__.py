"""Hostile bytes for everything that reads them; docs/fuzzing.md says how it is run."""
