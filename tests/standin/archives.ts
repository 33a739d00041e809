import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, copyFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A program of a stand-in archive: the text of a script, or the file that it is a copy of. */
export type Program = { readonly text: string } | { readonly file: string };

/** An archive that a test has made. */
export interface MadeArchive {
  readonly file: string;
  readonly sha256: string;
}

/**
 * `cri-o.<architecture>.v<version>.tar.gz` as upstream lays it out (cri-o/packaging, scripts/bundle/build), with
 * programs of the test's in place of the real ones.
 *
 * @param into folder that gets the archive
 */
export function crioArchive(into: string, version: string, crio: Program, architecture = "amd64"): MadeArchive {
  return pack(join(into, `cri-o.${architecture}.v${version}.tar.gz`), {
    ...crioPrograms(crio),
    "cri-o/bin/conmon": answers("conmon version 2.2.1"),
    "cri-o/bin/runc": answers("runc version 1.4.2"),
    "cri-o/bin/crun": answers("crun version 1.26"),
    "cri-o/etc/10-crio.conf": { text: '[crio.runtime]\ndefault_runtime = "crun"\n' },
    "cri-o/contrib/10-crio-bridge.conflist.disabled": { text: "{}\n" },
    "cri-o/contrib/policy.json": { text: "{}\n" },
  });
}

/** The same with nothing in it but what CRI-O's own source builds. */
export function crioSourceArchive(into: string, version: string, crio: Program, architecture = "amd64"): MadeArchive {
  return pack(join(into, `source/cri-o.${architecture}.v${version}.tar.gz`), crioPrograms(crio));
}

const answers = (text: string): Program => ({ text: `#!/bin/sh\necho '${text}'\n` });
const crioPrograms = (crio: Program) => ({ "cri-o/bin/crio": crio, "cri-o/bin/pinns": answers("pinns stand-in") });

/** `cri-dockerd-<version>.<architecture>.tgz` as upstream lays it out (Mirantis/cri-dockerd, packaging/static). */
export function criDockerdArchive(
  into: string,
  version: string,
  program: Program,
  architecture = "amd64",
): MadeArchive {
  return pack(join(into, `cri-dockerd-${version}.${architecture}.tgz`), { "cri-dockerd/cri-dockerd": program });
}

/**
 * Builds the Go program that plays both daemons, for archives that run on a real machine. Go's own cache makes every
 * further build a matter of a second.
 *
 * @param to the program's file
 * @throws Error with the compiler's output
 */
export function buildStandIn(to: string, architecture = "amd64"): void {
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOOS: "linux",
    GOARCH: architecture,
    GOTOOLCHAIN: "auto",
    GOWORK: "off",
  };
  execFileSync("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", to, "."], {
    cwd: join(__dirname, "cri"),
    env,
    stdio: "pipe",
  });
}

function pack(file: string, programs: Readonly<Record<string, Program>>): MadeArchive {
  const folder = mkdtempSync(join(tmpdir(), "hardway-archive-"));
  try {
    for (const [path, program] of Object.entries(programs)) {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      if ("file" in program) copyFileSync(program.file, target);
      else writeFileSync(target, program.text);
      chmodSync(target, path.includes("/etc/") || path.includes("/contrib/") ? 0o644 : 0o755);
    }
    mkdirSync(dirname(file), { recursive: true });
    const tops = [...new Set(Object.keys(programs).map((path) => path.split("/")[0] ?? path))];
    execFileSync("tar", ["-czf", file, "--owner=0", "--group=0", "--sort=name", "--mtime=@0", "-C", folder, ...tops]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { file, sha256: createHash("sha256").update(readFileSync(file)).digest("hex") };
}
