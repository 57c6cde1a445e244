/** Lists to go through: odd rows with a reason, and rows that say the same. */

import type { Answer } from "../answer";
import { useExplorer } from "../context";
import type { Duplicates, Odd } from "../data/types";
import { count, many } from "../words";
import { Picture } from "./rows";
import { Trouble, useAnswer } from "./trouble";

type Kind = "anomaly" | "duplicates";

function Verdict({ kind, id, now }: { kind: Kind; id: string; now: string }) {
  const explorer = useExplorer();
  const give = (verdict: "accept" | "reject") =>
    void explorer.edit({ op: "review", kind, key: id, verdict: verdict === now ? "" : verdict });
  if (!explorer.source.live) return now ? <span class="flag">{now}ed</span> : null;
  return (
    <div class="buttons">
      <button type="button" aria-pressed={now === "accept"} onClick={() => give("accept")}>
        Accept
      </button>
      <button type="button" aria-pressed={now === "reject"} onClick={() => give("reject")}>
        Reject
      </button>
    </div>
  );
}

function Waiting({ answer }: { answer: Answer<unknown> }) {
  if (answer.failure) return <Trouble text={answer.failure} />;
  return answer.value === null ? <p class="quiet-note">Loading…</p> : null;
}

export function OddPanel() {
  const explorer = useExplorer();
  const version = explorer.history.value.version;
  const answer = useAnswer<Odd>(() => explorer.source.anomalies(), [version]);
  const list = answer.value?.entries;
  return (
    <section aria-label="Odd rows">
      <div class="panel-head">
        <h2>Odd rows</h2>
      </div>
      {answer.value && list && list.length > 0 && (
        <p class="lead">
          {many(answer.value.n, "row")} that the run calls{" "}
          {answer.value.n === 1 ? "an anomaly" : "anomalies"}
          {list.length < answer.value.n && `, ${count(list.length)} of them here`}. Accept what is
          odd indeed, reject what is fine as it is.
        </p>
      )}
      {answer.value && <p class="quiet-note">{answer.value.rule}</p>}
      <Waiting answer={answer} />
      {list?.length === 0 && <p class="lead">The run calls no row an anomaly.</p>}
      <ul class="reviews">
        {list?.map((one) => (
          <li key={one.row} data-verdict={one.verdict}>
            <button
              type="button"
              class="row"
              aria-pressed={explorer.choices.value.row === one.row}
              onClick={() => explorer.go({ row: one.row })}
            >
              <Picture row={one.row} />
              <span class="text">{one.text || one.id}</span>
              <span class="extra">
                {one.reason}
                {one.nearest_title && `; closest cluster: ${one.nearest_title}`}
              </span>
            </button>
            <Verdict kind="anomaly" id={String(one.row)} now={one.verdict} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function SamePanel() {
  const explorer = useExplorer();
  const version = explorer.history.value.version;
  const answer = useAnswer<Duplicates>(() => explorer.source.duplicates(), [version]);
  const told = answer.value;
  return (
    <section aria-label="Duplicates">
      <div class="panel-head">
        <h2>Duplicates</h2>
      </div>
      <Waiting answer={answer} />
      {told?.total === 0 && <p class="quiet-note">No two rows say the same.</p>}
      {told && told.total > 0 && (
        <p class="lead">
          {many(told.rows, "row")} in {many(told.total, "group")} that say the same.
          {told.groups.length < told.total && ` The ${count(told.groups.length)} largest:`}
        </p>
      )}
      <ul class="reviews">
        {told?.groups.map((group) => (
          <li key={group.key} data-verdict={group.verdict}>
            <button
              type="button"
              class="row"
              onClick={() => explorer.go({ row: group.rows[0] ?? null })}
            >
              {group.rows[0] !== undefined && <Picture row={group.rows[0]} />}
              <span class="text">{group.text}</span>
              <span class="extra">
                {count(group.size)} times: {group.ids.slice(0, 6).join(", ")}
                {group.size > 6 && "…"}
              </span>
            </button>
            <Verdict kind="duplicates" id={group.key} now={group.verdict} />
          </li>
        ))}
      </ul>
    </section>
  );
}
