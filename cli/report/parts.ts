import { markup, type Content, type Markup } from "../markup";
import type { Verdict } from "./observed";

/** The state of something, in words and not by colour alone. */
export function badge(ok: boolean): Markup {
  return ok ? markup`<span class="ok">✓ ok</span>` : markup`<span class="fail">✗ FAIL</span>`;
}

/** `✓ 42 ok`, `✗ 2 of 42 FAIL` or `not checked`. */
export function verdictBadge({ total, failed }: Verdict): Markup {
  if (total === 0) return markup`<span class="soft">not checked</span>`;
  if (failed.length === 0) return markup`<span class="ok">✓ ${total} ok</span>`;
  return markup`<span class="fail">✗ ${failed.length} of ${total} FAIL</span>`;
}

/** A table in a box of its own that scrolls, with the keyboard too, so that the page is never wider than the screen. */
export function scrollTable(label: string, heads: readonly string[], rows: readonly Content[], kind = "plain"): Markup {
  return markup`<div class="scroll" role="group" aria-label="${label}" tabindex="0"><table class="${kind}">
<thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>
`;
}

/** Text with its own lines, which scrolls in its box. */
export function textBox(label: string, text: string): Markup {
  // A line end right after the tag would be taken for the tag's own.
  return markup`<pre role="group" aria-label="${label}" tabindex="0">\n${text}</pre>
`;
}

/** A moment as people read it. @param iso ISO 8601, in UTC */
export function moment(iso: string): Markup {
  return markup`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")} UTC</time>`;
}

/** Where the checks of a host are on the page. */
export function checksId(host: string): string {
  return `checks-${host}`;
}
