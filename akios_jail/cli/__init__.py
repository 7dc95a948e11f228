"""The command line: one file a command, with its words, colours and exit statuses; what a command does lives elsewhere.

`main` knows the commands by name only and imports the one that is asked for. Every command is a click command called
`command` in a module of its own. Human words go to stdout for what answers a question, to stderr for what `run` says,
and `--json` gives the same to a program.
"""
