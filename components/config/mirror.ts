import { readFileSync } from "node:fs";
import { resolvePath } from "./privateKey";
import type { Problem } from "./problems";
import type { NodeValues, RuntimeValues } from "./runtimeSchema";

/** The mirror that source mirror means where the configuration names none. */
export interface DefaultMirror {
  /** As the hosts reach it. */
  readonly url: string;
  /** Its SHA256SUMS on this computer. */
  readonly sumsFile: string;
}

type MirrorValues = Pick<RuntimeValues, "runtimeSource" | "runtimeMirror" | "runtimeMirrorSums">;

/** The default mirror, where source mirror has none of its own. */
export function withDefaultMirror<T extends MirrorValues>(values: T, mirror: DefaultMirror | undefined): T {
  if (mirror === undefined || values.runtimeSource !== "mirror" || values.runtimeMirror !== "") return values;
  return { ...values, runtimeMirror: mirror.url, runtimeMirrorSums: mirror.sumsFile };
}

/** Reads the lists of checksums that the values name, once each. */
export class MirrorSums {
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly directory: string,
    private readonly problems: Problem[],
  ) {}

  /** The list's text; empty for none, and where it cannot be read, which is a problem of `key`. */
  read(key: string, { runtimeMirrorSums: file }: Pick<MirrorValues | NodeValues, "runtimeMirrorSums">): string {
    if (!file) return "";
    const known = this.texts.get(file);
    if (known !== undefined) return known;
    let text = "";
    try {
      text = readFileSync(resolvePath(file, this.directory), "utf8");
    } catch (error) {
      this.problems.push({ key, rule: `names a file that cannot be read: ${(error as Error).message}`, got: file });
    }
    this.texts.set(file, text);
    return text;
  }
}
