import { didYouMean } from "../../components/config/problems";
import { ExitCode, UserError } from "../errors";
import { Context, type GlobalOptions } from "../lab/context";
import { experiments } from "../learn/experiments/table";
import { explainedLists, renderSections, renderTopics } from "../learn/explainText";
import {
  correctionSections,
  documentSection,
  questionSections,
  sectionsOf,
  type ExplainedSection,
} from "../learn/sections";
import { explanations } from "../learn/topics/table";
import { hardway } from "../output/hardway";

interface Explained {
  readonly title: string;
  readonly json: unknown;
  readonly sections: readonly ExplainedSection[];
}

/** Lists the topics, or explains one. Needs no lab. @param name of a topic, or of a list over all of them */
export function explain(options: GlobalOptions, name: string | undefined): Promise<number> {
  const context = new Context(options);
  const command = hardway(context.paths.name);
  if (name === undefined) {
    const json = explanations.map(({ name, area, title }) => ({ name, area, title }));
    return Promise.resolve(context.finish(json, () => renderTopics(explanations, command)));
  }
  const { title, json, sections } = explained(name, command);
  const { columns } = process.stdout;
  return Promise.resolve(context.finish(json, () => renderSections(title, sections, context.colors, columns)));
}

/** @throws UserError (exit 64) when there is no such topic, with what may have been meant */
function explained(name: string, command: string): Explained {
  if (name === "questions")
    return {
      title: explainedLists.questions,
      json: explanations.flatMap(({ name, questions = [] }) => questions.map((one) => ({ topic: name, ...one }))),
      sections: [...questionSections(explanations), ...documentSection(explanations)],
    };
  if (name === "corrections")
    return {
      title: explainedLists.corrections,
      json: explanations.flatMap(({ name, thenAndNow = [] }) => thenAndNow.map((one) => ({ topic: name, ...one }))),
      sections: correctionSections(explanations, command),
    };
  const topic = explanations.find((one) => one.name === name);
  if (topic === undefined) throw unknownTopic(name, command);
  return {
    title: `${topic.name}: ${topic.title}`,
    json: topic,
    sections: [...sectionsOf(topic, experiments, command), ...documentSection([topic])],
  };
}

function unknownTopic(name: string, command: string): UserError {
  const known = [...explanations.map((one) => one.name), ...Object.keys(explainedLists)];
  const meant = didYouMean(name, known);
  const all = meant === "" ? ` There are ${known.join(", ")}.` : ` "${command} explain" lists them.`;
  return new UserError(`There is no topic ${name}${meant}.${all}`, ExitCode.usage);
}
