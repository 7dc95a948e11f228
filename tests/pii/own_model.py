"""A model of one's own, trained within a second and laid out as `spacy package` does: it knows people with odd names.

Its finder of names listens to another part of the pipeline, which must not be left out.
"""

from __future__ import annotations

import random
from pathlib import Path

import spacy
from spacy.training import Example


def packaged(folder: Path, name: str, label: str) -> None:
    """Put it into `folder`, where packages are looked for. `label`: what it calls what it finds."""
    spacy.util.fix_random_seed()  # the same model each time
    nlp = spacy.blank("en")
    words = {"width": 32, "depth": 2, "embed_size": 300, "window_size": 1, "maxout_pieces": 2, "subword_features": True}
    layer = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, **words}
    nlp.add_pipe("tok2vec", config={"model": layer})
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 32, "upstream": "tok2vec"}
    parser = {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner", "extra_state_tokens": False}
    sizes = {"hidden_width": 32, "maxout_pieces": 2, "use_upper": True, "nO": None}
    finder = nlp.add_pipe("ner", config={"model": {**parser, **sizes, "tok2vec": listener}})
    finder.add_label(label)
    examples = [Example.from_dict(nlp.make_doc("The bus came late."), {"entities": []})]
    for person in ("Zorblat Quim", "Vexo Tarn", "Miri Osk"):
        for sentence in ("{} came late.", "Yesterday {} slept.", "Ask {} now."):
            text = sentence.format(person)
            start = text.index(person)
            entities = [(start, start + len(person), label)]
            examples.append(Example.from_dict(nlp.make_doc(text), {"entities": entities}))
    nlp.initialize(lambda: examples)
    for turn in range(40):
        random.Random(turn).shuffle(examples)
        nlp.update(examples)
    package = folder / name
    package.mkdir()
    nlp.to_disk(package / f"{name}-1.0.0")
    meta = (package / f"{name}-1.0.0" / "meta.json").read_text()
    (package / "meta.json").write_text(meta)
    (package / "__init__.py").write_text(
        "from pathlib import Path\nfrom spacy.util import load_model_from_path\n"
        f"def load(**overrides):\n"
        f"    return load_model_from_path(Path(__file__).parent / '{name}-1.0.0', **overrides)\n"
    )
    info = folder / f"{name}-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
    (info / "entry_points.txt").write_text(f"[spacy_models]\n{name} = {name}\n")
