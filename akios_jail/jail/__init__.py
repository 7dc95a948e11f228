"""The jail: one file a kernel facility. It takes plans and specifications and knows no policy file."""
