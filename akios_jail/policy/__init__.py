"""What an agent may do: a manifest read and checked (`load`), compiled to plans (`compile`), and decided by (`decide`).

Pure but for reading the policy's file and keeping compiled plans (`cache`); imports no other room.
"""
