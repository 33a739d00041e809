import { copyFileSync, createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "../../../cloud/run";
import { lineAfterTest, outcomes, type Outcome } from "./report";
import { focus } from "./selection";
import { env, type Suite } from "./suite";

interface DryRun extends Pick<Suite, "e2e"> {
  readonly names: readonly string[];
  /** Gets `report.json`, and `output.txt` with all that is printed. */
  readonly folder: string;
}

interface SuiteRun extends DryRun {
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Called at the end of each test. */
  readonly onTest: (line: string) => void;
}

/** A test takes some 20 to 60 s on emulated machines; some have limits of their own of 15 minutes. */
const limitMinutes = 150;

/** What would be run, all of which passes. Needs no cluster. */
export function dryRun(options: DryRun): Promise<Outcome[]> {
  return report(options, ["--ginkgo.dry-run"], () => undefined);
}

/**
 * Runs tests on a cluster, one after another. Where HARDWAY_TEST_OUTPUT names a folder, it gets the report and the output.
 *
 * @returns what was run, and how it went
 * @throws Error when the program ends without a report
 */
export async function runSuite(options: SuiteRun): Promise<Outcome[]> {
  const { folder, kubeconfig, kubectl, onTest } = options;
  const cluster = [`--kubeconfig=${kubeconfig}`, `--kubectl-path=${kubectl}`, "--provider=skeleton"];
  try {
    return await report(options, cluster, lineAfterTest(onTest));
  } finally {
    const kept = process.env["HARDWAY_TEST_OUTPUT"];
    if (kept !== undefined) {
      mkdirSync(kept, { recursive: true });
      for (const name of ["report.json", "output.txt"]) copyFileSync(join(folder, name), join(kept, name));
    }
  }
}

async function report({ e2e, names, folder }: DryRun, more: readonly string[], onLine: (line: string) => void) {
  const file = join(folder, "report.json");
  // An earlier run's must not count.
  rmSync(file, { force: true });
  const args = [
    ...[`--ginkgo.focus=${focus(names)}`, `--ginkgo.json-report=${file}`, `--ginkgo.timeout=${limitMinutes}m`],
    // Another seed is another order.
    ...["--ginkgo.seed=1", "--ginkgo.v", "--ginkgo.no-color", `--e2e-output-dir=${folder}`],
  ];
  const output = createWriteStream(join(folder, "output.txt"));
  const { failure, code, ...printed } = await runToEnd(e2e, [...args, ...more], {
    // Else kubectl, which tests call, keeps what it has read of the API at home.
    ...{ cwd: folder, env: { ...env, KUBECACHEDIR: join(folder, "kubectl-cache") } },
    ...{ onLine, onOutput: (text: string) => void output.write(text), timeoutMs: (limitMinutes + 5) * 60_000 },
  });
  await new Promise((resolve) => output.end(resolve));
  try {
    return outcomes(readFileSync(file, "utf8"));
  } catch (cause) {
    const why = `e2e.test ended without a report (${failure ?? `exit status ${code}`}):\n${printed.output.slice(-4000)}`;
    throw new Error(why, { cause });
  }
}
