#!/usr/bin/env python3
"""Check the golden set: `python3 e2e/search/check.py [folder]`. The rules are in README.md.

Prints the number of queries and of judgements per kind. On a fault it prints every faulty row with its reason and exits 1.
"""

import csv
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[2] / "mesh" / "catalogue" / "products.csv"
HEADER = ["query", "kind", "judgements", "note"]
NOTHING_RELEVANT = "none"
MIN_QUERIES = 330
MAX_NOTHING_RELEVANT = 15
# kind -> fewest queries.
KINDS = {
    "food": 60, "cultivar": 25, "place": 25, "pack": 25, "synonym": 35, "initials": 25, "partial": 25, "typo": 35,
    "keyboard": 20, "spacing": 25, "english": 20, "phrase": 25, "brandless-category": 15, NOTHING_RELEVANT: 10,
}
JUDGEMENT = re.compile(r"([A-Z0-9-]+):(\d+)")
CONSONANTS_ONLY = re.compile(r"[ㄱ-ㅎ]+")
LATIN = re.compile(r"[A-Za-z]")
HANGUL = re.compile(r"[가-힣ㄱ-ㅣ]")


def read(path):
    """Rows as (line number, row); stops at a header or a shape that would make every other message wrong."""
    text = path.read_bytes().decode("utf-8")
    if text.startswith("\ufeff") or "\r" in text or unicodedata.normalize("NFC", text) != text:
        sys.exit(f"{path.name}: must be UTF-8 in NFC with LF line ends and no byte order mark")
    lines = text.removesuffix("\n").split("\n")
    if lines[0].split("\t") != HEADER:
        sys.exit(f"{path.name}:1: the header must be {' '.join(HEADER)}, separated by tabs")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != len(HEADER):
            sys.exit(f"{path.name}:{number}: {len(cells)} cells, expected {len(HEADER)}: {cells[0]}")
        rows.append((number, dict(zip(HEADER, cells))))
    return rows


def judgement_faults(row, order):
    grades = {}
    listed = []
    for part in row["judgements"].split(" ") if row["judgements"] else []:
        match = JUDGEMENT.fullmatch(part)
        if not match:
            yield f"judgement {part!r} must look like SKU:grade"
            continue
        sku, grade = match[1], int(match[2])
        if sku not in order:
            yield f"unknown product {sku}"
        if not 1 <= grade <= 3:
            yield f"grade of {sku} must be 1, 2 or 3"
        if sku in grades:
            yield f"{sku} is judged twice"
        grades[sku] = grade
        listed.append((-grade, order.get(sku, 0)))
    if listed != sorted(listed):
        yield "judgements must go by falling grade, then in the order of the catalogue"
    if row["kind"] == NOTHING_RELEVANT and grades:
        yield f"kind {NOTHING_RELEVANT} must have no judgements"
    if row["kind"] != NOTHING_RELEVANT and max(grades.values(), default=0) < 2:
        yield "needs a product of grade 3 or 2"


def form_faults(row):
    """What the text of a query must be, so that a kind measures what its name says."""
    query, kind = row["query"], row["kind"]
    if not query or any(cell != cell.strip() or "  " in cell for cell in row.values()):
        yield "the query is empty or a cell has stray blanks"
    if kind == "initials" and not CONSONANTS_ONLY.fullmatch(query):
        yield "initials are consonants only"
    if kind == "english" and not LATIN.search(query):
        yield "english needs Latin letters"
    if kind == "pack" and not re.search(r"\d|한", query):
        yield "pack needs a number"
    if kind == "keyboard" and LATIN.search(query) and HANGUL.search(query):
        yield "keyboard is one script only"


def check(rows, order):
    """Faults as (line, query, reason)."""
    faults = []
    first = {}
    for line, row in rows:
        reasons = [*form_faults(row), *judgement_faults(row, order)]
        if row["kind"] not in KINDS:
            reasons.append(f"unknown kind {row['kind']!r}")
        if row["query"] in first:
            reasons.append(f"the query stands in line {first[row['query']]} already")
        first.setdefault(row["query"], line)
        faults += [(line, row["query"], reason) for reason in reasons]
    return faults


def check_coverage(count):
    total = sum(count.values())
    if total < MIN_QUERIES:
        yield 1, "all", f"{total} queries, at least {MIN_QUERIES} needed"
    for kind, fewest in KINDS.items():
        if count[kind] < fewest:
            yield 1, kind, f"{count[kind]} queries, at least {fewest} needed"
    if count[NOTHING_RELEVANT] > MAX_NOTHING_RELEVANT:
        yield 1, NOTHING_RELEVANT, f"{count[NOTHING_RELEVANT]} queries, at most {MAX_NOTHING_RELEVANT} wanted"


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        order = {row["sku"]: place for place, row in enumerate(csv.DictReader(file))}
    rows = read(folder / "golden.tsv")
    count = Counter(row["kind"] for _, row in rows)
    judged = Counter()
    for _, row in rows:
        judged[row["kind"]] += len(row["judgements"].split())

    faults = [*check(rows, order), *check_coverage(count)]
    for line, who, reason in faults:
        print(f"golden.tsv:{line}: {who}: {reason}", file=sys.stderr)

    print(f"{'kind':20}{'queries':>8}{'judged':>8}")
    for kind in KINDS:
        print(f"{kind:20}{count[kind]:8}{judged[kind]:8}")
    print(f"{'total':20}{len(rows):8}{sum(judged.values()):8}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
