/** What the page asked for: the newest answer, or why there is none. */

import { batch, signal } from "@preact/signals";

export const reason = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

export class Answer<T> {
  private readonly told = signal<T | null>(null);
  private readonly wrong = signal<string | null>(null);
  /** Questions so far: the answer to an older one comes too late and is dropped. */
  private asked = 0;

  get value(): T | null {
    return this.told.value;
  }

  /** Why the newest question has no answer. */
  get failure(): string | null {
    return this.wrong.value;
  }

  peek(): T | null {
    return this.told.peek();
  }

  /** Ask; the last answer stays until the new one is there. */
  async ask(question: () => Promise<T>): Promise<void> {
    const mine = ++this.asked;
    this.wrong.value = null;
    try {
      const told = await question();
      if (mine === this.asked) this.told.value = told;
    } catch (error) {
      if (mine === this.asked) this.wrong.value = reason(error);
    }
  }

  /** Nothing is asked any more. */
  forget(): void {
    this.asked++;
    batch(() => {
      this.told.value = null;
      this.wrong.value = null;
    });
  }
}
