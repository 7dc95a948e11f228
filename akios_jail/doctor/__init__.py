"""What this machine can and cannot do, found by trying it: each thing that a session needs is done once, in a child.

A kernel's version says little: distributions patch, containers forbid, administrators switch off. So every check
carries out the very act that the jail would, where possible with the jail's own code, in a process that is thrown away.
"""
