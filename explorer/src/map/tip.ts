/** The text of the row under the pointer. */

import type { Explorer } from "../state";
import type { Size } from "./camera";

const WAIT_MS = 60;
const MOST_CHARS = 280;
const MOST_KEPT = 2000;

export class Tip {
  private readonly known = new Map<number, string>();
  private wanted: number | null = null;
  private wait = 0;

  constructor(
    private readonly explorer: Explorer,
    private readonly element: HTMLElement,
  ) {}

  show(row: number, [x, y]: [number, number], size: Size): void {
    const { element } = this;
    const right = x > size.width / 2;
    element.style.left = right ? "" : `${x + 14}px`;
    element.style.right = right ? `${size.width - x + 14}px` : "";
    const low = y > size.height / 2;
    element.style.top = low ? "" : `${y + 14}px`;
    element.style.bottom = low ? `${size.height - y + 14}px` : "";
    if (this.wanted === row) return;
    this.wanted = row;
    clearTimeout(this.wait);
    const known = this.known.get(row);
    if (known !== undefined) this.fill(row, known);
    else this.wait = window.setTimeout(() => void this.load(row), WAIT_MS);
  }

  hide(): void {
    this.wanted = null;
    clearTimeout(this.wait);
    this.element.hidden = true;
  }

  private async load(row: number): Promise<void> {
    try {
      const [told] = await this.explorer.source.rows([row]);
      const text = told?.text ?? "";
      if (this.known.size > MOST_KEPT) this.known.clear();
      this.known.set(row, text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text);
      if (this.wanted === row) this.fill(row, this.known.get(row)!);
    } catch {
      // a tip that cannot be loaded is not shown; clicking the row will say why
    }
  }

  private fill(row: number, text: string): void {
    const cluster = this.explorer.labels.peek()?.[row] ?? -1;
    const title = document.createElement("b");
    title.textContent = this.explorer.titleOf(cluster);
    this.element.replaceChildren(title, text);
    const source = this.explorer.more.peek()?.pictures && this.explorer.source.picture(row);
    if (source) {
      const picture = document.createElement("img");
      picture.src = source;
      picture.alt = "";
      picture.className = "picture";
      this.element.prepend(picture);
    }
    this.element.hidden = false;
  }
}
