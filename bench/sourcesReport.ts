/** Without source release, which is source mirror with the projects' own addresses, which not every network reaches. */
export const sources = ["distro", "mirror"] as const;
export type MeasuredSource = (typeof sources)[number];

/** One worker; medians of several rounds. */
export interface SourceFigures {
  /** Of the runtime. */
  readonly version: string;
  /** `./hardway up` on the booted machine. */
  readonly readySeconds: number;
  /** Bytes that the machine received over its management card during that time. */
  readonly receivedBytes: number;
  /** The same commands once more, as one script over one SSH session. */
  readonly secondRunSeconds: number;
  readonly secondRunBytes: number;
}

export type SourcesFigures = Readonly<Record<MeasuredSource, SourceFigures>> & {
  /** How the machines run and why. */
  readonly acceleration: string;
};

export function renderSources(figures: SourcesFigures): string {
  const line = (source: MeasuredSource): string => {
    const { version, readySeconds, receivedBytes, secondRunSeconds, secondRunBytes } = figures[source];
    return (
      `${`${source}:`.padEnd(7)} runtime ${version}, ready ${readySeconds.toFixed(1)} s after the boot, ` +
      `${megabytes(receivedBytes)} received; second run ${secondRunSeconds.toFixed(1)} s, ${megabytes(secondRunBytes)}`
    );
  };
  const against = (key: Exclude<keyof SourceFigures, "version">): string =>
    (figures.mirror[key] / figures.distro[key]).toFixed(2);
  return [
    figures.acceleration,
    ...sources.map(line),
    `mirror against distro: ${against("readySeconds")} of the time, ${against("receivedBytes")} of the bytes, ` +
      `${against("secondRunSeconds")} of the second run`,
    "source release runs the same code as mirror, with the projects' own addresses",
  ].join("\n");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
