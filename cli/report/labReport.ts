import { createHash } from "node:crypto";
import type { LabPlan } from "../../components/labPlan";
import type { SentScript } from "../engine/sentScripts";
import type { KeptExperiment, KeptVerification } from "../lab/keptResults";
import { markup, Markup, type Content } from "../markup";
import { countChecks } from "../verify/checkTable";
import { renderFailures, renderHostChecks } from "./checks";
import { renderMap } from "./map";
import { Observed } from "./observed";
import { moment } from "./parts";
import { renderScripts } from "./scripts";
import { renderExperiments } from "./shownExperiments";
import { styleSheet } from "./style";

/** Everything that a report shows. */
export interface LabReport {
  readonly lab: string;
  /** How the lab's commands begin. */
  readonly command: string;
  readonly plan: LabPlan;
  readonly verification: Pick<KeptVerification, "at" | "checks">;
  /** Whether the lab was changed after the verification. */
  readonly outdated: boolean;
  /** The last run of each. */
  readonly experiments: readonly KeptExperiment[];
  readonly scripts: readonly SentScript[];
}

/** Nothing is fetched from anywhere, and no script runs, also where a host managed to get some into the page. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(styleSheet).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The report as one HTML file that needs nothing else. */
export function renderReport(report: LabReport): string {
  const { lab, command, plan, verification, experiments, scripts } = report;
  const observed = new Observed(verification.checks);
  const failed = verification.checks.filter(({ ok }) => !ok);
  const sections: readonly (readonly [id: string, title: string, content: Content])[] = [
    ["off", "What is off", renderFailures(failed)],
    ["map", "Map", renderMap(plan, observed)],
    ["checks", "Checks", renderHostChecks(plan, observed)],
    ["experiments", "Experiments", renderExperiments(experiments, command)],
    ["scripts", "Scripts of the steps", renderScripts(scripts)],
  ];
  return String(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Lab ${lab}: ${countChecks(verification.checks)}</title>
<style>${new Markup(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1>Lab ${lab}</h1>
${renderFacts(report)}<nav aria-label="Parts of this page"><ul>${sections.map(([id, title]) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main id="main">
${sections.map(
  ([id, title, content]) => markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${content}</section>
`,
)}</main>
<footer><p>Made by <code>${command} report</code>. It has no passwords, keys or tokens, but names and addresses of your hosts.</p></footer>
</body>
</html>
`);
}

function renderFacts({ plan, verification, outdated, command, experiments, scripts }: LabReport): Markup {
  const { cluster } = plan;
  const count = countChecks(verification.checks);
  const isOk = verification.checks.every(({ ok }) => ok);
  const facts: readonly (readonly [name: string, value: Content])[] = [
    ["Verification", markup`<span class="${isOk ? "ok" : "fail"}">${isOk ? "✓" : "✗"} ${count}</span>`],
    ["Verified", moment(verification.at)],
    ["Hosts", plan.hosts.length],
    ...(cluster === undefined
      ? []
      : [["Kubernetes", `${cluster.kubernetesVersion}, Services in ${cluster.serviceCidr}`] as const]),
    ["Experiments", `${experiments.length} run`],
    ["Steps", `${scripts.length} scripts sent`],
  ];
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${outdated ? markup`<p><span class="fail">✗ Outdated:</span> the lab was changed after this verification; <code>${command} report</code> makes a new one.</p>\n` : undefined}`;
}
