#!/usr/bin/env python3
"""Check the demo catalogue: `python3 mesh/catalogue/check.py [folder]`. The rules are in README.md.

Prints the number of products per category. On a fault it prints every faulty row with its reason and exits 1.
"""

import csv
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

CATEGORY_COLUMNS = ["slug", "parent_slug", "name_ko", "name_en", "sort"]
PRODUCT_COLUMNS = [
    "sku", "category", "name", "name_en", "description", "unit", "net_grams", "origin", "storage", "allergens",
    "tax", "prices", "moq", "multiple", "max", "shelf_life_days", "date_kind", "lots",
]
MIN_PRODUCTS = 200
MIN_PER_TOP = 12
MAX_PACKS_OF_ONE_FOOD = 2

STORAGE = {"FROZEN", "REFRIGERATED", "ROOM", "AMBIENT"}
TAX = {"EXEMPT", "TAXABLE"}
DATE_KIND = {"USE_BY", "NONE"}
ALLERGENS = {
    "EGG", "MILK", "BUCKWHEAT", "PEANUT", "SOYBEAN", "WHEAT", "MACKEREL", "CRAB", "SHRIMP", "PORK", "PEACH", "TOMATO",
    "SULFITE", "WALNUT", "CHICKEN", "BEEF", "SQUID", "SHELLFISH", "PINE_NUT",
}
PROVINCES = "서울 부산 대구 인천 광주 대전 울산 세종 경기 강원 충북 충남 전북 전남 경북 경남 제주".split()
COUNTRIES = (
    "중국 미국 호주 뉴질랜드 캐나다 노르웨이 러시아 일본 대만 베트남 태국 필리핀 말레이시아 미얀마 인도 바레인 튀르키예 "
    "칠레 페루 에콰도르 브라질 멕시코 스페인 이탈리아 그리스 독일 프랑스 벨기에 폴란드 영국"
).split()
# 원양산: landed by Korean vessels on the high seas, which the origin rules name instead of a country.
FOREIGN = {country + "산" for country in COUNTRIES} | {"원양산"}

# A food in these categories always carries the allergen; unprocessed ones are always VAT-exempt.
CATEGORY_ALLERGEN = {
    "beef": "BEEF", "pork": "PORK", "chicken": "CHICKEN", "egg": "EGG", "shellfish": "SHELLFISH", "milk": "MILK",
    "yogurt": "MILK", "cheese": "MILK", "butter-cream": "MILK", "jang": "SOYBEAN",
}
CATEGORY_TAX = {
    **dict.fromkeys([
        "root-vegetable", "leaf-vegetable", "fruit-vegetable", "seasoning-vegetable", "fruit", "mushroom", "rice",
        "cereal", "pulse", "beef", "pork", "chicken",
    ], "EXEMPT"),
    **dict.fromkeys([
        "yogurt", "cheese", "butter-cream", "jang", "noodle", "canned", "frozen", "ham-fishcake", "rice-cake", "snack",
        "beverage",
    ], "TAXABLE"),
}
# What a name promises: pattern -> the allergen class that must be declared.
NAME_ALLERGEN = [
    (r"달걀|계란|특란|대란|유정란|구운란|메추리알|마요네즈", "EGG"),
    (r"우유|치즈|버터|요거트|분유|휘핑크림", "MILK"),
    (r"메밀", "BUCKWHEAT"),
    (r"땅콩", "PEANUT"),
    (r"두부|두유|콩나물|백태|서리태|쥐눈이콩|메주|비지|유부|간장|된장|고추장|쌈장|춘장|청국장|콩식용유|인절미", "SOYBEAN"),
    (r"(?<!메)밀가루|통밀|우리밀|소면|칼국수|라면|우동|쫄면|스파게티|밀떡|약과|양조간장|춘장|핫도그|피자", "WHEAT"),
    ("고등어", "MACKEREL"),
    (r"꽃게|홍게|대게|맛살", "CRAB"),
    (r"새우|추젓|하가우", "SHRIMP"),
    (r"삼겹살|돼지|돈까스|베이컨|순대|비엔나|런천미트|생족|등뼈", "PORK"),
    (r"복숭아|황도|백도", "PEACH"),
    (r"토마토", "TOMATO"),
    (r"단무지|건망고", "SULFITE"),
    (r"호두", "WALNUT"),
    (r"닭|치킨|영계", "CHICKEN"),
    (r"쇠고기|소고기|한우|LA갈비|우삼겹", "BEEF"),
    (r"오징어|한치|진미채", "SQUID"),
    (r"생굴|굴소스|전복|홍합|바지락|꼬막|가리비|관자|소라|골뱅이", "SHELLFISH"),
    (r"백잣|잣 ", "PINE_NUT"),
]

