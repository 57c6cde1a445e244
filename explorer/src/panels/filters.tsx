/** What the map is coloured by, what is filtered, and the tools of the hand. */

import { useState } from "preact/hooks";
import type { Filter } from "../address";
import { useExplorer } from "../context";
import type { Column } from "../data/types";
import { along } from "../map/paint";
import { columnName, shownValue } from "../words";

export function MapBar() {
  const explorer = useExplorer();
  const tool = explorer.tool.value;
  const { colour } = explorer.choices.value;
  return (
    <div class="map-bar">
      <label>
        <span>Colour</span>
        <select value={colour} onChange={(e) => explorer.go({ colour: e.currentTarget.value })}>
          <option value="cluster">cluster</option>
          {explorer.allColumns.value.map((c) => (
            <option key={c.name} value={c.name}>
              {columnName(c.name)}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="tools" aria-label="What dragging does">
        {(
          [
            ["pan", "Move"],
            ["lasso", "Lasso"],
            ["box", "Box"],
          ] as const
        ).map(([name, said]) => (
          <button
            key={name}
            type="button"
            aria-pressed={tool === name}
            onClick={() => {
              explorer.tool.value = name;
            }}
          >
            {said}
          </button>
        ))}
      </fieldset>
      <Filters />
    </div>
  );
}

export function Legend() {
  const explorer = useExplorer();
  const chosen = explorer.values.value;
  if (!chosen) return null;
  const { column } = chosen;
  const theme = { dark: explorer.dark.value };
  if (column.kind === "category") return <CategoryLegend column={column} />;
  const stops = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return (
    <div class="legend" role="img" aria-label={`Colours of ${columnName(column.name)}`}>
      <span>{shownValue(column, column.low ?? 0)}</span>
      <svg viewBox="0 0 60 8" aria-hidden="true">
        {stops.map((s, i) => (
          <rect
            key={s}
            x={10 * i}
            width="10.2"
            height="8"
            fill={`rgb(${along(s, theme).join()})`}
          />
        ))}
      </svg>
      <span>{shownValue(column, column.high ?? 1)}</span>
      <b>{columnName(column.name)}</b>
    </div>
  );
}

function CategoryLegend({ column }: { column: Column }) {
  const explorer = useExplorer();
  const clusters = explorer.list.value?.clusters ?? [];
  const dark = explorer.dark.value;
  const names = column.categories ?? [];
  const shown = Math.min(names.length, 12, clusters.length);
  return (
    <ul class="legend" aria-label={`Colours of ${columnName(column.name)}`}>
      {names.slice(0, shown).map((name, i) => (
        <li key={name}>
          <svg class="dot" viewBox="0 0 10 10" aria-hidden="true">
            <circle cx="5" cy="5" r="5" fill={dark ? clusters[i]!.dark : clusters[i]!.light} />
          </svg>
          {name}
        </li>
      ))}
      {names.length > shown && <li>{names.length - shown} others in grey</li>}
    </ul>
  );
}

function Filters() {
  const explorer = useExplorer();
  const { filters } = explorer.choices.value;
  const kept = explorer.kept.value;
  return (
    <details class="menu filters">
      <summary>{filters.length ? `Filters: ${filters.length}` : "Filter"}</summary>
      <div class="menu-body">
        {filters.map((f, i) => (
          <p key={`${f.column}${i}`} class="chip">
            <span>{filterWords(f, explorer.allColumns.value)}</span>
            <button
              type="button"
              class="link"
              aria-label={`Remove the filter on ${columnName(f.column)}`}
              onClick={() => explorer.go({ filters: filters.filter((g) => g !== f) })}
            >
              Remove
            </button>
          </p>
        ))}
        {kept && (
          <p class="quiet-note" role="status">
            {kept.reduce((n, k) => n + k, 0).toLocaleString("en-US")} rows are left
          </p>
        )}
        <NewFilter />
      </div>
    </details>
  );
}

function filterWords(filter: Filter, columns: Column[]): string {
  const name = columnName(filter.column);
  if (filter.kind === "in") return `${name}: ${filter.values.join(" or ")}`;
  const column = columns.find((c) => c.name === filter.column);
  const say = (v: number) => (column ? shownValue(column, v) : String(v));
  return `${name}: ${say(filter.low)} to ${say(filter.high)}`;
}

function NewFilter() {
  const explorer = useExplorer();
  const columns = explorer.allColumns.value;
  const [name, setName] = useState("");
  const column = columns.find((c) => c.name === name);
  const add = (filter: Filter) => {
    const others = explorer.choices.peek().filters.filter((f) => f.column !== filter.column);
    explorer.go({ filters: [...others, filter] });
    setName("");
  };
  return (
    <>
      <label>
        <span>Column</span>
        <select value={name} onChange={(e) => setName(e.currentTarget.value)}>
          <option value="">choose one</option>
          {columns.map((c) => (
            <option key={c.name} value={c.name}>
              {columnName(c.name)}
            </option>
          ))}
        </select>
      </label>
      {column?.kind === "category" && <CategoryFilter column={column} add={add} />}
      {column && column.kind !== "category" && <RangeFilter column={column} add={add} />}
    </>
  );
}

type Add = { column: Column; add: (filter: Filter) => void };

function CategoryFilter({ column, add }: Add) {
  const [chosen, setChosen] = useState<string[]>([]);
  const toggle = (value: string) =>
    setChosen(chosen.includes(value) ? chosen.filter((v) => v !== value) : [...chosen, value]);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        add({ column: column.name, kind: "in", values: chosen });
      }}
    >
      <div class="choices">
        {(column.categories ?? []).map((value) => (
          <label key={value} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={() => toggle(value)}
            />
            {value}
          </label>
        ))}
      </div>
      <button type="submit" class="primary" disabled={!chosen.length}>
        Add
      </button>
    </form>
  );
}

function RangeFilter({ column, add }: Add) {
  const date = column.kind === "date";
  const told = (value: number | undefined) =>
    date ? shownValue(column, value ?? 0) : String(value);
  const [low, setLow] = useState(told(column.low));
  const [high, setHigh] = useState(told(column.high));
  const number = (text: string) => (date ? Date.parse(text) / 86_400_000 : Number(text));
  const filter = {
    column: column.name,
    kind: "range" as const,
    low: number(low),
    high: number(high),
  };
  return (
    <form
      class="range"
      onSubmit={(e) => {
        e.preventDefault();
        add(filter);
      }}
    >
      {(
        [
          ["from", low, setLow],
          ["to", high, setHigh],
        ] as const
      ).map(([word, value, set]) => (
        <label key={word}>
          <span>{word}</span>
          <input
            type={date ? "date" : "number"}
            step="any"
            value={value}
            onInput={(e) => set(e.currentTarget.value)}
          />
        </label>
      ))}
      <button type="submit" class="primary" disabled={!(filter.low <= filter.high)}>
        Add
      </button>
    </form>
  );
}
