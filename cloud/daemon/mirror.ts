import path from "node:path";

/** The mirror of release files in hardway's cache folder. `hardway artifacts build` fills it, and the daemon serves it. */
export function mirrorDirectory(cacheDirectory: string): string {
  return path.join(cacheDirectory, "artifacts", "mirror");
}
