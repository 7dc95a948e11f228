"""Values by the public descriptions of their formats, with check digits that are right. One file a family.

Every function takes a `random.Random` and gives a text as people write it.
"""
