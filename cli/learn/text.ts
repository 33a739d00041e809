import type { Colors } from "picocolors/types";
import type { Experiment, Place } from "./experiment";
import type { Event, Moment, Purpose, Seen } from "./runExperiment";

const titles: Readonly<Record<Moment, string>> = {
  before: "Before",
  broken: "Broken",
  repaired: "Mended",
};

const purposes: Readonly<Record<Purpose, string>> = {
  prepare: "Prepare",
  break: "Break",
  repair: "Mend",
  "clean up": "Clean up",
};

/** Lines of output that are shown; the rest says how much it is. */
const shownLines = 8;

/** The list of experiments, by topic. @param command how the lab's commands begin */
export function renderList(experiments: readonly Experiment[], command: string): string {
  const width = Math.max(...experiments.map(({ name }) => name.length));
  const topics = [...new Set(experiments.map(({ topic }) => topic))];
  return [
    ...topics.flatMap((topic) => [
      topic,
      ...experiments.flatMap(({ name, topic: own, question }) =>
        own === topic ? [`  ${name.padEnd(width)}  ${question}`] : [],
      ),
    ]),
    "",
    `Run one with "${command} try NAME": it breaks a node on purpose, shows what depends on it, and mends it.`,
  ].join("\n");
}

/** How an experiment begins. */
export function renderStart({ question, name }: Experiment, { node }: Place, colors: Colors): string {
  return [colors.bold(question), `Experiment ${name}, on ${node}. Every command runs as root and is shown.`].join("\n");
}

export function renderEvent(event: Event, colors: Colors): string {
  if (event.kind === "doing") return colors.dim(`... ${event.text}`);
  if (event.kind === "command") return `${purposes[event.purpose]}\n  ${prompt(event.host, event.command, colors)}`;
  return renderSeen(event.seen, colors);
}

function renderSeen({ moment, host, command, question, expected, output, ok }: Seen, colors: Colors): string {
  const lines = output.split("\n");
  const more = lines.length - shownLines;
  return [
    `${titles[moment]}: ${question}`,
    `  ${prompt(host, command, colors)}`,
    ...lines.slice(0, shownLines).map((line) => `  ${line}`),
    ...(more > 0 ? [colors.dim(`  (${more} more ${more === 1 ? "line" : "lines"})`)] : []),
    ok ? colors.green(`  ok: ${expected}`) : colors.red(`  not as expected: ${expected}`),
  ].join("\n");
}

interface End {
  /** Whether it stays broken. */
  readonly kept: boolean;
  /** How the lab's commands begin. */
  readonly command: string;
  /** That explain more. */
  readonly topics: readonly string[];
}

/** How an experiment ends. */
export function renderEnd({ why }: Experiment, seen: readonly Seen[], { kept, command, topics }: End): string {
  const off = seen.filter(({ ok }) => !ok);
  if (off.some(({ moment }) => moment === "before"))
    return `This lab is not as it was built, so nothing was broken. Look with "${command} verify"; "${command} repair" mends it.`;
  const state = kept
    ? `It stays broken. Mend it by hand, or with "${command} repair".`
    : off.some(({ moment }) => moment === "repaired")
      ? `It is not whole again. Mend it with "${command} repair".`
      : "It is whole again.";
  const surprise = off.some(({ moment }) => moment === "broken")
    ? ["What was seen while it was broken is not what was expected: see above."]
    : [];
  const more = `More with ${topics.map((topic) => `"${command} explain ${topic}"`).join(", ")}.`;
  return ["Why", ...why.split("\n").map((line) => `  ${line}`), `  ${more}`, "", ...surprise, state].join("\n");
}

function prompt(host: string, command: string, colors: Colors): string {
  return colors.cyan(`${host}# `) + command;
}
