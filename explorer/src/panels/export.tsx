/** Save rows as a table, the map as a picture, or the whole as a copy that opens offline. */

import { useState } from "preact/hooks";
import { useExplorer } from "../context";
import { mapPng, mapSvg } from "../map/picture";
import { count } from "../words";
import { Menu } from "./menu";

const ENDINGS = [".csv", ".parquet", ".jsonl"];

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** For some rows, or for all when `rows` is null. */
export function Export({ rows }: { rows: number[] | null }) {
  const explorer = useExplorer();
  const [edited, setEdited] = useState(true);
  const run = explorer.run.value;
  if (!explorer.source.live || !run) return null;
  const tooLong = run.counts.rows > run.most_copied;
  const table = (ending: string) =>
    explorer.guarded(async () => {
      save(await explorer.source.export(rows, ending, edited), `clusters${ending}`);
    }, "Writing…");
  const picture = (ending: "png" | "svg") =>
    explorer.guarded(async () => {
      save(await (ending === "png" ? mapPng() : mapSvg()), `map.${ending}`);
    }, "Drawing…");
  return (
    <Menu name={rows ? "Save these rows" : "Save"}>
      <p class="menu-name">{rows ? "These rows" : "All rows"}</p>
      <div class="buttons">
        {ENDINGS.map((ending) => (
          <button key={ending} type="button" onClick={() => void table(ending)}>
            {ending.slice(1).toUpperCase()}
          </button>
        ))}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={edited}
          onChange={(e) => setEdited(e.currentTarget.checked)}
        />
        with the edits
      </label>
      {rows === null && (
        <>
          <p class="menu-name">The map as it is shown</p>
          <div class="buttons">
            <button type="button" onClick={() => void picture("png")}>
              PNG
            </button>
            <button type="button" onClick={() => void picture("svg")}>
              SVG
            </button>
          </div>
          <p class="menu-name">A copy that opens offline</p>
          {tooLong && (
            <p class="quiet-note">
              It holds at most {count(run.most_copied)} rows, and this run has{" "}
              {count(run.counts.rows)}. Share the run folder, or its report.
            </p>
          )}
          <div class="buttons">
            <button
              type="button"
              disabled={tooLong}
              onClick={() =>
                void explorer.guarded(async () => {
                  save(await explorer.source.copy(), "explorer.html");
                }, "Writing…")
              }
            >
              One HTML file
            </button>
          </div>
        </>
      )}
    </Menu>
  );
}
