/** The page: the bar on top, the list, the map, and what is known of what was chosen. */

import { useEffect, useState } from "preact/hooks";
import { ExplorerContext, useExplorer } from "./context";
import { MapView } from "./map/map";
import { ClusterPanel } from "./panels/cluster";
import { EditsPanel, UndoRedo } from "./panels/edits";
import { Export } from "./panels/export";
import { Legend, MapBar } from "./panels/filters";
import { ClusterList } from "./panels/list";
import { Notices } from "./panels/notices";
import { OddPanel, SamePanel } from "./panels/reviews";
import { FocusPanel, RowCard } from "./panels/rows";
import type { Explorer } from "./state";
import { count, percent } from "./words";

export function App({ explorer }: { explorer: Explorer }) {
  const failure = explorer.failure.value;
  return (
    <ExplorerContext.Provider value={explorer}>
      <div class="shoal" data-theme={explorer.dark.value ? "dark" : "light"}>
        {failure ? <Failure text={failure} /> : <Page />}
      </div>
    </ExplorerContext.Provider>
  );
}

function Failure({ text }: { text: string }) {
  const { addressed } = useExplorer();
  return (
    <main class="failure">
      <h1>The explorer cannot show this run</h1>
      <p role="alert">{text}</p>
      <div class="buttons">
        <button type="button" onClick={() => location.reload()}>
          Try again
        </button>
        {addressed && <a href={location.pathname}>Open the run without these choices</a>}
      </div>
    </main>
  );
}

function Page() {
  const explorer = useExplorer();
  const [side, setSide] = useState<"list" | "about">("list");
  const { cluster, row, query, like, lasso, panel } = explorer.choices.value;
  useEffect(() => {
    const chosen = cluster !== null || row !== null || query || like !== null || lasso.length > 2;
    if (chosen || (panel && panel !== "clusters")) setSide("about");
  }, [cluster, row, query, like, lasso, panel]);
  useShortcuts();
  return (
    <>
      <Bar />
      <main class="desk" data-side={side}>
        <nav class="sides" aria-label="What is shown under the map">
          <button type="button" aria-pressed={side === "list"} onClick={() => setSide("list")}>
            Clusters
          </button>
          <button type="button" aria-pressed={side === "about"} onClick={() => setSide("about")}>
            Details
          </button>
        </nav>
        <section class="left" aria-label="Clusters">
          <ClusterList />
        </section>
        <section class="middle" aria-label="Map">
          <h2 class="unseen">Map</h2>
          <MapBar />
          <MapView />
          <Legend />
        </section>
        <aside class="right" aria-label="Details">
          <Tabs />
          {row !== null && <RowCard row={row} />}
          <About />
        </aside>
      </main>
      <Notices />
    </>
  );
}

/** What the right side is about: a list, a search or selection, a cluster, or the run. */
function About() {
  const explorer = useExplorer();
  const { panel, query, like, lasso, cluster } = explorer.choices.value;
  if (panel === "odd") return <OddPanel />;
  if (panel === "same") return <SamePanel />;
  if (panel === "edits") return <EditsPanel />;
  if (query || like !== null || lasso.length > 2) return <FocusPanel />;
  if (cluster !== null) return <ClusterPanel />;
  return <Overview />;
}

function Tabs() {
  const explorer = useExplorer();
  const { panel } = explorer.choices.value;
  const edits = explorer.history.value.done.length;
  const tabs = [
    [null, "Details"],
    ["odd", "Odd rows"],
    ["same", "Duplicates"],
    ["edits", edits ? `Edits ${count(edits)}` : "Edits"],
  ] as const;
  return (
    <nav class="tabs" aria-label="Details">
      {tabs.map(([name, said]) => (
        <button
          key={said}
          type="button"
          aria-pressed={panel === name}
          onClick={() => explorer.go({ panel: name })}
        >
          {said}
        </button>
      ))}
    </nav>
  );
}

