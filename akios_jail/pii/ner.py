"""Names of people in running text, by a model of the language: the extra `presidio`, only where a policy asks for it.

The other detectors need a form, or a word beside the value; here presidio-analyzer's engine runs a spaCy model over
whole texts. That is some hundred times slower, and no proof: what it finds is what the model takes for a name.

A model reads parts of a text that end where sentences do and overlap a little, so that neither its time nor its memory
grows faster than the text. What it takes for a name is cut to what can be one: words of letters,
without what a placeholder or an identifier has.
"""

from __future__ import annotations

import functools
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from akios_jail.pii.detectors.name_grammar import normal
from akios_jail.pii.finding import Finding
from akios_jail.pii.merge import merged
from akios_jail.pii.vault import Unredactable
from akios_jail.pii.view import View
from akios_jail.policy.language_models import PEOPLE, missing

KIND = "person_name"
#: So many characters a model reads at once.
PART = 1200
#: So many characters the next part reads again: a name that the cut went through is whole in one of them.
OVERLAP = 120
#: So many parts are handed over together; between two of these the time is looked at.
_BATCH = 8
#: Processor time that the texts of one document may take. A megabyte of prose takes a quarter of it.
SECONDS = 60.0

#: Parts of a pipeline that say nothing of names; one that the finder of names listens to is none of these.
_NEEDLESS = """
    tagger morphologizer parser senter lemmatizer trainable_lemmatizer attribute_ruler textcat textcat_multilabel
    entity_linker
"""
_LETTER = r"[^\W\d_]"
#: Two words, or a script that is written without blanks: what has neither is a number, an identifier or a lone word.
_RUNNING = re.compile(
    rf"{_LETTER}\W{{0,3}}\s\W{{0,3}}{_LETTER}|[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{{2}}"
)
#: A word so long is none: its signs are read as blanks. A tokenizer that takes one after the other off a word needs a
#: time that grows with the square of its length.
_DENSE = re.compile(r"\S{64,}")
_SIGN = re.compile(r"[\W_]")
_SENTENCE = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"')\]\u00bb\u201d]{0,2}\s|\n\s{0,8}\n")
_WORD = rf"{_LETTER}(?:{_LETTER}|['\u2019.\-](?={_LETTER})|\.(?=[ ,]))*"
#: What of a model's finding can be a name: words in a line that no digit or underscore is glued to, and no at sign.
_NAME = re.compile(rf"(?<![\w\-]){_WORD}(?: {{1,2}}{_WORD})*(?![\w@])")
_GLUED = re.compile(r"[\w@]")
_POSSESSIVE = re.compile(r"['\u2019][sS]$")


class Names:
    """Finds names of people with these models, which are loaded once for a process. Several threads take turns at a
    model; only one may look through a document that has a limit."""

    def __init__(self, models: Sequence[str]) -> None:
        self._names = tuple(models)
        self._models: list[_Model] = []
        self._turn = threading.Lock()
        self._left: float | None = None

    def prepare(self) -> None:
        """Load the models now: a second or two, most of it for the library. `Unredactable` if one cannot be had."""
        with self._turn:
            if not self._models:
                with _loading:
                    self._models = [_loaded(name) for name in self._names]

    def begin(self) -> None:
        """A new document: its texts together may take `SECONDS`. Without this there is no limit."""
        self._left = SECONDS

    def found(self, text: str, known: Iterable[Finding] = ()) -> list[Finding]:
        """The names in a text that is not a piece of a longer one, in its order and without overlap.

        What `known` says to be something else is no name. `Unredactable` where a model failed or took too long.
        """
        if _RUNNING.search(text) is None:
            return []
        self.prepare()
        view = View(text)
        others = [finding for finding in known if finding.kind != KIND]
        ranked: list[tuple[Finding, int]] = []
        for model in self._models:
            reason = f"a model of the language says so ({model.name})"
            for start, end, score in self._spans(model, view.folded):
                for first, last in _names_in(view.folded, start, end):
                    begin, stop = view.origin(first, last)
                    if not any(other.start < stop and begin < other.end for other in others):
                        key = normal(view.folded[first:last])
                        ranked.append((Finding(KIND, begin, stop, key, score, reason), 0))
        return merged(text, ranked)

    def _spans(self, model: _Model, text: str) -> Iterator[tuple[int, int, float]]:
        places = [place for place in parts(text) if _RUNNING.search(text, *place) is not None]
        for first in range(0, len(places), _BATCH):
            batch = places[first : first + _BATCH]
            begun = time.thread_time()
            try:
                spans = model.people([_DENSE.sub(_loosened, text[start:end]) for start, end in batch])
            except Exception as error:
                what = f"the model {model.name} failed with {type(error).__name__}"
                raise Unredactable(f"{what}, so nothing may pass it") from error
            if self._left is not None:
                self._left -= time.thread_time() - begun
                if self._left < 0:
                    raise Unredactable("looking for names by a model took longer than it may")
            for (start, _), found in zip(batch, spans, strict=True):
                yield from ((start + span.start, start + span.end, span.score) for span in found)


