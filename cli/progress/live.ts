import type { WriteStream } from "node:tty";
import { createLogUpdate } from "log-update";
import type { Colors } from "picocolors/types";
import { formatSeconds, oneLine, type ProgressEvent, type ProgressRenderer } from "./progress";

const redrawMs = 250;
/** Select Graphic Rendition, the only sequences that we write ourselves. */
const colorCodes = new RegExp(`(${String.fromCharCode(27)}\\[[0-9;]*m)`);

/** One line a phase, and below the running one a line for every host or resource that is busy, with the time so far. */
export class LiveRenderer implements ProgressRenderer {
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #parts = new Map<string, { text: string; since: number }>();
  #phase: { name: string; since: number; text: string } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly stream: WriteStream,
    private readonly colors: Colors,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#update = createLogUpdate(stream);
  }

  handle(event: ProgressEvent): void {
    switch (event.kind) {
      case "started":
        this.#parts.clear();
        this.#phase = { name: event.phase, since: this.now(), text: "" };
        this.#timer ??= setInterval(() => this.#draw(), redrawMs).unref();
        return this.#draw();
      case "text":
        return this.#text(event);
      case "done": {
        const text = event.text ? `  ${oneLine(event.text)}` : "";
        return this.#end(
          `${this.colors.green("ok")}  ${event.phase} ${this.colors.dim(formatSeconds(event.seconds))}${text}`,
        );
      }
      case "failed":
        return this.#end(
          `${this.colors.red("!!")}  ${event.phase} ${this.colors.dim(formatSeconds(event.seconds))}  ${this.colors.red("failed")}`,
        );
      case "note":
        this.#update.clear();
        this.stream.write(`${event.text}\n`);
        return this.#draw();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#phase = undefined;
    this.#update.clear();
    this.#update.done();
  }

  #text({ part, text }: Extract<ProgressEvent, { kind: "text" }>): void {
    if (part === undefined) {
      if (this.#phase && text !== undefined) this.#phase.text = oneLine(text);
    } else if (text === undefined) {
      this.#parts.delete(part);
    } else {
      this.#parts.set(part, { text: oneLine(text), since: this.#parts.get(part)?.since ?? this.now() });
    }
  }

  #end(line: string): void {
    this.#phase = undefined;
    this.#parts.clear();
    this.#update.clear();
    this.stream.write(`${this.#cut(line)}\n`);
  }

  #draw(): void {
    if (this.#phase === undefined) return;
    const since = (start: number) => this.colors.dim(formatSeconds((this.now() - start) / 1000));
    const room = Math.max(1, (this.stream.rows || 24) - 4);
    const parts = [...this.#parts];
    const width = Math.max(0, ...parts.map(([name]) => name.length));
    const lines = [
      `${this.colors.cyan("..")}  ${this.#phase.name} ${since(this.#phase.since)}  ${this.#phase.text}`,
      ...parts.slice(0, room).map(([name, part]) => `      ${name.padEnd(width)}  ${since(part.since)}  ${part.text}`),
      ...(parts.length > room ? [`      and ${parts.length - room} more`] : []),
    ];
    this.#update(lines.map((line) => this.#cut(line)).join("\n"));
  }

  /** A line that wraps would make the next redraw clear too little. Colour codes do not count; a cut keeps those that close. */
  #cut(line: string): string {
    let room = (this.stream.columns || 80) - 1;
    return line
      .split(colorCodes)
      .map((part, index) => {
        if (index % 2 === 1) return part;
        const kept = part.slice(0, Math.max(0, room));
        room -= kept.length;
        return kept;
      })
      .join("");
  }
}
