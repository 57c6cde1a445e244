/** The clusters as a tree: those of the shown level, under those of a coarser one. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Choices } from "../address";
import { useExplorer } from "../context";
import type { Cluster, Course } from "../data/types";
import { count, decimal, many } from "../words";
import { courseInWords, Dates, Sparkline } from "./course";
import { Trouble } from "./trouble";

const SORTS: Record<Choices["sort"], string> = {
  groups: "in groups",
  size: "largest first",
  quality: "tightest first",
  stability: "most stable first",
  oddness: "oddest first",
  rising: "rising first",
  title: "by title",
};

const GROUPED_FROM = 14;

export function sorted(
  clusters: Cluster[],
  sort: Choices["sort"],
  course: Course | null = null,
): Cluster[] {
  const last = Number.NEGATIVE_INFINITY;
  const value: Record<Choices["sort"], (c: Cluster) => number> = {
    groups: (c) => c.size,
    size: (c) => c.size,
    quality: (c) => c.marks.silhouette ?? last,
    stability: (c) => c.marks.stability ?? last,
    oddness: (c) => c.oddness ?? last,
    rising: (c) => course?.clusters[c.cluster]?.slope ?? last,
    title: () => 0,
  };
  const of = value[sort];
  return [...clusters].sort(
    (a, b) =>
      of(b) - of(a) || (sort === "title" ? a.title.localeCompare(b.title) : a.cluster - b.cluster),
  );
}

export interface Branch {
  /** Null for clusters that belong to no group. */
  parent: Cluster | null;
  clusters: Cluster[];
  rows: number;
}

/** The clusters under those of a coarser level, the groups with the most rows first. */
export function grouped(clusters: Cluster[], parents: Cluster[]): Branch[] {
  const children = new Map<number | null, Cluster[]>();
  const known = new Map(parents.map((p) => [p.cluster, p]));
  for (const c of sorted(clusters, "groups")) {
    const parent = c.parent !== null && known.has(c.parent) ? c.parent : null;
    const others = children.get(parent);
    if (others) others.push(c);
    else children.set(parent, [c]);
  }
  const branch = ([parent, own]: [number | null, Cluster[]]): Branch => ({
    parent: parent === null ? null : known.get(parent)!,
    clusters: own,
    rows: own.reduce((n, c) => n + c.size, 0),
  });
  const rank = (b: Branch) => (b.parent ? b.rows : Number.NEGATIVE_INFINITY);
  return [...children].map(branch).sort((a, b) => rank(b) - rank(a));
}

