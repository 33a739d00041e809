import type { Experiment } from "./experiment";
import { guides, type Correction, type Explanation, type Question, type Saying, type Reference } from "./explanation";

/** A part of an explanation. Its texts are Markdown with `code` and links, paths relative to `docs/`. */
export interface ExplainedSection {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "commands"; readonly text: string }
  /** Each item has lines of its own. */
  | { readonly kind: "list"; readonly items: readonly (readonly string[])[] };

/** What the terminal and the page have in common, which is everything but how it looks. @param command how the lab's commands begin */
export function sectionsOf(
  topic: Explanation,
  experiments: readonly Experiment[],
  command = "./hardway",
): ExplainedSection[] {
  const { what, why, byHand, follow, where, without, thenAndNow = [], facts = [], questions = [] } = topic;
  const shown = experiments.filter(({ name }) => without.experiments?.includes(name));
  const sections: ExplainedSection[] = [
    { title: "What", blocks: [text(what)] },
    { title: "Why", blocks: [text(why)] },
    { title: "By hand", blocks: byHand === undefined ? [] : [{ kind: "commands", text: byHand }] },
    {
      title: "See it",
      blocks: follow === undefined ? [] : [list([[`\`${command} follow ${follow.ends}\`: ${follow.shows}`]])],
    },
    {
      title: "Where",
      blocks: [list(where.map(({ component, files }) => [`\`${component}\`: ${files.map(fileLink).join(", ")}`]))],
    },
    {
      title: "Without it",
      blocks: [
        text(without.text),
        list(shown.map(({ name, question }) => [`[\`${command} try ${name}\`](experiments.md#${name}): ${question}`])),
      ],
    },
    {
      title: "Then and now",
      blocks: [
        list([
          ...thenAndNow.map((one) => correctionLines(one, command)),
          ...facts.map((fact) => [fact.text, sourceLine(fact.source)]),
        ]),
      ],
    },
    { title: "Questions", blocks: [list(questions.map(questionLines))] },
  ];
  return sections
    .map(({ title, blocks }) => ({
      title,
      blocks: blocks.filter((block) => block.kind !== "list" || block.items.length > 0),
    }))
    .filter(({ blocks }) => blocks.length > 0);
}

/** The topics that an experiment shows something of. */
export function topicsOf(experiment: string, topics: readonly Explanation[]): string[] {
  return topics
    .filter(({ without, thenAndNow = [] }) =>
      [...(without.experiments ?? []), ...thenAndNow.map((one) => one.experiment)].includes(experiment),
    )
    .map(({ name }) => name);
}

/** All questions that the documents ask, and others, by topic. */
export function questionSections(topics: readonly Explanation[]): ExplainedSection[] {
  return topics.flatMap(({ name, questions = [] }) =>
    questions.length === 0 ? [] : [{ title: name, blocks: [list(questions.map(questionLines))] }],
  );
}

/** What is said and not true today, by who says it. @param command how the lab's commands begin */
export function correctionSections(topics: readonly Explanation[], command = "./hardway"): ExplainedSection[] {
  const all = topics.flatMap(({ name, thenAndNow = [] }) => thenAndNow.map((correction) => ({ name, correction })));
  const who = [...Object.keys(guides).map((number) => Number(number) as Saying["by"]), "tutorial", "often"] as const;
  return who.flatMap((by) => {
    const items = all.flatMap(({ name, correction }) =>
      correction.said.by === by
        ? [[`${correction.said.text} (${topicLink(name)})`, ...correctionLines(correction, command).slice(1)]]
        : [],
    );
    return items.length === 0 ? [] : [{ title: titleOf(by), blocks: [list(items)] }];
  });
}

/** The titles of the documents that a topic speaks of by their numbers. */
export function documentSection(topics: readonly Explanation[]): ExplainedSection[] {
  const cited = topics.flatMap(({ thenAndNow = [], questions = [] }) => [
    ...thenAndNow.map(({ said }) => said.by),
    ...questions.map(({ asked }) => asked),
  ]);
  const items = Object.entries(guides).flatMap(([number, title]) =>
    cited.some((by) => String(by) === number) ? [[`Document ${number}: ${title}`]] : [],
  );
  return items.length === 0 ? [] : [{ title: "Documents", blocks: [list(items)] }];
}

/** Who says something, as the title of a list. */
function titleOf(by: Saying["by"]): string {
  return typeof by === "number" ? `${speaker(by)}, ${guides[by]}` : speaker(by);
}

function correctionLines({ said, text: today, since, source, experiment }: Correction, command: string): string[] {
  return [
    `**${speaker(said.by)}:** ${said.text}`,
    `**Today:** ${today}${since === undefined ? "" : ` (Since ${since}.)`}`,
    sourceLine(source),
    ...(experiment === undefined ? [] : [`See it: [\`${command} try ${experiment}\`](experiments.md#${experiment})`]),
  ];
}

function speaker(by: Saying["by"]): string {
  if (by === "often") return "Often said";
  return by === "tutorial" ? "Kubernetes the Hard Way" : `Document ${by}`;
}

function questionLines({ question, answer, asked, source }: Question): string[] {
  return [
    `**${question}**${asked === undefined ? "" : ` (Document ${asked}.)`}`,
    answer,
    ...(source === undefined ? [] : [sourceLine(source)]),
  ];
}

const text = (words: string): Block => ({ kind: "text", text: words });
const list = (items: readonly (readonly string[])[]): Block => ({ kind: "list", items });
const sourceLine = ({ title, url }: Reference): string => `Source: [${title}](${url})`;
const fileLink = (file: string): string => `[${file}](../${file})`;
const topicLink = (name: string): string => `[${name}](why.md#${name})`;
