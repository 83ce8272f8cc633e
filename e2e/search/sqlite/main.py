"""SQLite's FTS5 with trigrams, set up as a shop would that has nothing else. Prints JSON lines, see engine.rs.

    main.py check
    main.py index PRODUCTS FOLDER
    main.py query FOLDER QUERIES PASSES WARM_SECONDS BUDGET_SECONDS
"""
from __future__ import annotations

import json
import os
import sqlite3
import sys
import time

from finder import Finder
from index import index


def main(arguments: list[str]) -> None:
    match arguments:
        case ["check"]:
            check()
        case ["index", products, folder]:
            index(products, database(folder), tell, peak=lambda: memory("VmHWM:"))
        case ["query", folder, queries, passes, warm, budget]:
            ask_all(Finder(database(folder)), queries, int(passes), float(warm), float(budget))
        case _:
            sys.exit(__doc__)


def check() -> None:
    try:
        sqlite3.connect(":memory:").execute("create virtual table t using fts5(a, tokenize = 'trigram')")
    except sqlite3.OperationalError as error:
        sys.exit(f"the SQLite {sqlite3.sqlite_version} of Python has no FTS5 with trigrams: {error}")


def database(folder: str) -> sqlite3.Connection:
    connection = sqlite3.connect(os.path.join(folder, "products.sqlite"), isolation_level=None)
    for pragma in ["journal_mode = off", "synchronous = off", "cache_size = -262144", "mmap_size = 17179869184"]:
        connection.execute(f"pragma {pragma}").fetchall()
    return connection


def tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)


def memory(name: str) -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))


def ask_all(finder: Finder, queries: str, passes: int, warm: float, budget: float) -> None:
    """Kind by kind: first unmeasured, which gives the answers, then measured. The same as measure.rs."""
    tell("version", text=f"SQLite {sqlite3.sqlite_version} FTS5 trigram")
    kinds: dict[str, list[str]] = {}
    with open(queries) as lines:
        for line in lines:
            query = json.loads(line)
            kinds.setdefault(query["kind"], []).append(query["text"])
    for kind, texts in kinds.items():
        prepare(finder, kind, texts, passes > 0, warm, budget)
        if passes > 0:
            tell("measured", kind=kind, micros=measure(finder, kind, texts, passes, budget))
    tell("memory", resident_kib=memory("VmRSS:"), anonymous_kib=memory("RssAnon:"))


def prepare(finder: Finder, kind: str, texts: list[str], measuring: bool, warm: float, budget: float) -> None:
    begun = time.perf_counter()
    first = True
    while first or (measuring and time.perf_counter() - begun < warm):
        for text in texts:
            if measuring and time.perf_counter() - begun >= budget / 2:
                return
            ids, facets = finder.find(kind, text)
            if first:
                tell("answer", kind=kind, text=text, ids=ids, facets=facets)
        first = False


def measure(finder: Finder, kind: str, texts: list[str], passes: int, budget: float) -> list[float]:
    begun = time.perf_counter()
    micros = []
    for _ in range(passes):
        for text in texts:
            if time.perf_counter() - begun >= budget:
                break
            asked = time.perf_counter_ns()
            finder.find(kind, text)
            micros.append((time.perf_counter_ns() - asked) / 1000)
    return micros


if __name__ == "__main__":
    main(sys.argv[1:])
