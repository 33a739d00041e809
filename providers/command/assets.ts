import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { asAsset, assetValue, type Value } from "../plugin/properties";

/**
 * The files under a directory that match a list of globs, as assets by relative path. Rules apply in order and a rule
 * that starts with `!` excludes. `*` stops at `/`, `**` does not (the rules of github.com/gobwas/glob).
 */
export async function globAssets(directory: string, globs: string[]): Promise<{ [path: string]: Value }> {
  const rules = globs.map((glob) => ({ exclude: glob.startsWith("!"), pattern: globPattern(glob.replace(/^!/, "")) }));
  const found: { [path: string]: Value } = {};
  for (const file of await filesUnder(directory)) {
    const deciding = rules.filter((rule) => rule.pattern.test(file)).at(-1);
    if (!deciding || deciding.exclude) continue;
    const full = path.join(directory, file);
    found[file] = assetValue({ kind: "asset", path: full, hash: await fileHash(full) });
  }
  return found;
}

/** One archive of many assets. The engine compares archives by hash, so it is made from what they hold. */
export function archiveOf(assets: { [path: string]: Value }): Value {
  const hash = createHash("sha256");
  for (const [name, asset] of Object.entries(assets)) hash.update(`${name}\0${asAsset(asset)?.hash}\n`);
  return assetValue({ kind: "archive", assets, hash: hash.digest("hex") });
}

/** Regular files and links to them, in order of their names, with `/` between the parts. */
async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

export function globPattern(glob: string): RegExp {
  let braces = 0;
  const source = glob.replace(/\\.|\*\*|\[!?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === "{") return (braces++, "(?:");
    if (part === "}" && braces > 0) return (braces--, ")");
    if (part === "," && braces > 0) return "|";
    if (part.startsWith("[") && part.length > 1) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return part.replace(/^\\(?=.)/, "").replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  if (braces > 0) throw new Error(`glob ${JSON.stringify(glob)}: '{' without '}'`);
  return new RegExp(`^${source}$`, "s");
}
