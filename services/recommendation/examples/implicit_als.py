"""Trains ALS of `implicit` on the pairs of a file and prints how long it took and how good it is."""
import json
import sys
import time

import implicit
import numpy as np
import scipy.sparse as sp

train, test, users, items, threads, rounds = sys.argv[1:3] + [int(number) for number in sys.argv[3:]]


def load(path):
    pairs = np.loadtxt(path, dtype=np.int64, delimiter=",")
    ones = np.ones(len(pairs), dtype=np.float32)
    return sp.csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(users, items))


taken, wanted = load(train), load(test)
best = float("inf")
for _ in range(rounds):
    model = implicit.als.AlternatingLeastSquares(
        factors=32, regularization=50, alpha=10, iterations=15, random_state=1, num_threads=threads
    )
    begun = time.perf_counter()
    model.fit(taken, show_progress=False)
    best = min(best, time.perf_counter() - begun)

scores = model.user_factors @ model.item_factors.T
scores[taken.nonzero()] = -np.inf
gains = 1 / np.log2(np.arange(2, 12))
recalls, ndcgs = [], []
for user in range(users):
    row = set(wanted.indices[wanted.indptr[user]:wanted.indptr[user + 1]])
    if row:
        order = np.argsort(-scores[user], kind="stable")[:10]
        hits = np.array([item in row for item in order])
        recalls.append(hits.sum() / len(row))
        ndcgs.append((hits * gains).sum() / gains[: len(row)].sum())
print(json.dumps({"seconds": best, "recall": np.mean(recalls), "ndcg": np.mean(ndcgs)}))