function Overview() {
  const explorer = useExplorer();
  const run = explorer.run.value;
  if (!run) return <p class="quiet-note">Opening the run…</p>;
  const { rows, used } = run.counts;
  const list = explorer.list.value;
  const noise = (list?.noise ?? run.counts.noise) - (rows - used);
  const clusters = list?.clusters.length ?? run.counts.clusters;
  const edited = explorer.history.value.done.length > 0;
  return (
    <section aria-label="The run">
      <div class="panel-head">
        <h2>{run.title}</h2>
      </div>
      <dl class="measures">
        <div>
          <dt>Rows</dt>
          <dd>{count(rows)}</dd>
        </div>
        <div>
          <dt>Clusters</dt>
          <dd>{count(clusters)}</dd>
        </div>
        <div>
          <dt>Placed</dt>
          <dd>{percent(used ? 1 - noise / used : 0)}</dd>
        </div>
      </dl>
      <h3>How clear the clusters are</h3>
      {run.verdict && <p>{run.verdict}</p>}
      {edited && (
        <p class="quiet-note">Said of the clusters as they were before they were edited.</p>
      )}
      <details class="fold">
        <summary>How their number was chosen</summary>
        <p>{run.reason}</p>
      </details>
      <h3>What you can do</h3>
      <ul class="hints">
        <li>Choose a cluster in the list or on the map to see why it is one.</li>
        <li>Search by words or by meaning; draw around rows with Lasso, or hold Shift.</li>
        {explorer.source.live && (
          <li>Rename, merge, split and move: every edit is saved at once and can be undone.</li>
        )}
        <li>The address holds all you see: share it, or go back.</li>
      </ul>
      {explorer.source.leftOut.length > 0 && (
        <>
          <h3>What this copy leaves out</h3>
          <ul class="hints">
            {explorer.source.leftOut.map((said) => (
              <li key={said}>{said}</li>
            ))}
          </ul>
        </>
      )}
      <p class="quiet-note">Model {run.model}</p>
    </section>
  );
}

function Bar() {
  const explorer = useExplorer();
  const run = explorer.run.value;
  return (
    <header class="bar">
      <a class="brand" href="?" onClick={(e) => home(e, explorer)}>
        <svg viewBox="0 0 26 16" aria-hidden="true">
          <path d="M1 8c5-7 12-7 17 0-5 7-12 7-17 0zm17 0 7-5v10z" />
        </svg>
        shoal
      </a>
      <h1 class="run-title">{run?.title ?? ""}</h1>
      <Search />
      <UndoRedo />
      <Export rows={null} />
      <button
        type="button"
        class="quiet"
        aria-label={explorer.dark.value ? "Light colours" : "Dark colours"}
        onClick={() => {
          explorer.dark.value = !explorer.dark.value;
        }}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle class="rim" cx="10" cy="10" r="7.5" />
          <path d="M10 2.5a7.5 7.5 0 0 1 0 15z" />
        </svg>
      </button>
    </header>
  );
}

function home(event: MouseEvent, explorer: Explorer): void {
  event.preventDefault();
  explorer.go({
    layer: null,
    cluster: null,
    row: null,
    query: "",
    like: null,
    filters: [],
    lasso: [],
    panel: null,
    camera: null,
  });
}

function Search() {
  const explorer = useExplorer();
  const { query, how } = explorer.choices.value;
  const [draft, setDraft] = useState(query);
  useEffect(() => setDraft(query), [query]);
  const missing = noMeaning(explorer);
  const find = (by: typeof how) =>
    explorer.go({ query: draft.trim(), how: by, like: null, lasso: [], row: null, panel: null });
  return (
    <search>
      <form
        class="search"
        onSubmit={(e) => {
          e.preventDefault();
          find(how);
        }}
      >
        <input
          type="search"
          id="search"
          placeholder="Search the rows"
          aria-label="Search the rows"
          value={draft}
          maxLength={1000}
          onInput={(e) => setDraft(e.currentTarget.value)}
        />
        <fieldset class="tools" aria-label="Search by">
          <button type="button" aria-pressed={how === "words"} onClick={() => find("words")}>
            Words
          </button>
          <button
            type="button"
            aria-pressed={how === "meaning"}
            aria-disabled={missing !== null}
            title={missing ?? undefined}
            // not disabled, so that whoever cannot hover gets to know the reason too
            onClick={() => (missing ? explorer.say(missing) : find("meaning"))}
          >
            Meaning
          </button>
        </fieldset>
      </form>
    </search>
  );
}

/** Why rows cannot be searched by meaning; null when they can. */
export function noMeaning({ source, run, more }: Explorer): string | null {
  if (more.value?.meaning) return null;
  if (!source.live) return "A copy has no model. Open the run with `shoal explore`.";
  if (!more.value || !run.value) return "The model of this run is still being looked for.";
  return run.value.readable
    ? "The model of this run is not here."
    : "The model of this run reads no words, so only words are searched.";
}

function useShortcuts(): void {
  const explorer = useExplorer();
  useEffect(() => {
    if (!explorer.addressed) return;
    const act = (event: KeyboardEvent) => {
      const writing = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName);
      if (writing) return;
      if (event.key === "/") {
        event.preventDefault();
        document.getElementById("search")?.focus();
      } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
        event.preventDefault();
        void explorer.step(event.shiftKey ? "redo" : "undo");
      }
    };
    addEventListener("keydown", act);
    return () => removeEventListener("keydown", act);
  }, [explorer]);
}
