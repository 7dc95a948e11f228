"""The audit log: a record of every verdict, durable before it takes effect, in a log that outsiders can verify.

Writing: `record` spells a record, `journal` makes it durable, `sequencer` brings journals into the tree and signs it.
The formats: `merkle`, `bundle`, `tiles`, `note`, `checkpoint`, `cosignature`, `proof`. Reading: `examine` (with `walk`,
`damage`, `numbers`, `waiting`) says whether a log is whole and names what is not; `export` and `prune`.

The broker imports `record` and `journal` before anything else, so these load a handful of small standard modules and
nothing more; `cryptography` is imported where something is signed or checked.
"""
