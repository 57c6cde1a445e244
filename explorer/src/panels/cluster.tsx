/** One cluster: why it is one, what shows it, what is near, and what can be done with it. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { useExplorer } from "../context";
import type { ClusterPage } from "../data/types";
import { count, decimal, many, percent } from "../words";
import { OverTime } from "./course";
import { Profile } from "./profile";
import { Paged, RowButton, RowButtons } from "./rows";
import { Trouble } from "./trouble";

export function ClusterPanel() {
  const explorer = useExplorer();
  const page = explorer.page.value;
  const { failure } = explorer.page;
  const leave = () => explorer.go({ cluster: null, row: null });
  const trouble = failure && (
    <Trouble text={failure} out={{ said: "Leave the cluster", go: leave }} />
  );
  const shown = page?.cluster === explorer.choices.value.cluster;
  if (!page || !shown || page.layer !== explorer.layer.value) {
    return trouble || <p class="quiet-note">Loading the cluster…</p>;
  }
  return (
    <section aria-label="Cluster">
      {trouble}
      <Title key={page.cluster} page={page} />
      <p class="lead">
        {many(page.size, "row")}, {percent(page.share)} of all. {why(page)}
      </p>
      {page.keywords.length > 0 && (
        <p class="keywords">
          {page.keywords.map((word) => (
            <span key={word} class="keyword">
              {word}
            </span>
          ))}
        </p>
      )}
      {explorer.editable.value && <Change key={page.cluster} page={page} />}
      <Measures page={page} />
      <h3>Typical rows</h3>
      <RowButtons rows={page.typical} />
      {page.borderline.length > 0 && (
        <>
          <h3>On the border</h3>
          <ul class="rows">
            {page.borderline.map((row) => (
              <li key={row.row}>
                <RowButton row={row} extra={`nearly in ${row.rival_title ?? "another"}`} />
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>As different as it gets inside</h3>
      <RowButtons rows={page.diverse} />
      <OverTime cluster={page.cluster} />
      <Nearest page={page} />
      <Profile heading="Its columns against all rows" entries={page.profile} />
      <AllRows page={page} />
    </section>
  );
}

/** Why the rows are one cluster, in a sentence or two. */
export function why(page: ClusterPage): string {
  const { cohesion, silhouette, stability } = page.marks;
  const said: string[] = [];
  if (page.word && page.word !== "–" && silhouette !== null) {
    const meaning: Record<string, string> = {
      tight: "Its rows are clearly closer to each other than to any other cluster",
      fair: "Its rows are closer to each other than to the next cluster",
      loose: "Its rows are only a little closer to each other than to the next cluster",
      mixed: "Many of its rows are as close to another cluster",
    };
    said.push(meaning[page.word] ?? "");
  } else if (cohesion !== null) {
    said.push(`Its rows have a mean likeness to its centre of ${decimal(cohesion)}`);
  }
  const next = page.nearest[0];
  if (next) said.push(`the nearest is “${next.title}”`);
  if (stability !== null) said.push(`found again to ${percent(stability)} when rows are left out`);
  return said.length ? `${said.filter(Boolean).join("; ")}.` : "";
}

function Title({ page }: { page: ClusterPage }) {
  const explorer = useExplorer();
  const [draft, setDraft] = useState<string | null>(null);
  // what it was called when the person began to write
  const [before, setBefore] = useState("");
  if (draft === null) {
    return (
      <div class="panel-head">
        <h2>{page.title}</h2>
        {explorer.editable.value && (
          <button
            type="button"
            class="link"
            onClick={() => {
              setBefore(page.title);
              setDraft(page.title);
            }}
          >
            Rename
          </button>
        )}
      </div>
    );
  }
  const rename = async (title: string) => {
    if (await explorer.edit({ op: "rename", cluster: page.cluster, title })) setDraft(null);
  };
  return (
    <form
      class="rename"
      onSubmit={(e) => {
        e.preventDefault();
        void rename(draft.trim() === page.given_title ? "" : draft);
      }}
    >
      <input
        aria-label="Title"
        value={draft}
        maxLength={200}
        // biome-ignore lint/a11y/noAutofocus: the person asked to write here
        autoFocus
        onInput={(e) => setDraft(e.currentTarget.value)}
        onKeyDown={(e) => e.key === "Escape" && setDraft(null)}
      />
      <button type="submit" class="primary">
        Save
      </button>
      {page.renamed && (
        <button type="button" onClick={() => void rename("")}>
          Own title
        </button>
      )}
      <button type="button" onClick={() => setDraft(null)}>
        Cancel
      </button>
      {page.title !== before && <p class="quiet-note">Elsewhere it was named “{page.title}”.</p>}
    </form>
  );
}

