/** What the server tells, as it stands in its JSON. */

export interface LayerInfo {
  layer: number;
  n_clusters: number;
  separation: number | null;
  stability: number | null;
}

export interface RunInfo {
  title: string;
  counts: { rows: number; used: number; clusters: number; noise: number };
  model: string;
  /** How clear the clusters are, in plain words; empty where nothing was measured. */
  verdict: string;
  /** How their number was chosen, with the scores. */
  reason: string;
  chosen: number;
  layers: LayerInfo[];
  readable: boolean;
  /** Rows that a copy or a notebook holds at most. */
  most_copied: number;
  version: number;
}

export interface Column {
  name: string;
  kind: "number" | "date" | "category";
  categories?: string[];
  low?: number;
  high?: number;
}

export interface MoreInfo {
  columns: Column[];
  meaning: boolean;
  pictures?: boolean;
}

export type MarkName = "cohesion" | "separation" | "silhouette" | "stability" | "dbcv" | "purity";

export interface Cluster {
  cluster: number;
  title: string;
  size: number;
  marks: Record<MarkName, number | null>;
  dots: number;
  word: string;
  oddness: number | null;
  parent: number | null;
  note: string | null;
  renamed: boolean;
  at: [number, number] | null;
  light: string;
  dark: string;
}

export interface ClusterList {
  layer: number;
  clusters: Cluster[];
  noise: number;
  version: number;
}

/** The rows of a cluster in each period of time, and whether its share of all rows changes. */
export interface Over {
  rows: number[];
  slope: number;
  trend: "rising" | "falling" | "steady";
}

export interface Course {
  column: string;
  /** Every column of dates. */
  columns: string[];
  unit: string;
  periods: string[];
  clusters: Record<string, Over>;
}

export interface Example {
  row: number;
  id: string;
  text: string;
}

export interface ProfileEntry {
  name: string;
  kind: Column["kind"];
  telling: number;
  values?: { value: string; share: number; overall: number }[];
  low?: number;
  median?: number;
  high?: number;
  overall?: number;
}

export interface ClusterPage {
  cluster: number;
  layer: number;
  title: string;
  given_title: string;
  renamed: boolean;
  note: string;
  size: number;
  share: number;
  keywords: string[];
  marks: Record<MarkName, number | null>;
  word: string;
  truth: string | null;
  typical: Example[];
  borderline: (Example & { rival: number; rival_title: string | null })[];
  diverse: Example[];
  nearest: { cluster: number; title: string; cosine: number }[];
  profile: ProfileEntry[];
  written_by: string | null;
  /** Whether its marks are of the run, of after an edit, or of before edits of other clusters. */
  measured: "run" | "edit" | "before";
}

export interface Row extends Example {
  columns: Record<string, string | number | boolean | null>;
  cluster: number;
  /** The text in parts, where some of it was left out or has a theme of its own. */
  parts?: Part[];
  /** The file that the row was read from, where this machine may open it. */
  document?: { address: string; name: string };
}

/** A stretch of a text. */
export interface Part {
  text: string;
  /** Whether it was left out before clustering. */
  frame: boolean;
  /** The theme of the passage that it is in. */
  cluster: number | null;
  title: string | null;
}

export interface Found {
  total: number;
  rows: number[];
  scores: number[] | null;
  /** Why these rows and no more. */
  rule?: string;
}

export interface Anomaly extends Example {
  score: number;
  reason: string;
  kind: string;
  nearest_title: string | null;
  cluster: number;
  verdict: string;
}

/** What the run calls anomalies: by which rule, and how many with their copies. */
export interface OddRule {
  total: number;
  n: number;
  rule: string;
}

export interface Odd extends OddRule {
  entries: Anomaly[];
}

export interface Duplicates {
  groups: DuplicateGroup[];
  total: number;
  rows: number;
}

export interface DuplicateGroup {
  key: string;
  size: number;
  text: string;
  rows: number[];
  ids: string[];
  cluster: number;
  verdict: string;
}

export interface EditLine {
  version: number;
  at: string;
  op: string;
  n_rows?: number;
  /** Titles of its clusters just before it. */
  titles?: Record<string, string>;
  /** What the row of a review is called. */
  id?: string;
  [field: string]: unknown;
}

export interface History {
  version: number;
  warning: string | null;
  done: EditLine[];
  undone: EditLine[];
  changed?: number[];
}

export type Wish =
  | { op: "rename"; cluster: number; title: string }
  | { op: "note"; cluster: number; note: string }
  | { op: "merge"; clusters: number[]; into: number }
  | { op: "move"; rows: number[]; to: number | null }
  | { op: "split"; cluster: number; parts: number | null }
  | { op: "noise"; cluster: number }
  | { op: "dissolve"; cluster: number }
  | {
      op: "review";
      kind: "anomaly" | "duplicates";
      key: string;
      verdict: "accept" | "reject" | "";
    };
