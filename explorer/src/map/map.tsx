/** The map: points by WebGL, titles and the selection on a canvas above, and what a hand does. */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useExplorer } from "../context";
import { Stage } from "./stage";

const HELP =
  "Map of all rows. Arrow keys move it, plus and minus zoom, 0 shows all, " +
  "Enter takes the row that is nearest to the cross in the middle. " +
  "The list beside it holds the same clusters.";

export function MapView() {
  const explorer = useExplorer();
  const root = useRef<HTMLDivElement>(null);
  const dots = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const tip = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let stage: Stage | null = null;
    const stop = effect(() => {
      if (stage || !explorer.points.value || !root.current) return;
      try {
        stage = new Stage(explorer, root.current, dots.current!, over.current!, tip.current!);
      } catch (error) {
        explorer.failure.value = error instanceof Error ? error.message : String(error);
      }
    });
    return () => {
      stop();
      stage?.close();
    };
  }, [explorer]);

  const tool = explorer.tool.value;
  return (
    <div class="stage" ref={root} data-tool={tool}>
      <canvas class="dots" ref={dots} />
      <canvas class="over" ref={over} tabIndex={0} role="img" aria-label={HELP} />
      <div class="tip" ref={tip} hidden />
      {explorer.left.value?.rows === 0 && (
        <div class="nothing" role="status">
          <p>No row passes the filters.</p>
          <button type="button" onClick={() => explorer.go({ filters: [] })}>
            Remove the filters
          </button>
        </div>
      )}
    </div>
  );
}
