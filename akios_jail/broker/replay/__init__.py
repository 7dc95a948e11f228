"""Running a recorded agent again: its requests are compared with those on record, and get the recorded answers."""
