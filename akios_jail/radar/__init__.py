"""The trace: what an agent thought, asked for, saw and decided, as a graph whose edges were recorded, never guessed."""