/** What a person can make of a cluster. */
function Change({ page }: { page: ClusterPage }) {
  const explorer = useExplorer();
  const [other, setOther] = useState("");
  const [parts, setParts] = useState("");
  const clusters = explorer.list.value?.clusters ?? [];
  const found = clusters.find((c) => c.title === other && c.cluster !== page.cluster);
  const { cluster } = page;
  return (
    <details class="change">
      <summary>Change this cluster</summary>
      <form
        class="inline"
        onSubmit={(e) => {
          e.preventDefault();
          if (!found) return;
          void explorer
            .edit({ op: "merge", clusters: [cluster, found.cluster], into: cluster })
            .then((done) => done && setOther(""));
        }}
      >
        <label>
          <span>Merge with</span>
          <input
            list="other-titles"
            value={other}
            placeholder="title of a cluster"
            onInput={(e) => setOther(e.currentTarget.value)}
          />
        </label>
        <datalist id="other-titles">
          {page.nearest.map((n) => (
            <option key={n.cluster} value={n.title} />
          ))}
          {clusters.map((c) => (
            <option key={c.cluster} value={c.title} />
          ))}
        </datalist>
        <button type="submit" disabled={!found}>
          Merge
        </button>
      </form>
      <form
        class="inline"
        onSubmit={(e) => {
          e.preventDefault();
          void explorer.edit({ op: "split", cluster, parts: parts ? Number(parts) : null });
        }}
      >
        <label>
          <span>Split into</span>
          <input
            type="number"
            min={2}
            max={100}
            value={parts}
            placeholder="as many as are found"
            onInput={(e) => setParts(e.currentTarget.value)}
          />
        </label>
        <button type="submit">Split</button>
      </form>
      <Note page={page} />
      <div class="buttons">
        <button type="button" onClick={() => void explorer.edit({ op: "dissolve", cluster })}>
          Dissolve into the nearest
        </button>
        <button type="button" onClick={() => void explorer.edit({ op: "noise", cluster })}>
          Mark all as noise
        </button>
      </div>
    </details>
  );
}

/** What somebody else noted meanwhile is told, and never put over what is being written. */
function Note({ page }: { page: ClusterPage }) {
  const explorer = useExplorer();
  const [draft, setDraft] = useState<string | null>(null);
  const [before, setBefore] = useState(page.note);
  // what is written gives way only when it is what is noted
  useEffect(() => {
    if (draft?.trim() === page.note.trim()) setDraft(null);
  }, [page.note]);
  const note = draft ?? page.note;
  return (
    <form
      class="inline note"
      onSubmit={(e) => {
        e.preventDefault();
        void explorer.edit({ op: "note", cluster: page.cluster, note });
      }}
    >
      <label>
        <span>Note</span>
        <textarea
          rows={2}
          value={note}
          maxLength={5000}
          onInput={(e) => {
            if (draft === null) setBefore(page.note);
            setDraft(e.currentTarget.value);
          }}
        />
      </label>
      <button type="submit" disabled={note === page.note}>
        Save note
      </button>
      {draft !== null && page.note !== before && (
        <p class="quiet-note">Elsewhere it was noted: {page.note || "nothing any more"}</p>
      )}
    </form>
  );
}

const MEASURES = [
  ["cohesion", "Cohesion", "mean likeness of its rows to its centre, at most 1"],
  ["separation", "Separation", "how far its centre is from the nearest other"],
  ["silhouette", "Silhouette", "how much closer rows are to their own cluster, −1 to 1"],
  ["stability", "Stability", "how well it is found again when rows are left out, 0 to 1"],
  ["dbcv", "DBCV", "dense inside and sparse around, −1 to 1"],
  ["purity", "Purity", "share of its rows that have its most frequent true class"],
] as const;

/** Which edit the marks know of; nothing to say while nobody edited. */
const MEASURED: Record<ClusterPage["measured"], string> = {
  run: "",
  edit: "Measured again after its last edit. Stability and DBCV are measured by a run only, so they are left out.",
  before: "Measured by the run, before other clusters were edited.",
};

function Measures({ page }: { page: ClusterPage }) {
  const known = MEASURES.filter(
    ([name]) => page.marks[name] !== null && page.marks[name] !== undefined,
  );
  const said = MEASURED[page.measured];
  return (
    <>
      <details class="fold">
        <summary>Scores</summary>
        <dl class="measures">
          {known.map(([name, title, meaning]) => (
            <div key={name} title={meaning}>
              <dt>{title}</dt>
              <dd>{decimal(page.marks[name])}</dd>
            </div>
          ))}
        </dl>
      </details>
      {said && <p class="quiet-note">{said}</p>}
    </>
  );
}

function Nearest({ page }: { page: ClusterPage }) {
  const explorer = useExplorer();
  if (!page.nearest.length) return null;
  const merge = (other: number) => {
    const { cluster } = page;
    void explorer.edit({ op: "merge", clusters: [cluster, other], into: cluster });
  };
  return (
    <>
      <h3>Nearest clusters</h3>
      <ul class="spread">
        {page.nearest.map((n) => (
          <li key={n.cluster}>
            <button
              type="button"
              class="link"
              onClick={() => explorer.go({ cluster: n.cluster, row: null })}
            >
              {n.title}
            </button>
            <span class="num">
              {decimal(n.cosine)}
              {explorer.editable.value && (
                <button
                  type="button"
                  aria-label={`Merge “${n.title}” into “${page.title}”`}
                  onClick={() => merge(n.cluster)}
                >
                  Merge
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function AllRows({ page }: { page: ClusterPage }) {
  const explorer = useExplorer();
  const labels = explorer.labels.value;
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [page.cluster]);
  if (!labels) return null;
  if (!open) {
    return (
      <button type="button" class="more" onClick={() => setOpen(true)}>
        Show all {count(page.size)} rows
      </button>
    );
  }
  return <Members cluster={page.cluster} labels={labels} />;
}

function Members({ cluster, labels }: { cluster: number; labels: Int32Array }) {
  const rows = useMemo(() => {
    const out: number[] = [];
    for (let row = 0; row < labels.length; row++) if (labels[row] === cluster) out.push(row);
    return out;
  }, [cluster, labels]);
  return (
    <>
      <h3>All rows</h3>
      <Paged rows={rows} />
    </>
  );
}
