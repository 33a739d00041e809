import { scriptName } from "../../components/remote/stepText";
import { stepNames, type StepName } from "../../components/plan/steps";
import { nameOf, type Deployment, type StackResource } from "./deployment";

/** The script that a host was sent for one of its steps. */
export interface SentScript {
  readonly host: string;
  readonly step: "reachable" | StepName;
  /** Its file in `scripts/node`, without `.sh`. */
  readonly script: string;
  /** The whole command line, byte for byte. */
  readonly text: string;
  /** The script that undoes the step; none where the step changes nothing. */
  readonly undo?: string;
  /** Whether it reads secrets from standard input. */
  readonly secrets: boolean;
}

/** The steps of a host, in their order. */
export const hostSteps = ["reachable", ...stepNames] as const;
const resourceName = new RegExp(`^lab-(${hostSteps.join("|")})-(.+)$`);

/**
 * The scripts that the hosts of a lab were sent, in the order of their steps.
 *
 * @param deployment with its secrets encrypted: a text that holds one is left out
 */
export function sentScripts({ resources = [] }: Deployment): SentScript[] {
  return resources
    .flatMap(sentScript)
    .sort((one, other) => hostSteps.indexOf(one.step) - hostSteps.indexOf(other.step));
}

/** Which step of which host a resource is; undefined for one that is no step. */
export function stepOfResource(type: string, name: string): HostStepOf | undefined {
  return type === "command:remote:Command" ? stepOfName(name) : undefined;
}

/** The same by the name alone, which a step's component has too. */
export function stepOfName(name: string): HostStepOf | undefined {
  const [, step, host] = resourceName.exec(name) ?? [];
  return host === undefined ? undefined : { host, step: step as SentScript["step"] };
}

type HostStepOf = Pick<SentScript, "host" | "step">;

function sentScript({ urn, type, inputs = {} }: StackResource): SentScript[] {
  const found = stepOfResource(type, nameOf(urn));
  const { create, delete: undo, stdin } = inputs;
  if (found === undefined || typeof create !== "string") return [];
  const script = scriptName(create) ?? "";
  return [
    {
      ...{ ...found, script, text: create },
      ...(typeof undo === "string" && { undo }),
      secrets: stdin !== undefined,
    },
  ];
}
