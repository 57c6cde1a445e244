/** Numbers and edits in words. */

import type { Filter } from "./address";
import type { Column, EditLine } from "./data/types";

const COUNT = new Intl.NumberFormat("en-US");

export const count = (n: number): string => COUNT.format(n);

export const many = (n: number, one: string): string => `${count(n)} ${one}${n === 1 ? "" : "s"}`;

export function decimal(value: number | null | undefined, places = 2): string {
  return value === null || value === undefined ? "–" : value.toFixed(places).replace("-", "−");
}

/** A share; all and nothing are said only where it is exactly so. */
export function percent(share: number): string {
  if (share === 0 || share === 1) return `${100 * share} %`;
  if (share < 0.001) return "< 0.1 %";
  if (share > 0.999) return "> 99.9 %";
  return `${(100 * share).toFixed(share < 0.0995 || share > 0.985 ? 1 : 0)} %`;
}

const FIGURE = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });

/** A number in at most four figures, or, for a date, the day. */
export function shownValue(column: Pick<Column, "kind">, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (column.kind === "date") return new Date(value * 86_400_000).toISOString().slice(0, 10);
  const said = Math.abs(value) < 1000 ? FIGURE.format(value) : count(Math.round(value));
  return said.replace("-", "−");
}

const TIME = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });

/** A time of the log as the clock here shows it. */
export function when(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : TIME.format(time);
}

/** What a column is called. */
export function columnName(name: string): string {
  if (name === "outlier_score") return "outlier score";
  return name.replace(/^column:/, "");
}

/** What a filter lets through. */
export function filterWords(filter: Filter, columns: Column[]): string {
  const name = columnName(filter.column);
  if (filter.kind === "in") return `${name}: ${filter.values.join(" or ")}`;
  const column = columns.find((c) => c.name === filter.column) ?? { kind: "number" };
  const { low, high } = filter;
  if (low === null) return `${name}: up to ${shownValue(column, high)}`;
  if (high === null) return `${name}: from ${shownValue(column, low)}`;
  return `${name}: ${shownValue(column, low)} to ${shownValue(column, high)}`;
}

const VERDICTS: Record<string, string> = { accept: "accepted", reject: "rejected" };
const MOST_NAMED = 3;

function listed(names: string[]): string {
  if (names.length > MOST_NAMED) return many(names.length, "cluster");
  return names.join(", ").replace(/, ([^,]*)$/, " and $1");
}

/** An edit as a sentence, by the titles of before it where the log tells them. */
export function edited(edit: EditLine, title: (cluster: number) => string): string {
  const rows = many(edit.n_rows ?? 0, "row");
  const before = (cluster: unknown) => {
    const told = edit.titles?.[String(cluster)];
    return told === undefined ? title(Number(cluster)) : `“${told}”`;
  };
  const it = before(edit["cluster"]);
  switch (edit.op) {
    case "rename": {
      const old = edit.titles ? `${it} ` : "";
      return edit["title"]
        ? `Renamed ${old}to “${edit["title"]}”`
        : `Took back the given title ${old}`.trim();
    }
    case "note":
      return edit["note"] ? `Noted on ${it}: ${edit["note"]}` : `Removed the note on ${it}`;
    case "merge": {
      const others = (edit["clusters"] as number[]).filter((c) => c !== edit["into"]);
      return `Merged ${listed(others.map(before))} into ${before(edit["into"])}`;
    }
    case "move":
      return Number(edit["to"]) < 0
        ? `Took ${rows} out of their clusters`
        : `Moved ${rows} to ${before(edit["to"])}`;
    case "split":
      return `Split ${it}: ${rows} in new clusters`;
    case "noise":
      return `Took all ${rows} out of ${it}`;
    case "dissolve":
      return `Dissolved ${it}: ${rows} to the nearest others`;
    case "review": {
      const row = `row ${edit.id ?? edit["key"]}`;
      const what = edit["kind"] === "anomaly" ? `Odd ${row}` : `Duplicates of ${row}`;
      return `${what}: ${VERDICTS[String(edit["verdict"])] ?? "undecided"}`;
    }
    default:
      return edit.op;
  }
}
