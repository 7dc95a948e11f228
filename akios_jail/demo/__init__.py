"""The demonstration: a local provider, a misbehaving agent, and a judgement of what came of it from the records."""
