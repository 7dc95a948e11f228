"""Model wire formats: what an agent says to a model, and what the model answers, in one neutral form.

One file a wire format; `registry` knows which one speaks on a given host and path. Nothing here opens a socket, and
nothing here decides: the room reads, and writes the few fields that the broker has to set.
"""
