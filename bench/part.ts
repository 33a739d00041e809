/** One of the things that `npm run bench` measures. */
export interface Part {
  /** One line for the help. */
  readonly summary: string;
  /** Measures and takes away what it made, also when it fails. */
  run(options: PartOptions): Promise<PartReport>;
}

interface PartOptions {
  readonly say: Say;
  /** How often each thing is measured; figures are medians. @default the part's own */
  readonly rounds?: number;
}

/** Prints progress. */
export type Say = (text: string) => void;

interface PartReport {
  /** What was measured, for programs. */
  readonly figures: unknown;
  /** The same for a person. */
  readonly text: string;
}
