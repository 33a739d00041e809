import { StringDecoder } from "node:string_decoder";
import type { Properties } from "../plugin/properties";
import type { CommandOperation } from "./resource";

/** Longest parts of an error message, in characters: gRPC carries it in a header, whose size is limited. */
const shownOutput = 12_000;
const shownCommand = 4_000;

/** Collects what a command prints and shows it line by line while it runs. */
export class CommandOutput {
  readonly #all: Buffer[] = [];
  readonly #streams: Record<"stdout" | "stderr", { chunks: Buffer[]; decoder: StringDecoder; line: string[] }> = {
    stdout: { chunks: [], decoder: new StringDecoder("utf8"), line: [] },
    stderr: { chunks: [], decoder: new StringDecoder("utf8"), line: [] },
  };
  readonly #shown: readonly string[];
  readonly #operation: CommandOperation;

  /** @param logging what is shown: `stdout`, `stderr`, `none`, or both when absent */
  constructor(logging: Properties[string] | undefined, operation: CommandOperation) {
    const both = logging === undefined || logging === null || logging === "stdoutAndStderr";
    this.#shown = both ? ["stdout", "stderr"] : [logging as string];
    this.#operation = operation;
  }

  add(name: "stdout" | "stderr", chunk: Buffer) {
    this.#all.push(chunk);
    const stream = this.#streams[name];
    stream.chunks.push(chunk);
    if (!this.#shown.includes(name)) return;
    const lines = stream.decoder.write(chunk).split("\n");
    for (const part of lines.slice(0, -1)) {
      this.#show([...stream.line, part].join(""));
      stream.line = [];
    }
    stream.line.push(lines.at(-1) ?? "");
  }

  #show(line: string) {
    this.#operation.log.status(this.#operation.redact(line.replace(/\r$/, "")));
  }

  /** The outputs: without one last line end, and with U+FFFD where the output is not UTF-8 (state is JSON). */
  end(): { stdout: string; stderr: string } {
    for (const stream of Object.values(this.#streams)) {
      const rest = stream.line.join("") + stream.decoder.end();
      if (rest !== "") this.#show(rest);
      stream.line = [];
    }
    const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8").replace(/\n$/, "");
    return { stdout: text(this.#streams.stdout.chunks), stderr: text(this.#streams.stderr.chunks) };
  }

  /** An error that says what was run and what it printed last, without secrets. */
  failure(cause: string, command: string): Error {
    this.end();
    const { redact } = this.#operation;
    const printed = redact(Buffer.concat(this.#all).toString("utf8"));
    const output = printed.length > shownOutput ? `[...]${printed.slice(-shownOutput)}` : printed;
    const shown = redact(command);
    const run = shown.length > shownCommand ? `${shown.slice(0, shownCommand)}[...]` : shown;
    return new Error(`${cause}: running ${JSON.stringify(run)}:\n${output}`);
  }
}
