"""Answers queries of each kind with the ids of the ten best."""
from __future__ import annotations

import sqlite3

from letters import apart, only_consonants

DIMENSIONS = ["category", "origin", "storage", "price_band"]
COUNTS = " union all ".join(
    f"select '{dimension}', {dimension}, count(*) from found group by {dimension}" for dimension in DIMENSIONS
)
ENOUGH = 3


class Finder:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def find(self, kind: str, text: str) -> tuple[list[int], dict]:
        text = text.strip().lower()
        if not text:
            return [], {}
        match kind:
            case "term":
                return self.best(*condition(text.split())), {}
            case "phrase":
                return self.best(quoted(f" {text}"), []), {}
            case "prefix":
                *whole, begun = text.split()
                return self.best(*condition(whole, begun)), {}
            case "initials":
                return self.spelled(" AND ".join(f"initials : {quoted(f' {word}')}" for word in text.split())), {}
            case "typo":
                return self.misspelt(text), {}
            case "facet":
                return self.counted(*condition(text.split()))
            case "suggestion":
                return self.suggested(text), {}
            case "search":
                return self.search(text), {}
        raise ValueError(kind)

    def search(self, text: str) -> list[int]:
        """What a shop's search box does: as long as fewer than three are found, the next way adds what it finds."""
        if only_consonants(text):
            return self.find("initials", text)[0]
        *whole, begun = text.split()
        ways = [
            lambda: self.best(*condition(text.split())),
            lambda: self.best(*condition(whole, begun)),
            lambda: self.misspelt(text),
        ]
        found: dict[int, None] = {}
        for way in ways:
            if len(found) < ENOUGH:
                found.update(dict.fromkeys(way()))
        return list(found)[:10]

    def best(self, match: str, likes: list[str], stock: str = "") -> list[int]:
        where = " ".join(f"and ' ' || product.name like ?{at + 2}" for at in range(len(likes)))
        if match:
            sql = f"""
                select words.rowid from words {'join product on product.id = words.rowid' if likes or stock else ''}
                where words match ?1 {where} {stock} order by rank limit 10"""
        else:
            sql = f"select id from product where ?1 = '' {where} {stock} order by sales desc limit 10"
        return self.ids(sql, match, *likes)

    def counted(self, match: str, likes: list[str]) -> tuple[list[int], dict]:
        where = " ".join(f"and ' ' || product.name like ?{at + 2}" for at in range(len(likes)))
        source = "words join product on product.id = words.rowid where words match ?1"
        sql = f"""
            with found as materialized (
                select {', '.join(f'product.{dimension}' for dimension in DIMENSIONS)}
                from {source if match else "product where ?1 = ''"} {where} and product.in_stock
            ) {COUNTS}"""
        facets: dict[str, dict[str, int]] = {dimension: {} for dimension in DIMENSIONS}
        for dimension, value, count in self.connection.execute(sql, (match, *likes)):
            facets[dimension][str(value)] = count
        return self.best(match, likes, "and product.in_stock"), facets

    def misspelt(self, text: str) -> list[int]:
        """Any three letters in a row, the more the better."""
        letters = f" {apart(text)} "
        pieces = dict.fromkeys(letters[at : at + 3] for at in range(len(letters) - 2))
        return self.spelled(f"letters : ({' OR '.join(quoted(piece) for piece in pieces)})")

    def spelled(self, match: str) -> list[int]:
        return self.ids("select rowid from spelling where spelling match ? order by rank limit 10", match)

    def suggested(self, text: str) -> list[int]:
        sql = """
            select id from spelling join product on id = spelling.rowid
            where spelling match ? order by sales desc limit 10"""
        return self.ids(sql, f"letters : {quoted(f' {apart(text)}')}")

    def ids(self, sql: str, *values: str) -> list[int]:
        return [found for (found,) in self.connection.execute(sql, values)]


def condition(whole: list[str], begun: str = "") -> tuple[str, list[str]]:
    """Words as a condition for FTS5, and those that are too short for trigrams as patterns for LIKE.

    Words of three letters are looked for anywhere; two and the space before or behind are three too.
    """
    matches, likes = [], []
    for word in whole:
        if len(word) >= 3:
            matches.append(quoted(word))
        elif len(word) == 2:
            matches.append(f"({quoted(f' {word}')} OR {quoted(f'{word} ')})")
        else:
            likes.append(f"% {word}%")
    if len(begun) >= 2:
        matches.append(quoted(f" {begun}"))
    elif begun:
        likes.append(f"% {begun}%")
    return " AND ".join(matches), likes


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
