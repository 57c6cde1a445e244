/** What was edited, the newest first. */

import { useExplorer } from "../context";
import { edited, many, when } from "../words";

export function EditsPanel() {
  const explorer = useExplorer();
  const { done, undone, warning } = explorer.history.value;
  const title = (cluster: number) => explorer.editedTitle(cluster);
  return (
    <section aria-label="Edits">
      <div class="panel-head">
        <h2>{many(done.length, "edit")}</h2>
        <UndoRedo />
      </div>
      {warning && <p class="warning">{warning}</p>}
      {done.length + undone.length === 0 && (
        <p class="quiet-note">
          Nothing was edited. Choose a cluster to rename, merge or split it, or draw around rows to
          move them. Every edit can be undone.
        </p>
      )}
      <ol class="history">
        {undone.map((edit) => (
          <li key={edit.version} class="undone">
            {edited(edit, title)} <small>undone</small>
          </li>
        ))}
        {[...done].reverse().map((edit) => (
          <li key={edit.version}>
            {edited(edit, title)}
            <small>
              <time dateTime={edit.at}>{when(edit.at)}</time>
            </small>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function UndoRedo() {
  const explorer = useExplorer();
  const { done, undone } = explorer.history.value;
  if (!explorer.source.live) return null;
  return (
    <div class="buttons">
      <button type="button" disabled={!done.length} onClick={() => void explorer.step("undo")}>
        Undo
      </button>
      <button type="button" disabled={!undone.length} onClick={() => void explorer.step("redo")}>
        Redo
      </button>
    </div>
  );
}
