"""The same reviews read by scikit-learn: TF-IDF of 1 to 4 letters, logistic regression."""

import pathlib
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline

DATA = pathlib.Path(__file__).parent.parent / "data"


def reviews(name):
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [row[2] for row in rows], [row[0] for row in rows]


texts, labels = reviews("reviews_train.tsv")
held_out, expected = reviews("reviews_held_out.tsv")
vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
model = make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000)).fit(texts, labels)
start = time.perf_counter()
said = model.predict(held_out)
each = (time.perf_counter() - start) / len(held_out)
accuracy, macro_f1 = accuracy_score(expected, said), f1_score(expected, said, average="macro")
print(f"sentiment, scikit-learn: {len(said)} reviews: accuracy {accuracy:.3f}, macro F1 {macro_f1:.3f}")
print(f"sentiment, scikit-learn, one review of a batch: {each * 1e6:.0f}µs")
