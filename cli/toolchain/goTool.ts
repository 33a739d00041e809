import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError } from "../errors";
import type { PhaseReport } from "../progress/progress";
import { lastLines, runToEnd, type RunResult } from "../../cloud/run";
import { compareVersions } from "./engineVersion";
import { ensureSystemPackages } from "./systemPackages";
import { which } from "./which";

export interface GoContext {
  readonly report: PhaseReport;
  readonly signal?: AbortSignal;
  /** Where `go` is looked for. @default the process's PATH */
  readonly path?: string;
}

interface GoBuild extends GoContext {
  /** The `go` command. */
  readonly go: string;
  /** Folder with the go.mod and go.sum that pin every module by its hash. */
  readonly moduleDirectory: string;
  /** Main packages. */
  readonly packages: readonly string[];
  /** Builds the program that runs the tests of the one package instead. */
  readonly test?: true;
  /** The program, or a folder (with a slash at its end) for several. */
  readonly output: string;
  readonly linkerFlags: string;
  /** Further flags of `go build`. */
  readonly flags?: readonly string[];
  /** Variables besides the process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is built, for progress, e.g. `Pulumi 3.259.0`. */
  readonly what: string;
}

/** From this version on, go fetches the newer toolchain that a go.mod asks for as a module of its own. */
export const oldestGo = "1.21.0";
const buildTimeoutMs = 60 * 60_000;

/**
 * Fetches the modules and builds the programs. The same sources and Go produce the same bytes.
 *
 * @throws Error that says what went wrong.
 */
export async function goBuild(options: GoBuild): Promise<void> {
  const { go, moduleDirectory, packages, report, signal, test, what } = options;
  const env = goEnvironment(options.env);
  const common = { cwd: moduleDirectory, env, signal, timeoutMs: buildTimeoutMs };
  const flags = ["-trimpath", "-buildvcs=false", ...(options.flags ?? [])];
  let modules = 0;
  const listed = await runToEnd(go, ["list", "-deps", ...(test ? ["-test"] : []), ...flags, ...packages], {
    ...common,
    onLine: (line, stream) => {
      if (stream === "stderr" && line.startsWith("go: downloading"))
        report.counter(`fetching Go modules: ${++modules}`);
    },
  });
  check(listed, "fetching its Go modules", signal);

  const total = listed.stdout.trim().split("\n").length;
  let compiled = 0;
  const built = await runToEnd(
    go,
    [
      ...(test ? ["test", "-c", "-vet=off"] : ["build", "-v"]),
      ...flags,
      "-ldflags",
      options.linkerFlags,
      "-o",
      options.output,
      ...packages,
    ],
    {
      ...common,
      onLine: (line, stream) => {
        if (stream === "stderr" && /^[\w.-]+(\/[\w.~-]+)*$/.test(line))
          report.counter(`building ${what}: ${++compiled} of at most ${total} Go packages`);
      },
    },
  );
  check(built, "compiling", signal);
}

/** A module whose source is wanted. */
interface WantedModule extends GoContext {
  /** The `go` command. */
  readonly go: string;
  /** Folder with a go.mod that names the module's version, and a go.sum with its hash. */
  readonly pins: string;
  readonly module: string;
}

/**
 * Fetches a module's source.
 *
 * @returns its folder in Go's own cache, which must not be written to: Go builds there too, as long as it need not change
 *   the module's go.mod and go.sum (-mod=readonly)
 * @throws Error with what went wrong, e.g. a source whose hash is not the one in go.sum
 */
export async function moduleSource({ go, pins, module, report, signal }: WantedModule): Promise<string> {
  report.text(`fetching ${module}`);
  const fetched = await runToEnd(go, ["mod", "download", "-json", module], {
    ...{ cwd: pins, env: goEnvironment(), signal, timeoutMs: buildTimeoutMs },
  });
  check(fetched, `fetching ${module}`, signal);
  return (JSON.parse(fetched.stdout) as { readonly Dir: string }).Dir;
}

function goEnvironment(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  // Flags of the user's, from the environment or from `go env -w`, could build something else (-overlay, -modfile,
  // -toolexec).
  const GOFLAGS = "-mod=readonly";
  return { GOTOOLCHAIN: "auto", GO111MODULE: "on", GOWORK: "off", GOFLAGS, ...more };
}

/**
 * The `go` command for a module; installed from the system's packages where there is none.
 *
 * @throws Error where it cannot be had.
 */
export async function findGo(moduleDirectory: string, { report, signal, path }: GoContext): Promise<string> {
  const needed = /^go (\S+)/m.exec(readFileSync(join(moduleDirectory, "go.mod"), "utf8"))?.[1] ?? oldestGo;
  let go = which("go", path);
  if (go === undefined) {
    const candidate = await debianGo();
    if (candidate === undefined) throw new Error("Go is not installed");
    if (compareVersions(candidate, oldestGo) < 0) {
      throw new Error(
        `Go is not installed, and this system's package is ${candidate}: ${oldestGo} or newer is needed (https://go.dev/dl)`,
      );
    }
    await ensureSystemPackages([{ command: "go", package: "golang-go" }], { report, signal, path });
    go = which("go", path);
  }
  if (go === undefined) throw new Error("Go is not installed");
  const { stdout } = await runToEnd(go, ["env", "GOVERSION"], {
    timeoutMs: 20_000,
    env: { GOTOOLCHAIN: "local" },
  });
  const found = /go(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`${go} does not print its version`);
  if (compareVersions(found, oldestGo) < 0) {
    throw new Error(
      `${go} is Go ${found}: ${needed} is needed, or ${oldestGo} or newer, which fetches it (https://go.dev/dl)`,
    );
  }
  return go;
}

/** The version of golang-go that apt would install, or `undefined` without apt or such a package. */
async function debianGo(): Promise<string | undefined> {
  const { code, stdout } = await runToEnd("apt-cache", ["policy", "golang-go"], {
    timeoutMs: 20_000,
  });
  const candidate = /Candidate: (?:\d+:)?(\d\S*)/.exec(stdout)?.[1];
  return code === 0 ? candidate : undefined;
}

/**
 * @throws Error with the last output of a failed build step; InterruptedError when it was interrupted
 */
export function check(result: RunResult, step: string, signal?: AbortSignal): void {
  if (signal?.aborted) throw new InterruptedError();
  if (result.code !== 0) throw new Error(`${step} failed: ${result.failure ?? lastLines(result.stderr, 5)}`);
}
