import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { cluster } from "./cluster";
import { lab } from "./lab";
import type { Part } from "./part";
import { scale } from "./scale";
import { sourcesPart } from "./sources";

const parts: Readonly<Record<string, Part>> = { scale, cluster, lab, sources: sourcesPart };

const help = `Usage: npm run bench [-- [--json] [--rounds N] [--part NAME ...]]

Parts, all of them unless some are named; the word --part may be left out:
${Object.entries(parts)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join("\n")}

Figures are medians of --rounds N rounds, each part having a default of its own. Those of one computer and moment mean little; quote
the ratios. Progress is on stderr; --json prints all figures at the end, for programs.
Everything is made for the run and taken away at its end, also after Ctrl-C.`;

interface Arguments {
  readonly json: boolean;
  readonly rounds?: number;
  readonly names: readonly string[];
}

/** @throws Error that says what is wrong. */
function readArguments(args: string[]): Arguments {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: "boolean" }, rounds: { type: "string" }, part: { type: "string", multiple: true } },
    allowPositionals: true,
  });
  const named = [...(values.part ?? []), ...positionals];
  const unknown = named.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) throw new Error(`There is no part ${unknown}.`);
  const { json = false, rounds } = values;
  if (rounds !== undefined && !/^[1-9]\d{0,2}$/.test(rounds))
    throw new Error(`--rounds takes a number, not ${rounds}.`);
  const names = named.length > 0 ? named : Object.keys(parts);
  return { json, names, ...(rounds !== undefined && { rounds: Number(rounds) }) };
}

async function main({ json, rounds, names }: Arguments): Promise<void> {
  // Clean-up runs at the process's exit, which a signal alone would skip.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
  // As in ./hardway: the SDK announces the end of its support for Node.js 20.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const reports: Record<string, unknown> = { computer: computer() };
  if (!json) console.log(renderComputer());
  for (const name of new Set(names)) {
    const start = Date.now();
    const elapsed = (): number => Math.round((Date.now() - start) / 1000);
    try {
      const { figures, text } = await parts[name]!.run({
        say: (line) => process.stderr.write(`${name}, ${elapsed()} s: ${line}\n`),
        ...(rounds !== undefined && { rounds }),
      });
      reports[name] = figures;
      if (!json) console.log(`\n== ${name} (took ${elapsed()} s)\n${text}`);
    } catch (error) {
      // The other parts are independent of it.
      console.error(`${name}:`, error);
      process.exitCode = 1;
    }
  }
  if (json) console.log(JSON.stringify(reports, null, 2));
}

function computer() {
  return { cores: availableParallelism(), cpu: cpus()[0]?.model, load: loadavg()[0], node: process.version };
}

function renderComputer(): string {
  const { cores, cpu, load, node } = computer();
  return `On ${cores} cores (${cpu ?? "unknown"}), load ${load?.toFixed(1)} before the start, Node ${node}.`;
}

if (process.argv.includes("--help")) console.log(help);
else {
  let read: Arguments | undefined;
  try {
    read = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exitCode = 64;
  }
  if (read !== undefined) void main(read);
}
