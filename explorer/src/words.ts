/** Numbers and edits in words. */

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

/** A number or, for a date, the day. */
export function shownValue(column: Column, value: number): string {
  if (column.kind === "date") return new Date(value * 86_400_000).toISOString().slice(0, 10);
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
}

/** What a column is called. */
export function columnName(name: string): string {
  if (name === "outlier_score") return "outlier score";
  return name.replace(/^column:/, "");
}

/** An edit as a sentence. */
export function edited(edit: EditLine, title: (cluster: number) => string): string {
  const rows = many(edit.n_rows ?? 0, "row");
  const it = title(Number(edit["cluster"]));
  switch (edit.op) {
    case "rename":
      return edit["title"] ? `Renamed to “${edit["title"]}”` : "Took back a given title";
    case "note":
      return edit["note"] ? `Noted on ${it}: ${edit["note"]}` : `Removed the note on ${it}`;
    case "merge":
      return `Merged ${many((edit["clusters"] as number[]).length, "cluster")} into ${title(Number(edit["into"]))}`;
    case "move":
      return Number(edit["to"]) < 0
        ? `Took ${rows} out of their clusters`
        : `Moved ${rows} to ${title(Number(edit["to"]))}`;
    case "split":
      return `Split ${it}: ${rows} in new clusters`;
    case "noise":
      return `Took all ${rows} out of cluster ${edit["cluster"]}`;
    case "dissolve":
      return `Dissolved cluster ${edit["cluster"]}: ${rows} to the nearest others`;
    case "review":
      return `${edit["kind"] === "anomaly" ? "Odd row" : "Duplicates"} ${edit["key"]}: ${edit["verdict"] || "undecided"}`;
    default:
      return edit.op;
  }
}
