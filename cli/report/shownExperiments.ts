import type { KeptExperiment } from "../lab/keptResults";
import { experiments } from "../learn/experiments/table";
import type { Moment, Seen } from "../learn/runExperiment";
import { markup, type Markup } from "../markup";
import { badge, moment, textBox } from "./parts";

const titles: Readonly<Record<Moment, string>> = {
  before: "Before",
  broken: "While it was broken",
  repaired: "After it was mended",
};

/** What experiments have shown on the lab's own machines. @param command how the lab's commands begin */
export function renderExperiments(runs: readonly KeptExperiment[], command: string): Markup {
  if (runs.length === 0)
    return markup`<p>None was run yet. <code>${command} try</code> lists ${experiments.length} of them.</p>\n`;
  return markup`${runs.map(renderRun)}`;
}

function renderRun({ name, node, at, kept, seen }: KeptExperiment): Markup {
  const known = experiments.find((one) => one.name === name);
  const ok = seen.every((one) => one.ok);
  const outcome = ok ? "everything was as expected" : `${seen.filter((one) => !one.ok).length} not as expected`;
  return markup`<details id="experiment-${name}"><summary><strong>${name}</strong> ${badge(ok)} <span class="soft">on ${node}, ${moment(at)}: ${outcome}${kept ? "; it was left broken" : ""}</span></summary>
${known === undefined ? undefined : markup`<h3>${known.question}</h3>\n`}${seen.map(renderSeen)}${
    known === undefined ? undefined : markup`<h4>Why</h4>\n<p>${known.why}</p>\n`
  }</details>
`;
}

function renderSeen({ moment: when, host, command, question, expected, output, ok }: Seen): Markup {
  return markup`<div class="seen"><p><strong>${titles[when]}:</strong> ${question}</p>
${textBox(`${titles[when]}, on ${host}`, `${host}# ${command}\n${output}`)}<p>${badge(ok)} <span class="soft">expected: ${expected}</span></p></div>
`;
}
