"""Documents whose personal data is known exactly: what detectors are measured against, and were not written against.

`document` is what a document is, `template` writes one from a template and a locale, `values/` makes values by the
public descriptions of their formats, `locales/` says how people, places and numbers look in a country, `templates/`
and `hand/` hold the texts, and `split` makes the two halves: one that authors of detectors may look at, and one that
only totals are printed of. Nothing here imports the product.
"""
