/** The values of columns, and which rows the filters on them let through. */

import type { Filter } from "./address";
import type { Column, Found } from "./data/types";

export interface Values {
  column: Column;
  values: Float32Array | Int32Array;
  /** Numbers that cut the known rows into equal parts, from the least to the most. */
  stops: number[];
}

const PARTS = 4;

export function withStops(column: Column, values: Float32Array | Int32Array): Values {
  const known = values.filter((v) => Number.isFinite(v)).sort();
  const stops = Array.from(
    { length: PARTS + 1 },
    (_, i) => known[Math.round((i / PARTS) * (known.length - 1))] ?? 0,
  );
  return { column, values, stops };
}

/** Rows that every filter lets through have 1; null where none can be told. */
export function filtered(
  filters: Filter[],
  loaded: Map<string, Values>,
  n: number,
): Uint8Array | null {
  const ready = filters.filter((f) => loaded.has(f.column));
  if (!ready.length || !n) return null;
  const out = new Uint8Array(n).fill(1);
  for (const filter of ready) {
    const { column, values } = loaded.get(filter.column)!;
    const allowed = allowedBy(filter, column);
    for (let row = 0; row < n; row++) if (!allowed(values[row]!)) out[row] = 0;
  }
  return out;
}

function allowedBy(filter: Filter, column: Column): (value: number) => boolean {
  if (filter.kind === "range") {
    const { low, high } = filter;
    // what is missing is not a number, and in no range
    return (v) => !Number.isNaN(v) && (low === null || v >= low) && (high === null || v <= high);
  }
  const names = column.categories ?? [];
  const codes = new Set(filter.values.map((v) => names.indexOf(v)).filter((code) => code >= 0));
  return (v) => codes.has(v);
}

/** The clusters that have a row left, and how many rows are left. */
export function leftBy(kept: Uint8Array, labels: Int32Array): Left {
  const clusters = new Set<number>();
  let rows = 0;
  for (let row = 0; row < kept.length; row++) {
    if (!kept[row]) continue;
    rows++;
    clusters.add(labels[row]!);
  }
  return { rows, clusters };
}

export interface Left {
  rows: number;
  clusters: Set<number>;
}

/** How many of some rows each cluster has. */
export function countedBy(rows: number[], labels: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(labels[row]!, (counts.get(labels[row]!) ?? 0) + 1);
  return counts;
}

/** Rows drawn around, or those found that the filters let through; null when there are none of either. */
export function lookedAt(
  drawn: number[] | null,
  found: Found | null,
  kept: Uint8Array | null,
): Found | null {
  if (drawn) return { rows: drawn, scores: null, total: drawn.length };
  if (!found || !kept) return found;
  const places = found.rows.map((_, i) => i).filter((i) => kept[found.rows[i]!]);
  const scores = found.scores;
  return {
    rows: places.map((i) => found.rows[i]!),
    scores: scores && places.map((i) => scores[i]!),
    total: places.length,
  };
}
