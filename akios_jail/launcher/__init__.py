"""One session, from a policy to an exit status: composes the jail, starts the broker, and holds both to the end.

The launcher is the privileged part, so it is small, parses only the policy and its own flags, and never reads a byte
that came from the agent (terminal bytes are copied, not looked at).
"""