def parts(text: str) -> Iterator[tuple[int, int]]:
    """The text in parts of at most `PART` characters, cut after a sentence if there is one, else after a word; each
    begins `OVERLAP` characters before the end of the one before it, or a word earlier."""
    start = 0
    while len(text) - start > PART:
        end = _cut(text, start + PART // 2, start + PART)
        yield start, end
        start = _word_start(text, end - OVERLAP)
    yield start, len(text)


def _cut(text: str, least: int, most: int) -> int:
    ends = [match.end() for match in _SENTENCE.finditer(text, least, most)]
    if ends:
        return ends[-1]
    blank = max(text.rfind(" ", least, most), text.rfind("\n", least, most))
    return blank + 1 if blank >= 0 else most


def _word_start(text: str, at: int) -> int:
    blank = max(text.rfind(" ", at - OVERLAP, at), text.rfind("\n", at - OVERLAP, at))
    return blank + 1 if blank >= 0 else at


def _loosened(run: re.Match[str]) -> str:
    return _SIGN.sub(" ", run.group())


def _names_in(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What of a model's finding can be a name, with two letters at least."""
    for match in _NAME.finditer(text, start, end):
        if match.end() == end and _GLUED.match(text, end):
            continue  # the model's finding ends within a word
        name = _POSSESSIVE.sub("", match.group())
        if sum(map(str.isalpha, name)) > 1:
            yield match.start(), match.start() + len(name)


class _Span(NamedTuple):
    start: int
    end: int
    score: float


class _Model(NamedTuple):
    """A loaded model behind presidio's engine, which gives all models' labels one name."""

    name: str
    language: str
    engine: Any
    pipeline: Any
    turn: threading.Lock

    def people(self, texts: list[str]) -> list[list[_Span]]:
        """For each text where the model sees the name of a person, and how sure it is."""
        found = []
        # What was read is forgotten afterwards: the words of a text would otherwise stay in the model's vocabulary.
        with self.turn, self.pipeline.memory_zone():
            for _, read in self.engine.process_batch(texts, self.language, batch_size=_BATCH):
                people = zip(read.entities, read.scores, strict=True)
                found.append(
                    [_Span(one.start_char, one.end_char, score) for one, score in people if one.label_ == "PERSON"]
                )
        return found


#: Two threads that want one model wait for one load of it.
_loading = threading.Lock()


@functools.lru_cache(maxsize=8)
def _loaded(name: str) -> _Model:
    wrong = missing(name)
    if wrong is not None:
        raise Unredactable(f"{wrong.message}. {wrong.hint}")
    # Its matrices are small; threads of its own would only take turns with ours, and their time is not counted.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        import spacy
        from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

        pipeline: Any = spacy.load(name, exclude=_NEEDLESS.split())
        # Whom nobody listens to need not speak.
        if "tok2vec" in pipeline.pipe_names and not pipeline.get_pipe("tok2vec").listening_components:
            pipeline.disable_pipe("tok2vec")
        labels = {label for of_part in pipeline.pipe_labels.values() for label in of_part}
        engine: Any = SpacyNlpEngine(
            models=[{"lang_code": pipeline.lang, "model_name": name}],
            ner_model_configuration=NerModelConfiguration(labels_to_ignore=sorted(labels - PEOPLE)),
        )
        engine.nlp = {pipeline.lang: pipeline}  # loaded here: its own way fetches what is not there from elsewhere
    except Exception as error:
        raise Unredactable(f"the model {name} cannot be loaded: {type(error).__name__}: {error}") from error
    return _Model(name, pipeline.lang, engine, pipeline, threading.Lock())
