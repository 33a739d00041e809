/** Medians of several rounds; times in seconds. */
export interface LabFigures {
  /** How the machines run and why. */
  readonly acceleration: string;
  /** `command:remote:Command` resources by host. */
  readonly resources: Readonly<Record<string, number>>;
  /** Logins that a host saw during the first counted `up`, by host. */
  readonly connections: Readonly<Record<string, number>>;
  readonly upSeconds: number;
  readonly scriptSeconds: number;
  readonly noopUpSeconds: number;
  readonly previewSeconds: number;
}

export function renderLab(figures: LabFigures): string {
  const { acceleration, upSeconds, scriptSeconds, noopUpSeconds, previewSeconds } = figures;
  const perHost = Object.keys(figures.resources).map(
    (host) => `${host}: ${figures.resources[host]} resources, ${figures.connections[host]} SSH connections`,
  );
  return [
    acceleration,
    ...perHost,
    `up on booted hosts:      ${seconds(upSeconds)}`,
    `the same as one script:  ${seconds(scriptSeconds)}`,
    `ratio:                   ${(upSeconds / scriptSeconds).toFixed(2)} (aim: at most 2)`,
    `up, nothing to do:       ${seconds(noopUpSeconds)}, ${share(noopUpSeconds, upSeconds)} of the first`,
    `preview, nothing to do:  ${seconds(previewSeconds)}`,
  ].join("\n");
}

function seconds(value: number): string {
  return `${value.toFixed(1).padStart(6)} s`;
}

function share(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}
