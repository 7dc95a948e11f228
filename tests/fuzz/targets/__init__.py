"""One file a target. Each has `fuzz(data)`, which passes whatever the bytes are, or finds a defect; and may have
`TOKENS`, words of its format that a mutation puts in."""
