"""What brings people into the loop: actions that wait for a person's word, where every broker and command sees them.

Nothing here talks to an agent, and what is read from the store is taken for hostile: a broker that was taken over could
have written it.
"""
