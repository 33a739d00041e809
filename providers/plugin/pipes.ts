import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** The standard output and error of a process that is to be started. */
interface OutputPipes {
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** What `spawn` takes as the process's own ends. */
  readonly descriptors: readonly [stdout: number, stderr: number];
  /** Closes our copies of the process's ends, without which its output would have no end. */
  release(): void;
  /** Resolves when all that was written has been read and nobody can write any more. */
  readonly ended: Promise<unknown>;
}

/**
 * Pipes as a shell makes them. What Node's `spawn` calls pipes are sockets, which cannot be opened as files: there,
 * `echo warning >/dev/stderr` fails, and so does tee(1) with such a name.
 *
 * @throws Error when there is no mkfifo(1) or no temporary folder can be made
 */
export async function outputPipes(): Promise<OutputPipes> {
  const folder = await mkdtemp(path.join(tmpdir(), "hardway-pipes-"));
  try {
    const files = ["stdout", "stderr"].map((name) => path.join(folder, name));
    await promisify(execFile)("mkfifo", ["-m", "600", ...files]);
    const [stdout, stderr] = files.map(openBoth) as [OpenPipe, OpenPipe];
    return {
      stdout: stdout.reader,
      stderr: stderr.reader,
      descriptors: [stdout.writer, stderr.writer],
      release: () => [stdout, stderr].forEach(({ writer }) => closeSync(writer)),
      ended: Promise.all([stdout, stderr].map(({ reader }) => new Promise((resolve) => reader.once("close", resolve)))),
    };
  } finally {
    // The name has done its work: open pipes go on without it.
    await rm(folder, { recursive: true, force: true });
  }
}

interface OpenPipe {
  readonly reader: Socket;
  readonly writer: number;
}

function openBoth(file: string): OpenPipe {
  // Else it would wait for somebody who writes.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader: new Socket({ fd, readable: true, writable: false }), writer: openSync(file, "w") };
}