SLUG = re.compile(r"[a-z]+(-[a-z]+)*")
SKU = re.compile(r"[A-Z]{3}(-[A-Z0-9]+){2,5}")
HANGUL = re.compile(r"[가-힣]")
RUNG = re.compile(r"([1-9]\d*):([1-9]\d*)")
LOT = re.compile(r"([1-9]\d*)@([1-9]\d*|-)")
PACK = re.compile(r"\s*\d[\d.,]*\s*(kg|g|L|ml|구|개|입|미|마리|장|매|봉|팩|캔|병|단|속|수|손|포기|과|모|접|포|망)(?![가-힣])")
WEIGHT_AT_END = re.compile(r"([\d.]+)(kg|g)$")
WEIGHT_TIMES = re.compile(r"([\d.]+)(kg|g)×(\d+)")


def grams(number, unit):
    return round(float(number) * (1000 if unit == "kg" else 1))


def read(path, columns):
    """Rows as (line number, row); stops at a header or a shape that would make every other message wrong."""
    text = path.read_bytes().decode("utf-8")
    if text.startswith("\ufeff") or "\r" in text or unicodedata.normalize("NFC", text) != text:
        sys.exit(f"{path.name}: must be UTF-8 in NFC with LF line ends and no byte order mark")
    reader = csv.reader(text.splitlines())
    if next(reader, None) != columns:
        sys.exit(f"{path.name}:1: the header must be {','.join(columns)}")
    rows = []
    for cells in reader:
        if len(cells) != len(columns):
            sys.exit(f"{path.name}:{reader.line_num}: {len(cells)} cells, expected {len(columns)}: {cells[:1]}")
        rows.append((reader.line_num, dict(zip(columns, cells))))
    return rows


def check_categories(rows):
    """Faults as (line, who, reason)."""
    faults = []
    parents = {row["slug"]: row["parent_slug"] for _, row in rows}
    seen, sorts = set(), set()
    for line, row in rows:
        slug, parent = row["slug"], row["parent_slug"]

        def fault(reason):
            faults.append((line, slug, reason))

        if not SLUG.fullmatch(slug):
            fault("slug must be lowercase ASCII words joined by a hyphen")
        if slug in seen:
            fault("slug is not unique")
        if parent and parents.get(parent) is None:
            fault(f"parent {parent!r} does not exist")
        if parent and parents.get(parent):
            fault("the tree has two levels only")
        if not HANGUL.search(row["name_ko"]) or not row["name_en"].isascii() or not row["name_en"]:
            fault("needs a Korean and an English name")
        if not row["sort"].isdigit() or row["sort"] in sorts:
            fault("sort must be a unique whole number")
        seen.add(slug)
        sorts.add(row["sort"])
    return faults


def whole(row, column):
    """The column as an integer of at least 1, or None."""
    return int(row[column]) if re.fullmatch(r"[1-9]\d*", row[column]) else None


def text_faults(row):
    if any(cell != cell.strip() or "  " in cell for cell in row.values()):
        yield "a cell has stray blanks"
    if not SKU.fullmatch(row["sku"]) or len(row["sku"]) > 40:
        yield "sku must look like PRD-VEG-POTATO-10KG, at most 40 characters"
    if not HANGUL.search(row["name"]):
        yield "name must be Korean"
    if not row["name_en"] or not row["name_en"].isascii():
        yield "name_en must be ASCII"
    description = row["description"]
    if not 20 <= len(description) <= 80:
        yield f"description has {len(description)} characters, expected 20 to 80"
    if not description.endswith("다.") or re.search(r"[.!?]\s", description):
        yield "description must be one Korean sentence"
    if not row["unit"]:
        yield "unit is missing"


def weight_faults(row):
    net = whole(row, "net_grams")
    if net is None:
        yield "net_grams must be a whole number of grams"
        return
    times = WEIGHT_TIMES.search(row["unit"])
    if times:
        if grams(times[1], times[2]) * int(times[3]) != net:
            yield f"unit {row['unit']!r} does not weigh {net} g"
        return
    for column in ("name", "sku"):
        stated = WEIGHT_AT_END.search(row[column].lower())
        if stated and grams(stated[1], stated[2]) != net:
            yield f"{column} says {stated[0]}, net_grams {net}"


def label_faults(row):
    """Origin, storage, allergens and tax: what the law wants beside the price."""
    origin = row["origin"].split(" ")
    domestic = len(origin) == 3 and origin[0] == "국내산" and origin[1] in PROVINCES and HANGUL.search(origin[2])
    if not domestic and row["origin"] not in FOREIGN:
        yield f"origin {row['origin']!r} is neither `국내산 <province> <place>` nor a known country"
    if row["storage"] not in STORAGE:
        yield f"unknown storage {row['storage']!r}"
    if row["name"].startswith("냉동 ") and row["storage"] != "FROZEN":
        yield "named frozen but not stored frozen"
    codes = row["allergens"].split(";") if row["allergens"] else []
    for code in codes:
        if code not in ALLERGENS:
            yield f"unknown allergen {code!r}"
    if len(set(codes)) != len(codes):
        yield "an allergen is named twice"
    due = {code for pattern, code in NAME_ALLERGEN if re.search(pattern, row["name"])}
    due |= {CATEGORY_ALLERGEN[row["category"]]} if row["category"] in CATEGORY_ALLERGEN else set()
    for code in sorted(due - set(codes)):
        yield f"allergen {code} is missing"
    if row["tax"] not in TAX:
        yield f"unknown tax {row['tax']!r}"
    elif CATEGORY_TAX.get(row["category"], row["tax"]) != row["tax"]:
        yield f"{row['category']} must be {CATEGORY_TAX[row['category']]}"


