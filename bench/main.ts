import { Bench } from "./bench";
import { renderReport } from "./report";

const help = `Usage: npm run bench [-- --json]

Boots a lab of its own and measures, in one run:
  remote resources and SSH connections per host
  hardway up on booted hosts, against the same commands as one shell script over one SSH session per host
  hardway up and hardway preview when there is nothing to do
Figures of one machine and moment mean little; quote the ratios.`;

async function main(): Promise<void> {
  if (process.argv.includes("--help")) return console.log(help);
  const bench = new Bench((text) => process.stderr.write(`${text}\n`));
  try {
    const figures = await bench.run();
    console.log(process.argv.includes("--json") ? JSON.stringify(figures, null, 2) : renderReport(figures));
  } finally {
    await bench.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
