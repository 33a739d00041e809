import { readStepText, type StepText } from "../../components/remote/stepText";
import type { SentScript } from "../engine/sentScripts";
import { markup, type Markup } from "../markup";
import { scrollTable, textBox } from "./parts";

/** A script with its hosts, which differ in their values alone. */
interface SharedScript {
  readonly step: SentScript["step"];
  readonly script: string;
  readonly text: string;
  /** Likewise of the script that undoes it; undefined where there is none. */
  readonly undo: string | undefined;
  readonly sent: readonly Sent[];
}

interface Sent {
  readonly host: string;
  readonly values: StepText["values"];
  readonly secrets: boolean;
}

/** The scripts that hosts were sent for their steps, each once, with the values that every host got. */
export function renderScripts(scripts: readonly SentScript[]): Markup {
  if (scripts.length === 0) return markup`<p>No host was sent a script.</p>\n`;
  return markup`${shared(scripts).map(renderScript)}`;
}

function renderScript({ step, script, text, undo, sent }: SharedScript): Markup {
  const hosts = sent.map(({ host }) => host).join(", ");
  const secrets = sent.filter((one) => one.secrets).map(({ host }) => host);
  return markup`<details><summary><strong>${step}</strong> <code>${script}.sh</code> <span class="soft">on ${hosts}</span></summary>
<h3>Values</h3>
${secrets.length === 0 ? undefined : markup`<p>Secrets reached it on standard input (${secrets.join(", ")}); they are not here.</p>\n`}${sent.map(renderValues)}<h3>${script}.sh</h3>
${textBox(`${script}.sh`, text)}${undo === undefined ? undefined : markup`<h3>What undoes it</h3>\n${textBox(`${script}.undo.sh`, undo)}`}</details>
`;
}

function renderValues({ host, values }: Sent): Markup {
  const all = Object.entries(values);
  if (all.length === 0) return markup`<p>${host}: none.</p>\n`;
  const rows = all.map(
    ([name, value]) =>
      markup`<tr><th scope="row"><code>${name}</code></th><td class="value"><pre>\n${value}</pre></td></tr>\n`,
  );
  return markup`<details><summary><strong>${host}</strong> <span class="soft">${all.length} values</span></summary>
${scrollTable(`Values for ${host}`, ["Name", "Value"], rows)}</details>
`;
}

/** By step in the order of the steps, as they are given. */
function shared(scripts: readonly SentScript[]): SharedScript[] {
  const groups = new Map<string, SharedScript & { sent: Sent[] }>();
  for (const { host, step, script, text, undo, secrets } of scripts) {
    const read = readStepText(text);
    const body = read?.text ?? text;
    const undone = undo === undefined ? undefined : (readStepText(undo)?.text ?? undo);
    const key = JSON.stringify([step, script, body, undone]);
    const group = groups.get(key) ?? { step, script, text: body, undo: undone, sent: [] };
    group.sent.push({ host, values: read?.values ?? {}, secrets });
    groups.set(key, group);
  }
  return [...groups.values()];
}
