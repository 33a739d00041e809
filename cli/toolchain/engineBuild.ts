import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError } from "../errors";
import type { PhaseReport } from "../progress/progress";
import { run } from "../run";
import { compareVersions, engineVersion } from "./engineVersion";
import { ensureSystemPackages, lastLines } from "./systemPackages";
import { which } from "./which";

export interface BuildOptions {
  /** Folder that gets `pulumi`. */
  readonly into: string;
  readonly report: PhaseReport;
  readonly signal?: AbortSignal;
  /** Where `go` is looked for. @default the process's PATH */
  readonly path?: string;
}

/** go.mod and go.sum: they pin every module that goes into the engine by its hash. */
const moduleDirectory = join(__dirname, "engine");
const mainPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
/** From this version on, go fetches the newer toolchain that a go.mod asks for as a module of its own. */
const oldestGo = "1.21.0";
const buildTimeoutMs = 60 * 60_000;

/**
 * Builds the engine from Go modules. About 5 minutes on 2 cores and 1 GB of Go's own caches.
 *
 * @throws Error that says what went wrong.
 */
export async function buildEngine(options: BuildOptions): Promise<void> {
  const go = await findGo(options);
  const env = { ...process.env, GOTOOLCHAIN: "auto", GO111MODULE: "on", GOWORK: "off" };
  const common = { cwd: moduleDirectory, env, signal: options.signal, timeoutMs: buildTimeoutMs };

  options.report.text(`building Pulumi ${engineVersion} from Go modules, once; this takes some minutes`);
  let modules = 0;
  const listed = await run(go, ["list", "-deps", mainPackage], {
    ...common,
    onLine: (line, stream) => {
      if (stream === "stderr" && line.startsWith("go: downloading"))
        options.report.counter(`fetching Go modules: ${++modules}`);
    },
  });
  check(listed, "fetching its Go modules", options.signal);

  const total = listed.stdout.trim().split("\n").length;
  let compiled = 0;
  const built = await run(
    go,
    [
      "build",
      "-v",
      "-trimpath",
      "-buildvcs=false",
      "-ldflags",
      linkerFlags(),
      "-o",
      join(options.into, "pulumi"),
      mainPackage,
    ],
    {
      ...common,
      onLine: (line, stream) => {
        if (stream === "stderr" && /^[\w.-]+(\/[\w.~-]+)*$/.test(line)) {
          options.report.counter(`building Pulumi ${engineVersion}: ${++compiled} of at most ${total} Go packages`);
        }
      },
    },
  );
  check(built, "compiling", options.signal);
}

/** Without symbols and debug data (115 MB instead of 165), and with the version that the plugins and the state see. */
function linkerFlags(): string {
  return `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`;
}

async function findGo({ report, signal, path }: BuildOptions): Promise<string> {
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
  const { stdout } = await run(go, ["env", "GOVERSION"], {
    timeoutMs: 20_000,
    env: { ...process.env, GOTOOLCHAIN: "local" },
  });
  const found = /go(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`${go} does not tell its version`);
  if (compareVersions(found, oldestGo) < 0) {
    throw new Error(
      `${go} is Go ${found}: ${needed} is needed, or ${oldestGo} or newer, which fetches it (https://go.dev/dl)`,
    );
  }
  return go;
}

/** The version of golang-go that apt would install, or `undefined` without apt or such a package. */
async function debianGo(): Promise<string | undefined> {
  const { code, stdout } = await run("apt-cache", ["policy", "golang-go"], {
    timeoutMs: 20_000,
    env: { ...process.env, LC_ALL: "C" },
  });
  const candidate = /Candidate: (?:\d+:)?(\d\S*)/.exec(stdout)?.[1];
  return code === 0 ? candidate : undefined;
}

function check(result: { code?: number; failure?: string; stderr: string }, step: string, signal?: AbortSignal): void {
  if (signal?.aborted) throw new InterruptedError();
  if (result.code !== 0) throw new Error(`${step} failed: ${result.failure ?? lastLines(result.stderr, 5)}`);
}
