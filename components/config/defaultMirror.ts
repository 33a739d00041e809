import { readFileSync } from "node:fs";
import type { ArtifactName } from "../node/runtime/artifacts/lock";
import { isPackaged } from "../node/runtime/artifacts/sources";
import { handlers } from "../node/runtime/handlers";
import { runtimeOf } from "../node/runtime/runtimes";
import { resolvePath } from "./privateKey";
import type { Problem } from "./problems";
import type { NodeValues, RuntimeValues } from "./runtimeSchema";

/** The mirror that is meant where the configuration names none. */
export interface DefaultMirror {
  /** As the hosts reach it. */
  readonly url: string;
  /** Its SHA256SUMS on this computer. */
  readonly sumsFile: string;
  /** What that file will hold, where it is yet to be written. */
  readonly sums?: string;
}

type SourceValues = Pick<RuntimeValues, "runtime" | "runtimeSource" | "runtimeMirror" | "handlers"> & {
  readonly runtimeArtifacts: readonly { readonly name: string }[];
};

/** The default mirror, where values that need one name none. */
export function withDefaultMirror<T extends SourceValues & Pick<RuntimeValues, "runtimeMirrorSums">>(
  values: T,
  mirror: DefaultMirror | undefined,
): T {
  return mirror === undefined || !usesDefaultMirror(values) ? values : { ...values, ...mirrorValues(mirror) };
}

/** The values that name a mirror. */
export function mirrorValues({ url, sumsFile }: DefaultMirror) {
  return { runtimeMirror: url, runtimeMirrorSums: sumsFile };
}

/** Whether a node needs a mirror and its values name none: with source mirror, or for what its packages do not have. */
export function usesDefaultMirror(values: SourceValues): boolean {
  return values.runtimeMirror === "" && (values.runtimeSource === "mirror" || packagesLack(values).length > 0);
}

/**
 * Releases that a node needs besides its packages and that the user's own artifacts do not bring; none with other
 * sources.
 */
export function packagesLack(values: SourceValues): ArtifactName[] {
  const { runtime, runtimeSource, handlers: wanted, runtimeArtifacts } = values;
  if (!isPackaged(values)) return [];
  const { companion } = runtimeOf(runtime);
  const lacked: ArtifactName[] = [
    ...(companion !== undefined && runtimeSource === "distro" ? [companion] : []),
    ...wanted.flatMap((name) => (handlers[name].distro === undefined ? handlers[name].releases : [])),
  ];
  return lacked.filter((name) => !runtimeArtifacts.some((added) => added.name === name));
}

/** Reads the lists of checksums that the values name, once each. */
export class MirrorSums {
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly directory: string,
    private readonly problems: Problem[],
    expected?: DefaultMirror,
  ) {
    if (expected?.sums !== undefined) this.texts.set(expected.sumsFile, expected.sums);
  }

  /** The list's text; empty for none, and where it cannot be read, which is a problem of `key`. */
  read(key: string, { runtimeMirrorSums: file }: Pick<RuntimeValues | NodeValues, "runtimeMirrorSums">): string {
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
