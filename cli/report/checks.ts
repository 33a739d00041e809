import type { LabPlan } from "../../components/labPlan";
import { markup, type Markup } from "../markup";
import type { Check } from "../verify/types";
import { verdict, type Observed } from "./observed";
import { badge, checksId, scrollTable, verdictBadge } from "./parts";

const heads = ["State", "Area", "Check", "Expected", "Observed"];

/** What is off, on every host. */
export function renderFailures(failed: readonly Check[]): Markup {
  if (failed.length === 0) return markup`<p>Nothing: every check is ok.</p>\n`;
  const rows = failed.map(
    (check) =>
      markup`<tr><td>${badge(false)}</td><td><a href="#${checksId(check.host)}">${check.host}</a></td>${cells(check)}</tr>\n`,
  );
  return scrollTable("Failed checks of all hosts", [heads[0]!, "Host", ...heads.slice(1)], rows, "checks");
}

/** All checks, by host; closed, since they are many and what is off is above. */
export function renderHostChecks(plan: LabPlan, observed: Observed): Markup {
  return markup`${[...observed.hosts].map(([host, checks]) => {
    const of = verdict(checks);
    const planned = plan.hosts.find(({ name }) => name === host);
    const what = planned === undefined ? "" : `${planned.role}, ${planned.address}`;
    const rows = checks.map((check) => markup`<tr><td>${badge(check.ok)}</td>${cells(check)}</tr>\n`);
    return markup`<details id="${checksId(host)}"><summary><strong>${host}</strong> ${verdictBadge(of)} <span class="soft">${what}</span></summary>
${scrollTable(`Checks of ${host}`, heads, rows, "checks")}</details>
`;
  })}`;
}

function cells({ area, check, expected, observed }: Check): Markup {
  return markup`<td>${area}</td><th scope="row">${check}</th><td class="value">${expected}</td><td class="value">${observed}</td>`;
}
