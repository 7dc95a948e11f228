"""Keys that an agent uses and never holds: where they may go, and where neither they nor their stand-ins may.

Pure: no socket, no file, no clock. The broker's `credential` stage carries out what is decided here.
"""