export function ClusterList() {
  const explorer = useExplorer();
  const list = explorer.list.value;
  const [words, setWords] = useState("");
  const { failure } = explorer.lists;
  if (!list && failure) return <Trouble text={failure} />;
  if (!list) return <p class="quiet-note">Loading the clusters…</p>;
  const wanted = words.toLowerCase();
  const course = explorer.course.value;
  const above = list.clusters.length >= GROUPED_FROM ? explorer.above.value : null;
  const chosen = explorer.choices.value.sort;
  // in any other order a group would part what belongs side by side
  const sort = chosen === "groups" && !above ? "size" : chosen;
  const shown = sorted(list.clusters, sort, course).filter((c) =>
    c.title.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div class="panel-head">
        <h2>{many(list.clusters.length, "cluster")}</h2>
        <label>
          <span class="unseen">Order</span>
          <select
            value={sort}
            onChange={(e) => explorer.go({ sort: e.currentTarget.value as Choices["sort"] })}
          >
            {Object.entries(SORTS)
              .filter(([key]) => (key !== "rising" || course) && (key !== "groups" || above))
              .map(([key, name]) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
          </select>
        </label>
      </div>
      {failure && <Trouble text={failure} />}
      <Dial />
      <Dates />
      <input
        class="narrow"
        type="search"
        placeholder="Titles with…"
        aria-label="Show only clusters whose title has"
        value={words}
        onInput={(e) => setWords(e.currentTarget.value)}
      />
      {shown.length === 0 && (
        <p class="quiet-note">{wanted ? "No title has these letters." : "Every row is noise."}</p>
      )}
      <div class="list">
        {sort === "groups" && above && !wanted ? (
          <Tree branches={grouped(shown, above.clusters)} />
        ) : (
          <Entries clusters={shown} />
        )}
        {list.noise > 0 && !wanted && (
          <p class="quiet-note">{many(list.noise, "row")} with no cluster</p>
        )}
      </div>
    </>
  );
}

/** Between coarse and fine, over the levels that the run kept. */
function Dial() {
  const explorer = useExplorer();
  const run = explorer.run.value;
  const input = useRef<HTMLInputElement>(null);
  /** Where the hand holds the slider before it lets go. */
  const [pulled, setPulled] = useState<number | null>(null);
  const held = useRef(false);
  // what is disabled loses the focus, and keys would have to find the slider again
  useEffect(() => {
    if (explorer.levelWaits.value || !held.current) return;
    held.current = false;
    if (document.activeElement === document.body) input.current?.focus();
  }, [explorer.levelWaits.value]);
  if (!run || run.layers.length < 2) return null;
  const layers = run.layers;
  const now = explorer.layer.value;
  const waits = explorer.levelWaits.value;
  const place = pulled ?? layers.length - 1 - layers.findIndex((l) => l.layer === now);
  const at = layers[layers.length - 1 - place] ?? layers[0]!;
  const set = (to: number) => {
    const { layer } = layers[layers.length - 1 - to]!;
    setPulled(null);
    explorer.go({ layer: layer === run.chosen ? null : layer, cluster: null, row: null });
  };
  // edits change how many there are
  const list = explorer.list.value;
  const n = list?.layer === at.layer ? list.clusters.length : at.n_clusters;
  const told = `${many(n, "cluster")}${at.layer === run.chosen && n === at.n_clusters ? ", as the run chose" : ""}`;
  return (
    <div class="dial" aria-busy={waits}>
      <label>
        <span>Detail</span>
        <input
          type="range"
          ref={input}
          disabled={waits}
          min={0}
          max={layers.length - 1}
          value={place}
          aria-valuetext={told}
          onInput={(e) => setPulled(Number(e.currentTarget.value))}
          onChange={(e) => {
            held.current = true;
            set(Number(e.currentTarget.value));
          }}
        />
      </label>
      <p class="quiet-note">{waits ? `Loading ${told}…` : told}</p>
      {now !== run.chosen && (
        <p class="quiet-note">
          Not the run's own level, so nothing is edited here.{" "}
          <button
            type="button"
            class="link"
            onClick={() => explorer.go({ layer: null, cluster: null })}
          >
            Back to {run.counts.clusters} clusters
          </button>
        </p>
      )}
    </div>
  );
}

function Tree({ branches }: { branches: Branch[] }) {
  return (
    <ul class="tree">
      {branches.map(({ parent, clusters, rows }) => (
        <li key={parent?.cluster ?? -1}>
          {parent ? (
            <details open>
              <summary title={`${many(clusters.length, "cluster")}, ${many(rows, "row")}`}>
                <span class="branch">{parent.title}</span>
                <span class="num">{count(rows)}</span>
              </summary>
              <Entries clusters={clusters} />
            </details>
          ) : (
            <Entries clusters={clusters} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Entries({ clusters }: { clusters: Cluster[] }) {
  const all = useExplorer().list.value?.clusters ?? clusters;
  const largest = all.reduce((most, c) => Math.max(most, c.size), 1);
  return (
    <ul class="entries">
      {clusters.map((c) => (
        <Entry key={c.cluster} cluster={c} share={c.size / largest} />
      ))}
    </ul>
  );
}

function Entry({ cluster, share }: { cluster: Cluster; share: number }) {
  const explorer = useExplorer();
  const { sort, cluster: chosen } = explorer.choices.value;
  const { marks } = cluster;
  const course = explorer.course.value;
  const over = course?.clusters[cluster.cluster];
  const figure =
    sort === "stability"
      ? decimal(marks.stability)
      : sort === "oddness"
        ? decimal(cluster.oddness)
        : sort === "quality"
          ? decimal(marks.silhouette)
          : sort === "rising"
            ? (over?.trend ?? "")
            : count(cluster.size);
  const colour = explorer.dark.value ? cluster.dark : cluster.light;
  const hits = explorer.hits.value;
  const found = hits?.get(cluster.cluster) ?? 0;
  return (
    <li>
      <button
        type="button"
        class="entry"
        aria-pressed={chosen === cluster.cluster}
        onClick={() =>
          explorer.go({
            cluster: cluster.cluster,
            row: null,
            query: "",
            like: null,
            lasso: [],
            panel: null,
          })
        }
      >
        <Dot colour={colour} />
        <span class="title">
          {cluster.title}
          {cluster.note && (
            <span class="flag" title={cluster.note}>
              note
            </span>
          )}
        </span>
        <Marks dots={cluster.dots} word={cluster.word} />
        {hits ? (
          <span class={found ? "num hits" : "num"}>
            {count(found)} of {count(cluster.size)}
            <span class="unseen"> found</span>
          </span>
        ) : (
          <span class="num">{figure}</span>
        )}
        {course && over ? (
          <Sparkline own={over} colour={colour} told={courseInWords(course, over)} />
        ) : (
          <Meter share={share} colour={colour} />
        )}
      </button>
    </li>
  );
}

export function Dot({ colour }: { colour: string }) {
  return (
    <svg class="dot" viewBox="0 0 10 10" aria-hidden="true">
      <circle cx="5" cy="5" r="5" fill={colour} />
    </svg>
  );
}

function Meter({ share, colour }: { share: number; colour: string }) {
  return (
    <svg class="meter" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.max(100 * share, 1)} height="3" fill={colour} />
    </svg>
  );
}

/** Three dots for a tight cluster, none for a mixed one, and the word for it. */
export function Marks({ dots, word }: { dots: number; word: string }) {
  return (
    <svg class="marks" viewBox="0 0 26 8" role="img" aria-label={word}>
      <title>{word}</title>
      {[0, 1, 2].map((i) => (
        <circle key={i} cx={4 + 9 * i} cy="4" r="2.8" class={i < dots ? "on" : "off"} />
      ))}
    </svg>
  );
}
