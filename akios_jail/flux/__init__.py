"""Money and tokens: what a call may cost, what is left, and what it did cost.

As with a card: the most a call can cost is reserved before it runs, what it did cost is settled afterwards, and the
rest is free again. Micro-dollars and tokens are whole numbers everywhere; no float decides about money.
"""