def price_faults(row):
    moq, multiple, most = whole(row, "moq"), whole(row, "multiple"), whole(row, "max")
    if None in (moq, multiple, most):
        yield "moq, multiple and max must be whole numbers of at least 1"
        return
    if moq > most:
        yield f"moq {moq} is above max {most}"
    if multiple > moq or moq % multiple or most % multiple:
        yield f"moq {moq} and max {most} must be divisible by multiple {multiple}"
    rungs = [RUNG.fullmatch(rung) for rung in row["prices"].split(";")]
    if None in rungs or not 2 <= len(rungs) <= 4:
        yield "prices must be 2 to 4 rungs `from_quantity:won`"
        return
    ladder = [(int(rung[1]), int(rung[2])) for rung in rungs]
    if ladder[0][0] != moq:
        yield f"the first rung starts at {ladder[0][0]}, moq is {moq}"
    for (start, won), (next_start, next_won) in zip(ladder, ladder[1:]):
        if next_start <= start:
            yield f"rung {next_start} does not follow {start}"
        if next_won >= won:
            yield f"unit price does not fall from {won} to {next_won}"
    for start, _ in ladder:
        if start % multiple or start > most:
            yield f"rung {start} can never be ordered"


def lot_faults(row):
    life = whole(row, "shelf_life_days")
    if life is None:
        yield "shelf_life_days must be a whole number of at least 1"
        return
    if row["date_kind"] not in DATE_KIND:
        yield f"unknown date_kind {row['date_kind']!r}"
    lots = [LOT.fullmatch(lot) for lot in row["lots"].split(";")]
    if None in lots or not 1 <= len(lots) <= 3:
        yield "lots must be 1 to 3 of `quantity@days`"
        return
    days = [lot[2] for lot in lots]
    if "-" in days and (row["date_kind"] != "NONE" or set(days) != {"-"}):
        yield "only a product with date_kind NONE may have undated lots, and then all of them"
    for day in days:
        if day != "-" and int(day) > life:
            yield f"a lot lives {day} days, the shelf life is {life}"
    stock, moq = sum(int(lot[1]) for lot in lots), whole(row, "moq")
    if moq is not None and stock < moq:
        yield f"stock {stock} is below moq {moq}"


def check_products(rows, leaves):
    """Faults as (line, who, reason)."""
    faults = []
    skus, names, foods = Counter(), Counter(), Counter()
    for line, row in rows:
        rules = [text_faults, weight_faults, label_faults, price_faults, lot_faults]
        reasons = [reason for rule in rules for reason in rule(row)]
        if row["category"] not in leaves:
            reasons.append(f"{row['category']!r} is not a leaf category")
        food = (row["category"], PACK.sub("", row["name"]).strip())
        for counter, key in ((skus, row["sku"]), (names, row["name"]), (foods, food)):
            counter[key] += 1
        if skus[row["sku"]] > 1:
            reasons.append("sku is not unique")
        if names[row["name"]] > 1:
            reasons.append("name is not unique")
        if foods[food] > MAX_PACKS_OF_ONE_FOOD:
            reasons.append(f"more than {MAX_PACKS_OF_ONE_FOOD} packs of {food[1]}")
        faults += [(line, row["sku"], reason) for reason in reasons]
    return faults


def check_coverage(tops, leaves, count, per_top):
    if sum(count.values()) < MIN_PRODUCTS:
        yield 1, "catalogue", f"{sum(count.values())} products, at least {MIN_PRODUCTS} needed"
    for slug in leaves:
        if not count[slug]:
            yield 1, slug, "leaf category has no product"
    for slug in tops:
        if slug not in leaves.values():
            yield 1, slug, "top category has no leaf"
        if per_top[slug] < MIN_PER_TOP:
            yield 1, slug, f"{per_top[slug]} products, at least {MIN_PER_TOP} needed"


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    categories = read(folder / "categories.csv", CATEGORY_COLUMNS)
    products = read(folder / "products.csv", PRODUCT_COLUMNS)
    tops = [row["slug"] for _, row in categories if not row["parent_slug"]]
    leaves = {row["slug"]: row["parent_slug"] for _, row in categories if row["parent_slug"]}
    count = Counter(row["category"] for _, row in products)
    per_top = Counter(leaves[row["category"]] for _, row in products if row["category"] in leaves)

    faults = [("categories.csv", *fault) for fault in check_categories(categories)]
    faults += [("products.csv", *fault) for fault in check_products(products, leaves)]
    faults += [("products.csv", *fault) for fault in check_coverage(tops, leaves, count, per_top)]
    for file, line, who, reason in faults:
        print(f"{file}:{line}: {who}: {reason}", file=sys.stderr)

    for top in tops:
        print(f"{top:24}{per_top[top]:4}")
        for slug, parent in leaves.items():
            if parent == top:
                print(f"  {slug:22}{count[slug]:4}")
    print(f"{'total':24}{len(products):4}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
