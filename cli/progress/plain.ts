import { formatSeconds, oneLine, type ProgressEvent, type ProgressRenderer } from "./progress";

/** A counter is written at most this often. */
const counterIntervalMs = 15_000;
/** More lines than this of one phase are noise in a log. */
const linesPerPhase = 200;

/** Lines for pipes and logs: no colour, no cursor movement, nothing written twice. */
export class PlainRenderer implements ProgressRenderer {
  #lines = 0;
  #counterAt = -Infinity;
  readonly #last = new Map<string, string>();

  constructor(
    private readonly write: (text: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  handle(event: ProgressEvent): void {
    switch (event.kind) {
      case "started":
        this.#lines = 0;
        this.#counterAt = -Infinity;
        this.#last.clear();
        return this.write(`${event.phase} ...\n`);
      case "text":
        return this.#text(event);
      case "done":
        return this.write(
          `${event.phase}: ${event.text ? `${oneLine(event.text)} ` : "done "}(${formatSeconds(event.seconds)})\n`,
        );
      case "failed":
        return this.write(`${event.phase}: FAILED (${formatSeconds(event.seconds)})\n`);
      case "note":
        return this.write(`${event.text}\n`);
    }
  }

  close(): void {
    // Every line is complete.
  }

  #text({ part = "", text, counter }: Extract<ProgressEvent, { kind: "text" }>): void {
    if (text === undefined || this.#last.get(part) === text) return;
    this.#last.set(part, text);
    if (counter) {
      if (this.now() - this.#counterAt < counterIntervalMs) return;
      this.#counterAt = this.now();
    }
    this.#lines++;
    if (this.#lines > linesPerPhase) {
      if (this.#lines === linesPerPhase + 1) this.write("  (more lines of this phase are left out)\n");
      return;
    }
    this.write(`  ${part === "" ? "" : `${part}: `}${oneLine(text)}\n`);
  }
}
