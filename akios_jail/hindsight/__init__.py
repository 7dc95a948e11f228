"""Hindsight: recorded sessions judged by another policy than the one that they ran under."""
