import { runToEnd } from "../../cloud/run";

/** The engine that hardway is tested with, and that is fetched or built where none is found. */
export const engineVersion = "3.259.0";

/** The oldest engine that is used when it is found on PATH: one that knows states compressed with zstd, as another may have left them. */
export const oldestEngine = "3.225.0";

/** Whether an engine found on PATH will do: the same major version, and not older than `oldestEngine`. */
export function isUsableEngine(version: string): boolean {
  const found = parseVersion(version);
  const oldest = parseVersion(oldestEngine);
  if (found === undefined || oldest === undefined || found[0] !== oldest[0]) return false;
  return compareVersions(version, oldestEngine) >= 0;
}

/** Below zero when `a` is older than `b`; what follows the three numbers does not count. */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a) ?? [0, 0, 0];
  const right = parseVersion(b) ?? [0, 0, 0];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

function parseVersion(text: string): [number, number, number] | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** What `pulumi version` says, without the `v`; `undefined` when it is not an engine that runs here. */
export async function askVersion(path: string): Promise<string | undefined> {
  const { code, stdout } = await runToEnd(path, ["version"], {
    timeoutMs: 20_000,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return code === 0 ? /^v?(\d+\.\d+\.\d+\S*)/.exec(stdout.trim())?.[1] : undefined;
}
