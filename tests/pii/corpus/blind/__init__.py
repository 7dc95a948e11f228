"""A second corpus, made apart from the detectors and from the first corpus: nobody who wrote it has read either.

It has its own generator (`patterns`, `identity`, `money`, `accounts`, `papers`, `network`, `keys_of_providers`), its
own people, streets and telephone numbers (`people.txt` of each half), its own templates, and documents that were
written by hand one by one, as people and systems write. `corpus.documents` gives them as the first corpus's `Document`.

Of the two halves, `dev` is for authors of detectors to read; of `heldout` only figures are looked at. They share the
makers of numbers, whose formats are their countries', and share no person, street, template or text.
`dev2` and `heldout2` are a second such pair, written later by somebody who had read of all that `dev`'s form alone;
`heldout2` is read by now, too.
`heldout3` is held out whole: hardly anything in it is from a template, nor are the formats of its numbers the makers'.
`heldout4` is held out whole, too: by hand alone, and weighed by what is common.
`dev3` is by hand alone as well, and may be read: authors of detectors learn from its misses what `heldout4` hides.

What is labelled: what a careful privacy officer marks as personal, of the kinds that the catalogue promises. A name in
running text that nothing beside it gives away is `running`: it is counted in a row of its own, since the catalogue does
not promise it. `?` is what may be found or not: a company's switchboard, a private address, a city beside a street.
"""
