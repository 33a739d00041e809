import { stripVTControlCharacters } from "node:util";

/** What happens during a run, for whoever draws it. */
export type ProgressEvent =
  | { readonly kind: "started"; readonly phase: string }
  /** What the phase is doing; with `part`, what one host or resource is doing (without text: it is done). */
  | {
      readonly kind: "text";
      readonly phase: string;
      readonly part?: string;
      readonly text?: string;
      readonly counter?: boolean;
    }
  | { readonly kind: "done"; readonly phase: string; readonly seconds: number; readonly text?: string }
  | { readonly kind: "failed"; readonly phase: string; readonly seconds: number }
  /** A note between or within phases. */
  | { readonly kind: "note"; readonly text: string };

export interface ProgressRenderer {
  handle(event: ProgressEvent): void;
  /** Leaves the output clean; nothing is drawn after it. */
  close(): void;
}

/** What a running phase reports. */
export interface PhaseReport {
  text(text: string): void;
  /** A text that changes all the time, such as a percentage: plain output shows few of them. */
  counter(text: string): void;
  part(name: string, text: string): void;
  /** Takes the line of a part away. */
  partDone(name: string): void;
  /** Sets the text on the line of the finished phase. */
  result(text: string): void;
}

export class Progress {
  constructor(
    private readonly renderer: ProgressRenderer,
    private readonly now: () => number = () => performance.now(),
  ) {}

  async phase<T>(phase: string, action: (report: PhaseReport) => Promise<T> | T): Promise<T> {
    const startedAt = this.now();
    const seconds = () => (this.now() - startedAt) / 1000;
    let result: string | undefined;
    this.renderer.handle({ kind: "started", phase });
    const report: PhaseReport = {
      text: (text) => this.renderer.handle({ kind: "text", phase, text }),
      counter: (text) => this.renderer.handle({ kind: "text", phase, text, counter: true }),
      part: (part, text) => this.renderer.handle({ kind: "text", phase, part, text }),
      partDone: (part) => this.renderer.handle({ kind: "text", phase, part }),
      result: (text) => (result = text),
    };
    try {
      const value = await action(report);
      this.renderer.handle({ kind: "done", phase, seconds: seconds(), text: result });
      return value;
    } catch (error) {
      this.renderer.handle({ kind: "failed", phase, seconds: seconds() });
      throw error;
    }
  }

  note(text: string): void {
    this.renderer.handle({ kind: "note", text });
  }

  close(): void {
    this.renderer.close();
  }
}

/** `4.2 s`, `36 s`, `3 min 05 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** One line without control characters: output of a host or a tool must not move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s*\p{Cc}+\s*/gu, " ")
    .trim();
}
