/** What was done, with the way back, and what went wrong. */

import { useEffect, useState } from "preact/hooks";
import { useExplorer } from "../context";
import type { Explorer, Notice } from "../state";

const SHOWN_MS = 4000;
/** There is something to press, and it takes time to read and to reach. */
const SHOWN_WITH_BUTTON_MS = 12_000;

const WAYS = { undo: "Undo", redo: "Redo" } as const;

/** The way back of a notice; null when there is none, or the edits have changed since. */
export function wayBack(explorer: Explorer, notice: Notice): "undo" | "redo" | null {
  const { back } = notice;
  return back && back.version === explorer.history.value.version ? back.way : null;
}

export function Notices() {
  const explorer = useExplorer();
  const notice = explorer.notice.value;
  const busy = explorer.busy.value;
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!notice) setHeld(false);
    // it stays while somebody is about to press something in it
    if (notice?.kind !== "said" || held) return;
    const wait = setTimeout(
      () => {
        explorer.notice.value = null;
      },
      notice.back ? SHOWN_WITH_BUTTON_MS : SHOWN_MS,
    );
    return () => clearTimeout(wait);
  }, [notice, held]);
  return (
    <div
      class="notices"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocusIn={() => setHeld(true)}
      onFocusOut={() => setHeld(false)}
    >
      <p class="busy" role="status">
        {busy}
      </p>
      <div role="status">{notice?.kind === "said" && <Shown notice={notice} />}</div>
      <div role="alert">{notice?.kind === "error" && <Shown notice={notice} />}</div>
    </div>
  );
}

function Shown({ notice }: { notice: Notice }) {
  const explorer = useExplorer();
  const way = wayBack(explorer, notice);
  return (
    <div class={`notice ${notice.kind}`}>
      <p>{notice.text}</p>
      {way && (
        <button type="button" onClick={() => void explorer.step(way)}>
          {WAYS[way]}
        </button>
      )}
      <button
        type="button"
        class="link"
        onClick={() => {
          explorer.notice.value = null;
        }}
      >
        Close
      </button>
    </div>
  );
}
