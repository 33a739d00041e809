import type { Colors } from "picocolors/types";
import { explainedAreas, type Explanation } from "./explanation";
import { paragraphsOf, plainProse, wrapProse } from "./prose";
import type { Block, ExplainedSection } from "./sections";

/** Lists that take something from all topics, in the place of a topic. */
export const explainedLists = {
  questions: "Interview questions, those of the documents among them, with answers that are right today",
  corrections: "What the documents say that is not true today, and what is",
} as const;

/** Long lines are hard to read, also where the terminal has room. */
const widest = 100;

/** The topics, in building order. @param command how the lab's commands begin */
export function renderTopics(topics: readonly Explanation[], command: string): string {
  const width = Math.max(...topics.map(({ name }) => name.length));
  const row = (name: string, title: string) => `  ${name.padEnd(width)}  ${title}`;
  return [
    ...explainedAreas.flatMap((area) => [
      area,
      ...topics.flatMap(({ name, area: own, title }) => (own === area ? [row(name, title)] : [])),
    ]),
    "all",
    ...Object.entries(explainedLists).map(([name, title]) => row(name, title)),
    "",
    `Read one with "${command} explain TOPIC". The same is in docs/why.md.`,
    `Commands by hand are for the lab of npm start, those of "${command}" on this computer and the others on a host.`,
  ].join("\n");
}

/** @param columns width of the terminal; in a pipe lines have a readable length */
export function renderSections(
  title: string,
  sections: readonly ExplainedSection[],
  colors: Colors,
  columns: number = widest,
): string {
  const width = Math.min(columns, widest);
  return [
    colors.bold(title),
    ...sections.flatMap((section) => [
      "",
      colors.bold(section.title),
      ...section.blocks.flatMap((block) => blockLines(block, width, colors)),
    ]),
  ].join("\n");
}

function blockLines(block: Block, width: number, colors: Colors): string[] {
  switch (block.kind) {
    case "text":
      return paragraphsOf(block.text).flatMap((paragraph) => indented(paragraph, "  ", width));
    case "commands":
      return block.text.split("\n").map((line) => `  ${colors.cyan(line)}`);
    case "list":
      return block.items.flatMap((lines) =>
        lines.flatMap((line, index) => indented(line, index === 0 ? "  - " : "    ", width)),
      );
  }
}

/** The lines after the first stand below its text. */
function indented(text: string, first: string, width: number): string[] {
  const lines = wrapProse(plainProse(text), width - first.length);
  return lines.map((line, index) => `${index === 0 ? first : " ".repeat(first.length)}${line}`);
}
