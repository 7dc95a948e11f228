"""The audit log: one machine-wide, append-only file in which every verdict stands before it takes effect.

`record` is the format of one line, `log` appends lines durably from several processes at once, `verify` reads a log
and names whatever was altered, dropped, reordered or inserted. The broker imports this room before anything else, so it
loads a handful of small standard modules and nothing more.
"""
