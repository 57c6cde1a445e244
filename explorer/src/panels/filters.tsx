/** What the map is coloured by, what is filtered, and the tools of the hand. */

import { useEffect, useState } from "preact/hooks";
import type { Filter } from "../address";
import { useExplorer } from "../context";
import type { Column } from "../data/types";
import { along, categoryPalette } from "../map/paint";
import { columnName, filterWords, many, shownValue } from "../words";
import { Dot } from "./list";
import { Menu } from "./menu";

const DAY_MS = 86_400_000;

export function MapBar() {
  const explorer = useExplorer();
  const tool = explorer.tool.value;
  const { colour } = explorer.choices.value;
  return (
    <div class="map-bar">
      <label>
        <span>Color</span>
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
  const { column, stops } = chosen;
  const theme = { dark: explorer.dark.value };
  if (column.kind === "category") return <CategoryLegend column={column} />;
  const name = columnName(column.name);
  const [low, middle, high] = [stops[0], stops[stops.length >> 1], stops.at(-1)];
  return (
    <div class="legend" role="img" aria-label={`Colors of ${name}`}>
      <b>{name}</b>
      <div class="ramp">
        <svg viewBox={`0 0 ${SHADES} 1`} preserveAspectRatio="none" aria-hidden="true">
          {Array.from({ length: SHADES }, (_, i) => (
            <rect
              key={i}
              x={i}
              // a little over the next, else there are seams
              width="1.2"
              height="1"
              fill={`rgb(${along(i / (SHADES - 1), theme).join()})`}
            />
          ))}
        </svg>
        <p>
          <span>{shownValue(column, low)}</span>
          <span>{shownValue(column, middle)}</span>
          <span>{shownValue(column, high)}</span>
        </p>
      </div>
      <span>half of the rows on each side of the middle</span>
    </div>
  );
}

const SHADES = 64;

function CategoryLegend({ column }: { column: Column }) {
  const explorer = useExplorer();
  const names = column.categories ?? [];
  const palette = categoryPalette(column, { dark: explorer.dark.value });
  return (
    <ul class="legend" aria-label={`Colors of ${columnName(column.name)}`}>
      {names.slice(0, palette.size).map((name, code) => (
        <li key={name}>
          <Dot colour={`rgb(${palette.get(code)!.join()})`} />
          {name}
        </li>
      ))}
      {names.length > palette.size && <li>{many(names.length - palette.size, "other")} in grey</li>}
    </ul>
  );
}

function Filters() {
  const explorer = useExplorer();
  const { filters } = explorer.choices.value;
  const left = explorer.left.value;
  return (
    <Menu kind="filters" name={filters.length ? `Filters: ${filters.length}` : "Filter"}>
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
      {left && (
        <p class="quiet-note" role="status">
          {many(left.rows, "row")} {left.rows === 1 ? "is" : "are"} left
        </p>
      )}
      <NewFilter />
    </Menu>
  );
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
      {column?.kind === "category" && (
        <CategoryFilter key={column.name} column={column} add={add} />
      )}
      {column && column.kind !== "category" && (
        <RangeFilter key={column.name} column={column} add={add} />
      )}
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

/** From and to; an end that is left empty is open. */
function RangeFilter({ column, add }: Add) {
  const explorer = useExplorer();
  const [low, setLow] = useState("");
  const [high, setHigh] = useState("");
  useEffect(() => void explorer.need(column.name), [column.name]);
  const stops = explorer.loaded.value.get(column.name)?.stops;
  const date = column.kind === "date";
  const number = (text: string) =>
    text === "" ? null : date ? Date.parse(text) / DAY_MS : Number(text);
  const [from, to] = [number(low), number(high)];
  const fits = (from !== null || to !== null) && (from === null || to === null || from <= to);
  return (
    <form
      class="range"
      onSubmit={(e) => {
        e.preventDefault();
        add({ column: column.name, kind: "range", low: from, high: to });
      }}
    >
      {stops && (
        <p class="quiet-note">
          The rows go from {shownValue(column, stops[0])} to {shownValue(column, stops.at(-1))}. An
          end left empty is open.
        </p>
      )}
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
      <button type="submit" class="primary" disabled={!fits}>
        Add
      </button>
    </form>
  );
}
