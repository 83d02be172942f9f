"""From the lake to everything the page shows: one pass over the tables, then plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from basketry import tables
from basketry.report import quality
from basketry.report.changes import changed_rules, changes
from basketry.report.demand import SELLERS, demand_models, forecasts_sheet, read_fans, read_sellers, sellers_sheet
from basketry.report.drift import drift_sheet
from basketry.report.embedding_map import embedding_map, map_sheet
from basketry.report.items import ItemPage, item_pages, pages_sheet
from basketry.report.labels import Labels, read_labels
from basketry.report.layout import blocks_of, layout_quality, places_sheet, read_layout
from basketry.report.left_out import left_out_sheet
from basketry.report.metrics import lead_metrics, metrics_sheet, read_metrics
from basketry.report.monday import Advice, advice
from basketry.report.overview import Tile, tiles
from basketry.report.pairs import edges_sheet, read_edges
from basketry.report.passports import Passport, passports
from basketry.report.people import Person, people, people_sheet
from basketry.report.pictures import Picture, pictures
from basketry.report.receipts import Receipts, Sides, read_receipts
from basketry.report.rules import best_rules, read_rules, rules_sheet
from basketry.report.segments import (
    generalisation_sheet,
    read_segment_items,
    read_segments,
    segment_items_sheet,
    segments_sheet,
)
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Sheet, records
from basketry.report.stock import curve_sheet, read_curve, stock_plan
from basketry.report.training import read_training, training_sheet
from basketry.tables.snapshot import Snapshot, before, snapshot


@dataclass(frozen=True)
class Page:
    """All the page shows. `sheets` and `pictures` by name; those of tables that do not exist are not there."""

    tiles: list[tuple[str, list[Tile]]]
    advice: list[Advice]
    sheets: dict[str, Sheet]
    pictures: dict[str, Picture]
    passports: list[Passport]
    item_pages: list[ItemPage]
    people: list[Person]
    departments: list[str]
    versions: list[tuple[str, int]]


class Lake(NamedTuple):
    """The lake as its last runs left it, and what each table was before."""

    now: Snapshot
    then: Snapshot


# A name, the frame a chart may be drawn from, and the sheet.
Part = tuple[str, pd.DataFrame, Sheet]


def open_lake(root: str) -> Lake:
    return Lake(snapshot(root), before(root))


SEGMENTS = (tables.SEGMENTS, tables.SEGMENT_PROFILES, tables.SEGMENT_ITEMS)
FORECASTS = (tables.WEEKLY_SALES, tables.DEMAND)
STOCK = (tables.STOCK_PLAN, tables.STOCK_CURVE)
PLACES = {"zones": (tables.SLOTTING, "Zones"), "sites": (tables.ALLOCATION, "Sites")}
NEEDED = (tables.BASKETS, tables.ITEMS, tables.CHECKS, tables.FILES, tables.REJECTS, tables.RULES, tables.PAIRS,
          tables.ITEM_COUNTS, tables.STRATA)  # fmt: skip
USED = (*NEEDED, tables.RECOMMENDATIONS, tables.SIMILAR_ITEMS, tables.ITEM_NEIGHBOURS, tables.ITEM_EMBEDDINGS,
        tables.TRAINING_LOG, tables.VALIDATION_LOG, tables.METRICS, tables.DRIFT, tables.AUDITS, tables.LEFT_OUT,
        tables.RULE_TRENDS, *SEGMENTS, tables.SEGMENT_GENERALISATION, *FORECASTS, tables.DEMAND_MODELS,
        tables.HOT_SELLERS, *STOCK, tables.SLOTTING, tables.ALLOCATION, tables.ALLOCATION_QUALITY)  # fmt: skip

LOGS = {"training": tables.TRAINING_LOG, "validation": tables.VALIDATION_LOG}
OF_LATER_STEPS = ("left_out", "embedding_map", *LOGS, "metrics", "drift", "segments", "segment_items",
                  "segment_generalisation", "forecasts", "demand_models", *SELLERS, "stock_plan",
                  "stock_curve", *PLACES, "layout_quality")  # fmt: skip


def build_page(lake: Lake, settings: ReportSettings, *, seed: int) -> Page:
    """The page of a lake that is cleaned and mined. Raises MissingInputError naming the first table not there."""
    now = lake.now
    for table in NEEDED:
        now.version(table)
    labels = read_labels(now)
    rules = read_rules(now, labels)
    shown = best_rules(rules, settings)
    receipts = read_receipts(now, [Sides.of(row) for row in records(shown)], labels)
    edges = read_edges(now, labels, settings)
    pages = item_pages(now, labels, settings)
    drawn = people(now, labels, settings, seed=seed) if now.has(tables.RECOMMENDATIONS) else []
    optional = [*_models(now, labels, settings, seed), *_plans(now, labels, settings)]
    made = [rules_sheet(shown, len(rules)), edges_sheet(edges), *_quality(now, receipts, settings), pages_sheet(pages)]
    made += [changes(*lake), changed_rules(*lake, labels), people_sheet(drawn), *[sheet for _, _, sheet in optional]]
    sheets = {sheet.name: sheet for sheet in made}
    frames = {name: frame for name, frame, _ in optional} | {"rules": shown, "edges": edges}
    frames |= {name: sheets[name].frame for name in ("months", "files")}
    return Page(
        tiles(now, receipts, rules), advice(shown, edges, sheets["files"]), sheets, pictures(frames),
        passports(now, shown, receipts), pages, drawn, sorted({*edges["department_a"], *edges["department_b"]}),
        [(str(table), now.version(table)) for table in USED if now.has(table)],
    )  # fmt: skip


def _quality(now: Snapshot, receipts: Receipts, settings: ReportSettings) -> list[Sheet]:
    made = [quality.checks_sheet(now), quality.files_sheet(now, settings), quality.months_sheet(receipts)]
    return [*made, *([drift_sheet(now, settings)] if now.has(tables.DRIFT) else [])]


def _models(now: Snapshot, labels: Labels, settings: ReportSettings, seed: int) -> Iterator[Part]:
    """What is known of the models, as far as their steps ran: the frame a chart is drawn from, and the sheet."""
    if now.has(tables.ITEM_EMBEDDINGS) and settings.n_map_items:
        points = embedding_map(now, labels, settings, seed=seed)
        yield "embedding_map", points, map_sheet(points)
    for name, table in LOGS.items():
        if now.has(table):
            log = read_training(now, table)
            yield name, log, training_sheet(name, log)
    if now.has(tables.METRICS):
        metrics = read_metrics(now)
        yield "metrics", lead_metrics(metrics), metrics_sheet(metrics)
    if all(now.has(table) for table in SEGMENTS):
        segments, over = read_segments(now), read_segment_items(now, settings)
        yield "segments", segments, segments_sheet(segments)
        yield "segment_items", over, segment_items_sheet(over, labels)
    if now.has(tables.LEFT_OUT):
        left = left_out_sheet(now)
        yield left.name, left.frame, left
    if now.has(tables.SEGMENT_GENERALISATION):
        cost = generalisation_sheet(now)
        yield cost.name, cost.frame, cost


def _plans(now: Snapshot, labels: Labels, settings: ReportSettings) -> Iterator[Part]:
    """What will sell, what to hold and where it lies, the same way."""
    if all(now.has(table) for table in FORECASTS):
        fans = read_fans(now, labels, settings)
        yield "fans", fans, forecasts_sheet(fans)
    if now.has(tables.DEMAND_MODELS):
        yield "demand_models", *demand_models(now)
    if now.has(tables.HOT_SELLERS):
        for name, found in read_sellers(now, labels, settings).items():
            yield name, found, sellers_sheet(name, found)
    if all(now.has(table) for table in STOCK):
        curve = read_curve(now)
        yield "stock_curve", curve, curve_sheet(curve)
        yield "stock_plan", *stock_plan(now, labels, settings)
    for name, (table, caption) in PLACES.items():
        if now.has(table):
            layout = read_layout(now, table, labels)
            yield name, blocks_of(layout, settings), places_sheet(name, caption, layout)
    if now.has(tables.ALLOCATION_QUALITY):
        yield "layout_quality", *layout_quality(now)
