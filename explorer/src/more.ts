/** What some rows have more of than the rest. */

import type { ProfileEntry } from "./data/types";
import type { Values } from "./kept";

/** Standard errors that a share must be above that of the rest: there are many values to look at. */
const CLEAR = 4;
const LEAST_ROWS = 3;
const LEAST_MORE = 0.05;
const MOST_COLUMNS = 5;
const MOST_VALUES = 3;

/** The values of a column that are clearly more frequent among some rows than among the rest.
 *
 * Rows without a value count on neither side; the rest are the rows that the filters let through. */
export function moreOf(
  rows: number[],
  { column, values }: Values,
  kept: Uint8Array | null,
): ProfileEntry | null {
  const names = column.categories ?? [];
  const own = new Float64Array(names.length);
  const rest = new Float64Array(names.length);
  for (let row = 0; row < values.length; row++) {
    const code = values[row]!;
    if (code >= 0 && (!kept || kept[row])) rest[code]!++;
  }
  for (const row of rows) {
    const code = values[row]!;
    if (code < 0) continue;
    own[code]!++;
    rest[code]!--;
  }
  const sum = (counts: Float64Array) => counts.reduce((a, b) => a + b, 0);
  const [n, others] = [sum(own), sum(rest)];
  if (!n || !others) return null;
  const found = names
    .map((value, code) => {
      const [share, overall] = [own[code]! / n, rest[code]! / others];
      const both = (own[code]! + rest[code]!) / (n + others);
      const error = Math.sqrt(both * (1 - both) * (1 / n + 1 / others));
      return { value, share, overall, n: own[code]!, clear: (share - overall) / (error || 1) };
    })
    .filter((v) => v.n >= LEAST_ROWS && v.clear >= CLEAR && v.share - v.overall >= LEAST_MORE)
    .sort((a, b) => b.clear - a.clear)
    .slice(0, MOST_VALUES);
  if (!found.length) return null;
  return {
    name: column.name,
    kind: column.kind,
    telling: found[0]!.clear,
    values: found.map(({ value, share, overall }) => ({ value, share, overall })),
  };
}

/** The columns that tell some rows from the rest, the most telling first. */
export function moreThanRest(
  rows: number[],
  columns: Values[],
  kept: Uint8Array | null,
): ProfileEntry[] {
  return columns
    .map((column) => moreOf(rows, column, kept))
    .filter((entry) => entry !== null)
    .sort((a, b) => b.telling - a.telling)
    .slice(0, MOST_COLUMNS);
}
