import { createHash } from "node:crypto";
import { open as openFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseSums, sha256Digest } from "../../components/node/runtime/artifacts/sums";
import { messageOf } from "../errors";
import type { PhaseReport } from "../progress/progress";
import { lastLines, runToEnd } from "../../cloud/run";
import { engineVersion } from "./engineVersion";

export interface ReleaseOptions {
  /** Folder that gets `pulumi` and `pulumi-language-nodejs`. */
  readonly into: string;
  readonly report: PhaseReport;
  readonly signal?: AbortSignal;
  /** Base address of the release's files; `env` is then not asked. */
  readonly baseUrl?: string;
  /** Has HARDWAY_PULUMI_RELEASES_URL and HARDWAY_PULUMI_SHA256. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long a server may take to answer, in milliseconds. A closed network shows here. @default 5000 */
  readonly connectMs?: number;
  /** How long a transfer may stand still, in milliseconds. @default 30000 */
  readonly stallMs?: number;
  /** @default those of this machine, in Node's words */
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
}

const officialReleases = `https://github.com/pulumi/pulumi/releases/download/v${engineVersion}`;

interface Source {
  readonly base: string;
  /** Digest of the archive, where the user knows it. */
  readonly sha256?: string;
}

/**
 * Where the engine comes from. The project's checksums are trusted when they come from the project itself; a program from
 * elsewhere is run only when the user has given its checksum.
 */
function sourceOf({ baseUrl, env = process.env }: ReleaseOptions): Source {
  if (baseUrl !== undefined) return { base: baseUrl };
  const { HARDWAY_PULUMI_RELEASES_URL: other, HARDWAY_PULUMI_SHA256: sha256 } = env;
  if (sha256 && !sha256Digest.test(sha256))
    throw new Error(`HARDWAY_PULUMI_SHA256 must be a SHA-256, 64 of 0-9 and a-f; it is "${sha256}"`);
  if (!other) return { base: officialReleases, ...(sha256 ? { sha256 } : {}) };
  if (!other.startsWith("https://"))
    throw new Error(`HARDWAY_PULUMI_RELEASES_URL must begin with https://; it is "${other}"`);
  if (!sha256)
    throw new Error(
      "HARDWAY_PULUMI_RELEASES_URL needs HARDWAY_PULUMI_SHA256, the SHA-256 of the archive for this computer: what another place " +
        "says of its own files proves nothing",
    );
  return { base: other.replace(/\/$/, ""), sha256 };
}

/**
 * Downloads the official engine, checks it against the SHA-256 that the user gave, else against the sums that the
 * project publishes, and unpacks it.
 *
 * @throws Error that says what went wrong; the caller tries the next source.
 */
export async function downloadEngine(options: ReleaseOptions): Promise<void> {
  const { base, sha256 } = sourceOf(options);
  const name = archiveName(options.platform ?? process.platform, options.arch ?? process.arch);
  options.report.text(`asking ${new URL(base).host} for Pulumi ${engineVersion}`);
  const wanted = sha256 ?? (await publishedSum(base, name, options));
  if (wanted === undefined) throw new Error(`the release's checksums do not list ${name}`);

  const archive = join(options.into, name);
  try {
    const found = await save(`${base}/${name}`, archive, options);
    if (found !== wanted)
      throw new Error(
        `${base}/${name} has SHA-256 ${found}, but ${sha256 ? "HARDWAY_PULUMI_SHA256" : "the release's list"} says ${wanted}`,
      );
    const members = ["pulumi/pulumi", "pulumi/pulumi-language-nodejs"];
    const unpacked = await runToEnd("tar", ["-xzf", archive, "-C", options.into, "--strip-components=1", ...members], {
      timeoutMs: 120_000,
      signal: options.signal,
    });
    if (unpacked.code !== 0)
      throw new Error(`unpacking ${name} failed: ${unpacked.failure ?? lastLines(unpacked.stderr, 3)}`);
  } finally {
    await unlink(archive).catch(() => undefined);
  }
}

async function publishedSum(base: string, name: string, options: ReleaseOptions): Promise<string | undefined> {
  const sums = await (await open(`${base}/pulumi-${engineVersion}-checksums.txt`, options)).text();
  return parseSums(sums).find(({ path }) => path === name)?.digest;
}

function archiveName(platform: NodeJS.Platform, arch: string): string {
  if ((platform === "linux" || platform === "darwin") && (arch === "x64" || arch === "arm64")) {
    return `pulumi-v${engineVersion}-${platform}-${arch}.tar.gz`;
  }
  throw new Error(`there is no official build for ${platform} on ${arch}`);
}

async function open(url: string, { signal, connectMs = 5000 }: ReleaseOptions): Promise<Response> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), connectMs);
  try {
    const stop = AbortSignal.any([deadline.signal, ...(signal ? [signal] : [])]);
    // The deadline is for the response headers; save() watches the body.
    const response = await follow(url, stop).finally(() => clearTimeout(timer));
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return response;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(
      `${url}: ${deadline.signal.aborted ? `no answer within ${connectMs / 1000} s` : messageOf(cause)}`,
      {
        cause: error,
      },
    );
  }
}

/** Follows redirects, which GitHub uses, but none from https to an unprotected address. */
async function follow(url: string, signal: AbortSignal): Promise<Response> {
  let at = url;
  for (let hops = 0; hops < 5; hops++) {
    const response = await fetch(at, { signal, redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    const next = new URL(location, at);
    if (at.startsWith("https:") && next.protocol !== "https:")
      throw new Error(`it redirects to ${next.origin}, which is not https`);
    at = next.href;
    await response.body?.cancel();
  }
  throw new Error("it redirects too often");
}

/** Saves `url` and returns the SHA-256 of what came. */
async function save(url: string, file: string, options: ReleaseOptions): Promise<string> {
  const response = await open(url, options);
  const size = Number(response.headers.get("content-length") ?? NaN);
  const hash = createHash("sha256");
  const stall = new AbortController();
  const stallMs = options.stallMs ?? 30_000;
  const timer = setTimeout(() => stall.abort(), stallMs);
  let received = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh();
      hash.update(chunk);
      received += chunk.length;
      options.report.counter(
        `downloading Pulumi ${engineVersion}: ${megabytes(received)}${size ? ` of ${megabytes(size)}` : ""} MB`,
      );
      done(null, chunk);
    },
  });
  // Opened before anything can fail: a stream that opens its file itself might do so after the file was removed.
  const handle = await openFile(file, "w", 0o600);
  try {
    if (response.body === null) throw new Error("the answer is empty");
    await pipeline(Readable.fromWeb(response.body), watch, handle.createWriteStream(), {
      signal: options.signal ? AbortSignal.any([stall.signal, options.signal]) : stall.signal,
    });
  } catch (error) {
    const reason = stall.signal.aborted
      ? `no data came for ${stallMs / 1000} s`
      : `the transfer broke off: ${messageOf(error)}`;
    throw new Error(`${url}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
    await handle.close();
  }
  return hash.digest("hex");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
