/** Rows as people read them, and what can be done with many of them at once. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { reason } from "../answer";
import { useExplorer } from "../context";
import type { Example, Row } from "../data/types";
import { countedBy } from "../kept";
import { moreThanRest } from "../more";
import type { Explorer } from "../state";
import { count, decimal, many } from "../words";
import { Export } from "./export";
import { Profile } from "./profile";
import { Trouble, useAnswer } from "./trouble";

const AT_ONCE = 40;
/** Columns that are fetched to say what a selection has more of. */
const MOST_COMPARED = 20;

/** A row that is chosen when it is pressed. */
export function RowButton({ row, extra }: { row: Example; extra?: string }) {
  const explorer = useExplorer();
  const chosen = explorer.choices.value.row === row.row;
  return (
    <button
      type="button"
      class="row"
      aria-pressed={chosen}
      onClick={() => explorer.go({ row: chosen ? null : row.row })}
    >
      <Picture row={row.row} />
      <span class="text">{row.text || row.id}</span>
      {extra && <span class="extra">{extra}</span>}
    </button>
  );
}

/** The thumbnail of a row, where the run is of pictures. */
export function Picture({ row }: { row: number }) {
  const explorer = useExplorer();
  const picture = explorer.more.value?.pictures ? explorer.source.picture(row) : null;
  return picture && <img class="picture" src={picture} alt="" loading="lazy" />;
}

export function RowButtons({ rows }: { rows: Example[] }) {
  return (
    <ul class="rows">
      {rows.map((row) => (
        <li key={row.row}>
          <RowButton row={row} />
        </li>
      ))}
    </ul>
  );
}

function nothingFits(explorer: Explorer): string {
  if (explorer.found.value?.rows.length) return "No row that was found passes the filters.";
  return explorer.more.value?.meaning
    ? "Nothing fits. Try fewer words, or search by meaning."
    : "Nothing fits. Try fewer words.";
}

/** What was searched for or drawn around, with all that can be done with it. */
export function FocusPanel() {
  const explorer = useExplorer();
  const focus = explorer.focus.value;
  const { query, how, like, lasso } = explorer.choices.value;
  const clear = () => explorer.go({ lasso: [], query: "", like: null, row: null });
  if (!focus) {
    const { failure } = explorer.found;
    if (failure) return <Trouble text={failure} out={{ said: "Clear the search", go: clear }} />;
    return <p class="quiet-note">Searching…</p>;
  }
  const drawn = lasso.length > 2;
  const heading = drawn
    ? "Selection"
    : like !== null
      ? "More like this"
      : how === "meaning"
        ? `Nearest to “${query}”`
        : `Rows with “${query}”`;
  return (
    <section aria-label={heading}>
      <div class="panel-head">
        <h2>{heading}</h2>
        <button type="button" class="link" onClick={clear}>
          Clear
        </button>
      </div>
      <p class="lead" role="status">
        {many(focus.rows.length, "row")}
        {focus.total > focus.rows.length && ` of ${count(focus.total)}`}
      </p>
      {!drawn && explorer.found.value?.rule && (
        <p class="quiet-note">{explorer.found.value.rule}</p>
      )}
      {focus.rows.length === 0 ? (
        <p class="quiet-note">{drawn ? "No row lies inside." : nothingFits(explorer)}</p>
      ) : (
        <>
          <Together rows={focus.rows} />
          <Spread rows={focus.rows} />
          <MoreThanRest rows={focus.rows} />
          <Paged rows={focus.rows} scores={focus.scores} />
        </>
      )}
    </section>
  );
}

/** What can be done with many rows. */
function Together({ rows }: { rows: number[] }) {
  const explorer = useExplorer();
  const [target, setTarget] = useState("");
  const clusters = explorer.list.value?.clusters ?? [];
  const move = async (to: number | null) => {
    const done = await explorer.edit({ op: "move", rows, to });
    if (!done) return;
    const made = done.changed?.[0];
    if (to === null && made !== undefined) {
      explorer.go({ cluster: made, query: "", like: null, lasso: [], row: null });
    }
  };
  return (
    <div class="actions">
      {explorer.editable.value && (
        <>
          <button type="button" onClick={() => void move(null)}>
            Make a new cluster
          </button>
          <form
            class="inline"
            onSubmit={(e) => {
              e.preventDefault();
              const to = clusters.find((c) => c.title === target);
              if (to) void move(to.cluster);
            }}
          >
            <input
              list="all-titles"
              value={target}
              placeholder="Move to cluster…"
              aria-label="Move to cluster"
              onInput={(e) => setTarget(e.currentTarget.value)}
            />
            <datalist id="all-titles">
              {clusters.map((c) => (
                <option key={c.cluster} value={c.title} />
              ))}
            </datalist>
            <button type="submit" disabled={!clusters.some((c) => c.title === target)}>
              Move
            </button>
          </form>
          <button type="button" onClick={() => void move(-1)}>
            Mark as noise
          </button>
        </>
      )}
      <Export rows={rows} />
    </div>
  );
}

/** Which categories the rows have more of than the rest. */
function MoreThanRest({ rows }: { rows: number[] }) {
  const explorer = useExplorer();
  const columns = explorer.allColumns.value.filter((c) => c.kind === "category");
  const names = columns.slice(0, MOST_COMPARED).map((c) => c.name);
  useEffect(() => {
    for (const name of names) void explorer.need(name);
  }, [names.join("\n")]);
  const loaded = explorer.loaded.value;
  const kept = explorer.kept.value;
  const entries = useMemo(() => {
    const known = names.flatMap((name) => loaded.get(name) ?? []);
    return moreThanRest(rows, known, kept);
  }, [rows, loaded, kept]);
  return <Profile heading="More here than in the other rows" entries={entries} />;
}

