/** A menu that closes by Escape and by whatever is pressed or focused elsewhere. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Shown {
  name: ComponentChildren;
  kind?: string;
  children: ComponentChildren;
}

export function Menu({ name, kind = "", children }: Shown) {
  const root = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const menu = root.current!;
    // in a notebook the page may stand in a shadow root, outside of which its parts are not named
    const elsewhere = (event: Event) => {
      if (!event.composedPath().includes(menu)) menu.open = false;
    };
    const byEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary")?.focus();
    };
    addEventListener("pointerdown", elsewhere, true);
    addEventListener("focusin", elsewhere, true);
    addEventListener("keydown", byEscape, true);
    return () => {
      removeEventListener("pointerdown", elsewhere, true);
      removeEventListener("focusin", elsewhere, true);
      removeEventListener("keydown", byEscape, true);
    };
  }, []);
  return (
    <details class={`menu ${kind}`} ref={root}>
      <summary>{name}</summary>
      <div class="menu-body">{children}</div>
    </details>
  );
}
