import type { StepName } from "../../components/plan/steps";
import type { Facts } from "./facts";
import { Rows } from "./rows";
import type { Check, CheckArea } from "./types";

/** The values that scripts/files.sh gets. */
export const stepFilesValues = { ROOT: "" } as const;

/** The step of each script of scripts/node, by its number. */
const steps: Readonly<Record<string, StepName>> = {
  20: "kernel",
  25: "store",
  30: "runtime",
  31: "runtime",
  32: "runtime",
  40: "cni",
  50: "routes",
  60: "etcd",
  61: "control-plane",
  65: "api-balancer",
  70: "kubelet",
  71: "kube-proxy",
  80: "cluster",
};

/** What each step prepares. */
const areas: Readonly<Record<StepName, CheckArea>> = {
  kernel: "kernel",
  store: "runtime",
  runtime: "runtime",
  cni: "cni",
  routes: "routes",
  etcd: "cluster",
  "control-plane": "cluster",
  "api-balancer": "cluster",
  kubelet: "cluster",
  "kube-proxy": "cluster",
  cluster: "cluster",
};

/** A step's files contain all of its settings, including those that no other row checks. */
const asWritten = "as the step wrote them";

/** One row for each script that has written files or links on the host, in the area that its step prepares. */
export function judgeStepFiles(host: string, facts: Facts): Check[] {
  return [...facts.all("step")].flatMap(([script, { text }]) => {
    const check = `files of ${script}`;
    const step = stepOfFiles(check);
    // Nothing here mends what a script that is no longer there has left.
    const rows = new Rows(host, step === undefined ? "host" : areas[step]);
    rows.equal(check, asWritten, text === "" ? asWritten : text);
    return rows.rows;
  });
}

/** The step that wrote the files of such a row; undefined for other rows. */
export function stepOfFiles(check: string): StepName | undefined {
  return steps[/^files of (\d+)-/.exec(check)?.[1] ?? ""];
}