/** Which clusters the rows are in. */
function Spread({ rows }: { rows: number[] }) {
  const explorer = useExplorer();
  const labels = explorer.labels.value;
  if (!labels) return null;
  const counts = countedBy(rows, labels);
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  return (
    <ul class="spread" aria-label="Clusters of these rows">
      {most.slice(0, 6).map(([cluster, n]) => (
        <li key={cluster}>
          {cluster < 0 ? (
            <span>no cluster</span>
          ) : (
            <button
              type="button"
              class="link"
              onClick={() => explorer.go({ cluster, query: "", like: null, lasso: [], row: null })}
            >
              {explorer.titleOf(cluster)}
            </button>
          )}
          <span class="num">{count(n)}</span>
        </li>
      ))}
      {most.length > 6 && <li class="quiet-note">and {many(most.length - 6, "other cluster")}</li>}
    </ul>
  );
}

/** A list of rows that is loaded piece by piece. */
export function Paged({ rows, scores }: { rows: number[]; scores?: number[] | null }) {
  const explorer = useExplorer();
  const [shown, setShown] = useState<Row[]>([]);
  const [wanted, setWanted] = useState(AT_ONCE);
  useEffect(() => {
    setShown([]);
    setWanted(AT_ONCE);
  }, [rows]);
  const [failure, setFailure] = useState("");
  const attempt = explorer.attempt.value;
  useEffect(() => {
    let current = true;
    const next = rows.slice(shown.length, wanted);
    setFailure("");
    if (next.length) {
      explorer.source.rows(next).then(
        (told) => current && setShown((before) => [...before, ...told]),
        (error: unknown) => current && setFailure(reason(error)),
      );
    }
    return () => {
      current = false;
    };
  }, [rows, wanted, shown.length, attempt]);
  return (
    <>
      <ul class="rows">
        {shown.map((row, i) => (
          <li key={row.row}>
            <RowButton
              row={row}
              extra={[scores ? decimal(scores[i]) : "", explorer.titleOf(row.cluster)]
                .filter(Boolean)
                .join(" · ")}
            />
          </li>
        ))}
      </ul>
      {failure && <Trouble text={failure} />}
      {wanted < rows.length && (
        <button type="button" class="more" onClick={() => setWanted(wanted + AT_ONCE)}>
          Show more of {count(rows.length)}
        </button>
      )}
    </>
  );
}

/** A text with what was left out of it grey, and its passages in the colours of their themes. */
function WholeText({ row }: { row: Row }) {
  const explorer = useExplorer();
  const parts = row.parts ?? [];
  const themes = new Map(
    parts.flatMap((part) => (part.title === null ? [] : [[part.cluster ?? -1, part.title]])),
  );
  const colour = (cluster: number) => {
    const own = explorer.clusters.value.get(cluster);
    return explorer.dark.value ? own?.dark : own?.light;
  };
  return (
    <>
      <p class="whole">
        {parts.length
          ? parts.map((part, i) => {
              const key = `${i}`;
              if (part.frame)
                return (
                  <span key={key} class="frame" title="left out before clustering">
                    {part.text}
                  </span>
                );
              if (part.title === null) return part.text;
              return (
                <mark
                  key={key}
                  title={part.title}
                  style={{ "--theme": colour(part.cluster ?? -1) }}
                >
                  {part.text}
                </mark>
              );
            })
          : row.text}
      </p>
      {themes.size > 1 && (
        <ul class="themes" aria-label="Themes of its passages">
          {[...themes].map(([cluster, title]) => (
            <li key={cluster}>
              <mark style={{ "--theme": colour(cluster) }}>{title}</mark>
            </li>
          ))}
        </ul>
      )}
      {parts.some((part) => part.frame) && (
        <p class="hint">Grey: left out before clustering, as many rows share it.</p>
      )}
    </>
  );
}

/** Everything about one row. */
export function RowCard({ row }: { row: number }) {
  const explorer = useExplorer();
  const version = explorer.history.value.version;
  const answer = useAnswer<Row>(() => explorer.source.row(row), [row, version]);
  const told = answer.value;
  const close = () => explorer.go({ row: null });
  if (answer.failure) return <Trouble text={answer.failure} out={{ said: "Close", go: close }} />;
  if (told?.row !== row) return null;
  return (
    <section class="card" aria-label="Row">
      <div class="panel-head">
        <h3>
          Row <span class="mono">{told.id}</span>
        </h3>
        <button type="button" class="link" onClick={close}>
          Close
        </button>
      </div>
      <Picture row={row} />
      {told.document && (
        <p class="hint">
          <a href={told.document.address} download={told.document.name}>
            Save {told.document.name}
          </a>
        </p>
      )}
      <WholeText row={told} />
      <dl class="facts">
        <div>
          <dt>cluster</dt>
          <dd>
            {explorer.layer.value === explorer.run.value?.chosen
              ? explorer.titleOf(told.cluster)
              : told.cluster < 0
                ? "no cluster"
                : explorer.editedTitle(told.cluster)}
          </dd>
        </div>
        {Object.entries(told.columns).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value === null ? "–" : String(value)}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        {explorer.source.live && (
          <button
            type="button"
            onClick={() => explorer.go({ like: row, query: "", lasso: [], panel: null })}
          >
            More like this
          </button>
        )}
        {explorer.editable.value && told.cluster >= 0 && (
          <button
            type="button"
            onClick={() => void explorer.edit({ op: "move", rows: [row], to: -1 })}
          >
            Mark as noise
          </button>
        )}
      </div>
    </section>
  );
}
