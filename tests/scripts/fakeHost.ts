import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readScript, renderScript } from "../../components/remote/scriptText";
import { shellQuote } from "../../components/remote/shellQuote";

/** Programs of the machine that runs the tests; they only read, or write below the fake host's root. */
const realPrograms = (
  "awk base64 cat chmod chown cmp comm cp cut date df dirname env find flock grep gzip head ln ls mkdir mv readlink rm rmdir " +
  "sed sh sha256sum sha512sum sleep sort stat sync tac tail tar tee timeout touch tr wc xargs"
).split(" ");

/** See `tell` in lib.sh. */
const tellings = /^\.\.\. (.*)\n/gm;

/** What a fake program answers: arguments, where `*` stands for anything, to the shell text that runs. `$R` is the root. */
export type Answers = Readonly<Record<string, string>>;

export interface Run {
  readonly status: number;
  readonly stdout: string;
  /** Without what it told. */
  readonly stderr: string;
  /** What it said that it was doing, without the dots. */
  readonly told: readonly string[];
  /** The JSON on stdout; fails when stdout is anything but one line of it. */
  readonly facts: () => Record<string, unknown>;
  /** Every call of a fake program that changes a host, in order, with its exact arguments. */
  readonly changes: string[][];
}

/**
 * A host made of a folder and of fake programs first on PATH. Scripts run under dash as they do on a real host: rendered
 * with their values by the product's own code. A program or an argument that no answer was given for fails the run.
 */
export class FakeHost {
  readonly root = mkdtempSync(join(tmpdir(), "hardway-host-"));
  /** The only folder on PATH. */
  readonly programs = mkdtempSync(join(tmpdir(), "hardway-programs-"));
  private readonly callsFile = join(this.programs, ".calls");

  constructor() {
    for (const name of realPrograms)
      symlinkSync(name === "sh" ? which("dash") : which(name), join(this.programs, name));
    this.write("/run/lock/.keep", "");
    this.write("/proc/locks", "");
    for (const folder of ["/var/lib", "/var/log"]) mkdirSync(this.path(folder), { recursive: true });
    this.program("id", { "-u": "echo 0", "-un": "echo root" });
  }

  remove(): void {
    for (const folder of [this.root, this.programs]) rmSync(folder, { recursive: true, force: true });
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    symlinkSync(target, this.path(path));
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  /** A fake program. `reads` look at the host only, `changes` are recorded. */
  program(name: string, reads: Answers, changes: Answers = {}): void {
    const branches = (answers: Answers, record: string) =>
      Object.entries(answers).map(([pattern, text]) => `${casePattern(pattern)}) ${record}\n${text}\n;;`);
    const record = `printf '%s\\037' ${shellQuote(name)} "$@" >>${shellQuote(this.callsFile)}; printf '\\036' >>${shellQuote(this.callsFile)}`;
    const lines = [
      `#!${which("dash")}`,
      `R=${shellQuote(this.root)}`,
      'case "$*" in',
      ...branches(changes, record),
      ...branches(reads, ":"),
      `*) printf 'UNEXPECTED CALL: %s %s\\n' ${shellQuote(name)} "$*" | tee -a ${shellQuote(this.callsFile + ".unexpected")} >&2; exit 97 ;;`,
      "esac",
    ];
    rmSync(join(this.programs, name), { force: true });
    writeFileSync(join(this.programs, name), lines.join("\n") + "\n", { mode: 0o755 });
  }

  /** Runs a script of `scripts/node`; an unexpected call of a fake program throws, whatever the script made of it. */
  run(script: string, variables: Readonly<Record<string, string>> = {}, stdin = ""): Run {
    const how = { variables, timeoutSeconds: 60, asRoot: script !== "10-reachable" };
    return this.runText(renderScript(readScript(script), how), {}, stdin);
  }

  runText(text: string, variables: Readonly<Record<string, string>> = {}, stdin = ""): Run {
    rmSync(this.callsFile, { force: true });
    rmSync(this.callsFile + ".unexpected", { force: true });
    const result = spawnSync(which("dash"), ["-c", text], {
      env: { PATH: this.programs, HARDWAY_ROOT: this.root, ...variables },
      encoding: "utf8",
      input: stdin,
    });
    if (existsSync(this.callsFile + ".unexpected"))
      throw new Error(readFileSync(this.callsFile + ".unexpected", "utf8"));
    const calls = existsSync(this.callsFile) ? readFileSync(this.callsFile, "utf8") : "";
    return {
      status: result.status ?? -1,
      stdout: result.stdout,
      stderr: result.stderr.replace(tellings, ""),
      told: Array.from(result.stderr.matchAll(tellings), ([, text]) => text!),
      facts: () => {
        if (!/^\{.*\}\n$/.test(result.stdout)) throw new Error(`no facts: ${result.stdout}\n${result.stderr}`);
        return JSON.parse(result.stdout) as Record<string, unknown>;
      },
      changes: calls
        .split("\x1e")
        .filter((call) => call !== "")
        .map((call) => call.split("\x1f").slice(0, -1)),
    };
  }

  /** Every file with its mode and content, without the lock, and without the log unless it is asked for. */
  tree(): Record<string, string> {
    const found: Record<string, string> = {};
    const walk = (folder: string) => {
      for (const name of readdirSync(this.path(folder)).sort()) {
        const path = `${folder}/${name}`;
        if (path === "/run/lock" || path === "/var/log/hardway") continue;
        const stat = lstatSync(this.path(path));
        const mode = (stat.mode & 0o7777).toString(8);
        if (stat.isSymbolicLink()) found[path] = `-> ${readlinkSync(this.path(path))}`;
        else if (stat.isDirectory()) {
          found[path] = `folder ${mode}`;
          walk(path);
        } else found[path] = `${mode} ${stat.mtimeMs} ${readFileSync(this.path(path), "latin1")}`;
      }
    };
    walk("");
    return found;
  }

  /** Like `tree`, without the times of change: a file that was replaced and put back counts as the same. */
  contents(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.tree()).map(([path, text]) => [path, text.replace(/^(\d+) [\d.]+ /, "$1 ")]),
    );
  }
}

function which(name: string): string {
  for (const folder of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    if (existsSync(join(folder, name))) return join(folder, name);
  }
  throw new Error(`the tests of the node scripts need the program ${name}`);
}

function casePattern(pattern: string): string {
  return (
    pattern
      .split("*")
      .map((part) => (part === "" ? "" : shellQuote(part)))
      .join("*") || "''"
  );
}
