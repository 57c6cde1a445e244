/** What the page asked for: the newest answer, or why there is none. */

import { batch, signal } from "@preact/signals";

export const reason = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

export class Answer<T> {
  private readonly told = signal<T | null>(null);
  private readonly wrong = signal<string | null>(null);
  private readonly open = signal(true);
  /** Questions so far: the answer to an older one comes too late and is dropped. */
  private asked = 0;

  get value(): T | null {
    return this.told.value;
  }

  /** Why the newest question has no answer. */
  get failure(): string | null {
    return this.wrong.value;
  }

  /** Whether nothing was answered yet. */
  get pending(): boolean {
    return this.open.value;
  }

  peek(): T | null {
    return this.told.peek();
  }

  /** Ask; the last answer stays until the new one is there. */
  async ask(question: () => Promise<T>): Promise<void> {
    const mine = ++this.asked;
    this.wrong.value = null;
    const done = (take: () => void) => {
      if (mine !== this.asked) return;
      batch(() => {
        take();
        this.open.value = false;
      });
    };
    try {
      const told = await question();
      done(() => {
        this.told.value = told;
      });
    } catch (error) {
      done(() => {
        this.wrong.value = reason(error);
      });
    }
  }

  /** Nothing is asked any more. */
  forget(): void {
    this.asked++;
    batch(() => {
      this.told.value = null;
      this.wrong.value = null;
      this.open.value = true;
    });
  }
}
