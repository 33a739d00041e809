import type { Experiment } from "./experiment";
import { guides, type Explanation } from "./explanation";
import { paragraphsOf, wrapProse } from "./prose";
import { correctionSections, sectionsOf, type Block, type ExplainedSection } from "./sections";

const width = 120;

/** docs/why.md: the same texts that `./hardway explain` prints. */
export function renderWhyPage(topics: readonly Explanation[], experiments: readonly Experiment[]): string {
  return [
    "# Why each step and setting is there",
    "",
    "Each step and setting in the order in which a node, and then a cluster, is built: what it is, why it is there, how to do it by " +
      "hand, which component and file does it, what breaks without it, what is said about it that is not true any more, and " +
      "questions about it. `./hardway explain` lists the topics, and `./hardway explain TOPIC` prints one. Made from the data of " +
      "`./hardway`; do not edit.",
    "",
    "Commands by hand are for the lab of `npm start`: those of `./hardway` on this computer, the others on a host, for example " +
      "after `./hardway ssh node-0`.",
    "",
    "The lab was made from five documents on the hard way. Where they are outdated, or never were right, the topic says so, with a " +
      "source; [all corrections](#corrections) are at the end.",
    "",
    ...Object.entries(guides).map(([number, title]) => `${number}. ${title}`),
    "",
    "Topics:",
    "",
    ...topics.map(({ name, title }) => `- [${name}](#${name}): ${title}`),
    "",
    ...topics.flatMap((topic) => [
      `## ${topic.name}`,
      "",
      `_${topic.title}_`,
      "",
      ...sectionsOf(topic, experiments).flatMap((section) => [`**${section.title}**`, "", ...blocksOf(section)]),
    ]),
    "## corrections",
    "",
    "What is said, by whom, and what is true today.",
    "",
    ...correctionSections(topics).flatMap((section) => [`### ${section.title}`, "", ...blocksOf(section)]),
  ]
    .flatMap((line) => (line.length > width && !/^[-#`\s]/.test(line) ? wrapProse(line, width) : [line]))
    .join("\n");
}

function blocksOf({ blocks }: ExplainedSection): string[] {
  return blocks.flatMap((block) => [...blockOf(block), ""]);
}

function blockOf(block: Block): string[] {
  switch (block.kind) {
    case "text":
      return paragraphsOf(block.text).flatMap((paragraph, index) => [
        ...(index === 0 ? [] : [""]),
        ...wrapProse(paragraph, width),
      ]);
    case "commands":
      return ["```sh", ...block.text.split("\n"), "```"];
    case "list":
      return block.items.flatMap((lines) =>
        lines.flatMap((line, index) =>
          wrapProse(line, width - 2).map((part, at) => `${index === 0 && at === 0 ? "- " : "  "}${part}`),
        ),
      );
  }
}
