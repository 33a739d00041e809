import { renderDiagramText } from "../../components/diagramText";
import type { LabPlan } from "../../components/labPlan";
import { renderMermaid } from "../diagram/mermaid";
import { offlinePlan } from "../diagram/offlinePlan";
import { renderSvg } from "../diagram/svg";
import { ExitCode, UserError } from "../errors";
import { writeWhole } from "../files";
import { labConfig } from "../lab/configuration";
import { Context, type GlobalOptions } from "../lab/context";

const renderers = { text: renderDiagramText, mermaid: renderMermaid, svg: renderSvg } as const;

export type DiagramFormat = keyof typeof renderers;

interface DiagramOptions {
  readonly format?: DiagramFormat;
  /** File to write to. @default stdout */
  readonly output?: string;
}

/** Draws the planned lab from its configuration: no engine is run, no machine is asked, nothing is made. */
export function diagram(options: GlobalOptions, { format = "text", output }: DiagramOptions): Promise<number> {
  const context = new Context(options, true);
  const picture = `${renderers[format](planned(context))}\n`;
  if (output !== undefined) writeWhole(output, picture);
  const json = { format, output: output ?? null, diagram: picture };
  return Promise.resolve(context.finish(json, () => (output === undefined ? picture : `Written to ${output}.`)));
}

/** @throws UserError (exit 78) where encrypted values decide what the lab is */
function planned(context: Context): LabPlan {
  const config = labConfig(context);
  if (config !== undefined) return offlinePlan(config);
  throw new UserError(
    "The lab's configuration has encrypted values that only the engine can read, and the lab depends on them. " +
      'The output "diagram" of "pulumi preview" has its diagram.',
    ExitCode.config,
  );
}
