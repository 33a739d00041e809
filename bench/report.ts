/** What one run of the benchmark measured; times in seconds. */
export interface Figures {
  readonly workers: number;
  /** `command:remote:Command` resources by host. */
  readonly resources: Readonly<Record<string, number>>;
  /** Logins that a host saw during the first `up`, by host. */
  readonly connections: Readonly<Record<string, number>>;
  readonly upSeconds: number;
  readonly scriptSeconds: number;
  readonly noopUpSeconds: number;
  readonly previewSeconds: number;
}

export function renderReport(figures: Figures): string {
  const { upSeconds, scriptSeconds, noopUpSeconds, previewSeconds } = figures;
  const perHost = Object.keys(figures.resources).map(
    (host) => `${host}: ${figures.resources[host]} resources, ${figures.connections[host]} SSH connections`,
  );
  return [
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
