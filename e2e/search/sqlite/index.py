"""Makes the table of products and its two full-text indexes."""
from __future__ import annotations

import json
import sqlite3
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator

from letters import apart, initials

BATCH = 10_000
# Lower bounds of the price bands, in won.
BANDS = [0, 5_000, 10_000, 20_000, 30_000, 50_000, 100_000]
SCHEMA = """
pragma page_size = 8192;
create table product (
    id integer primary key, name text, category text, origin text, storage text, allergens text, seller integer,
    price integer, price_band integer, in_stock integer, use_by_days integer, rating real, sales integer, created integer
);
create virtual table words using fts5(
    name, name_en, category_name, origin, description, content = '', tokenize = 'trigram'
);
create virtual table spelling using fts5(letters, initials, content = '', tokenize = 'trigram');
insert into words (words, rank) values ('rank', 'bm25(3.0, 2.0, 1.5, 1.0, 1.0)'), ('hashsize', 67108864);
insert into spelling (spelling, rank) values ('hashsize', 67108864);
"""


def index(products: str, connection: sqlite3.Connection, tell: Callable[..., None], peak: Callable[[], int]) -> None:
    begun = time.perf_counter()
    connection.executescript(SCHEMA)
    connection.execute("begin")
    done = 0
    for batch in batches(products):
        connection.executemany(
            "insert into product values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [row(product) for product in batch]
        )
        connection.executemany(
            "insert into words (rowid, name, name_en, category_name, origin, description) values (?, ?, ?, ?, ?, ?)",
            [words(product) for product in batch],
        )
        connection.executemany(
            "insert into spelling (rowid, letters, initials) values (?, ?, ?)",
            [
                (product["id"], padded(apart(product["name"])), padded(initials(product["name"])))
                for product in batch
            ],
        )
        done += len(batch)
        if done % 100_000 == 0:
            tell("progress", documents=done)
    connection.execute("commit")
    for table in ["words", "spelling"]:
        connection.execute(f"insert into {table} ({table}) values ('optimize')")
    connection.execute("analyze")
    seconds = time.perf_counter() - begun
    connection.close()
    tell("indexed", documents=done, threads=1, seconds=seconds, peak_kib=peak())


def batches(products: str) -> Iterator[list[dict]]:
    with open(products) as lines:
        batch = []
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def padded(text: str) -> str:
    """With spaces at both ends, which are letters of trigrams like others: so beginnings and ends can be looked up."""
    return f" {text.lower()} "


def row(product: dict) -> tuple:
    return (
        product["id"], product["name"], product["category"], product["origin"], product["storage"],
        ";".join(product["allergens"]), product["seller"], product["price"],
        BANDS[bisect_right(BANDS, product["price"]) - 1], product["in_stock"], product["use_by_days"],
        product["rating"], product["sales"], product["created"],
    )


def words(product: dict) -> tuple:
    texts = ["name", "name_en", "category_name", "origin", "description"]
    return (product["id"], *(padded(product[text]) for text in texts))
