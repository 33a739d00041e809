/** A program that the lab needs, as `doctor` shows it. */
export interface Tool {
  readonly name: string;
  /** What is needed, e.g. `>= 20` or `3.259.0`. */
  readonly wanted: string;
  /** The version or fact that was found. */
  readonly found?: string;
  /** Where it comes from: `PATH`, `cache`, `download`, `built`, `checkout`, or what will be done: `will be built`. */
  readonly source: string;
  readonly path?: string;
  readonly ok: boolean;
}
