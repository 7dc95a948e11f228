"""AKIOS jail: run any agent in a Linux jail whose only way out is a broker that enforces a policy."""

__version__ = "0.1.0"
