/** The explorer in a notebook, by the contract of anywidget. */

import { effect } from "@preact/signals";
import { render as renderInto } from "preact";
import { App } from "./app";
import { type Frozen, frozenSource } from "./data/frozen";
import { Explorer } from "./state";
import "./style.css";

interface Model {
  get(name: "data"): Frozen;
  get(name: "height"): number;
  set(name: "selection", rows: number[]): void;
  save_changes(): void;
}

/** Rows that are drawn around or found, else those of the chosen cluster, else of the chosen row. */
export function selection(explorer: Explorer): number[] {
  const focus = explorer.focus.value;
  const labels = explorer.labels.value;
  const { cluster, row } = explorer.choices.value;
  if (focus) return focus.rows;
  if (row !== null) return [row];
  if (cluster === null || !labels) return [];
  const out: number[] = [];
  labels.forEach((label, i) => {
    if (label === cluster) out.push(i);
  });
  return out;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const explorer = new Explorer(frozenSource(model.get("data")), false);
  explorer.dark.value = matchMedia("(prefers-color-scheme: dark)").matches;
  el.style.height = `${model.get("height")}px`;
  renderInto(<App explorer={explorer} />, el);
  void explorer.start();
  const stop = effect(() => {
    model.set("selection", selection(explorer));
    model.save_changes();
  });
  return () => {
    stop();
    renderInto(null, el);
  };
}

export default { render };
