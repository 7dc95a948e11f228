"""One call on its way to a model: where it may be sent, in which order, and made ready for it."""
