import { isUnknown, secretText, type PlannedChange } from "../engine/plannedChanges";
import { readStepText, scriptName, type StepText } from "../../components/remote/stepText";
import { describeValues } from "./valueWords";

const undoChanged = "the script that undoes it changed";

const secretsChanged = "secrets changed";

/** Inputs of a command besides its text, and what it means that one of them changes. */
const otherInputs: Readonly<Record<string, string>> = {
  connection: "how the host is reached changed",
  delete: undoChanged,
  stdin: secretsChanged,
  triggers: "another runtime: the old one is undone before",
};

/** A reason that all steps of a host have. */
export const newMachine = "its machine is replaced";

/**
 * Why a step runs, from its inputs before and after, each reason in words.
 *
 * @param isNewMachine whether the host's machine is replaced in the same run
 * @param ofSecrets why its secrets changed, where that is known
 */
export function stepReasons(change: PlannedChange, isNewMachine: boolean, ofSecrets: readonly string[] = []): string[] {
  const { operation, old, new: next } = change;
  if (operation !== "update" && operation !== "replace") return [];
  const others = Object.entries(otherInputs)
    .filter(([name]) => changes(change, name) && !(name === "connection" && isNewMachine))
    .map(([, words]) => words)
    .filter((words) => words !== undoChanged || !isOtherScript(old, next))
    .flatMap((words) => (words === secretsChanged && ofSecrets.length > 0 ? ofSecrets : [words]));
  const told = [
    ...(isNewMachine ? [newMachine] : []),
    // What tells one machine from another is known later of each new one.
    ...(isNewMachine && isUnknown(next?.["create"]) ? [] : textReasons(old?.["create"], next?.["create"])),
    ...others,
  ];
  return told.length > 0 ? told : change.changed.map((path) => `${path} changed`);
}

function isOtherScript(old: PlannedChange["old"], next: PlannedChange["new"]): boolean {
  const [before, after] = [old, next].map((inputs) => scriptName(String(inputs?.["create"])));
  return before !== undefined && after !== undefined && before !== after;
}

/** Secret inputs look alike before and after, so the engine's list of changed ones counts too. */
function changes({ old, new: next, changed }: PlannedChange, input: string): boolean {
  const named = changed.some((path) => path === input || path.startsWith(`${input}.`) || path.startsWith(`${input}[`));
  return named || (input !== "connection" && JSON.stringify(old?.[input]) !== JSON.stringify(next?.[input]));
}

function textReasons(old: unknown, next: unknown): string[] {
  if (old === next) return [];
  if (isUnknown(next)) return ["values that are known later"];
  if (old === secretText || next === secretText) return ["values that are secret changed"];
  const [before, after] = [readStepText(old), readStepText(next)];
  return before === undefined || after === undefined ? ["script changed"] : reasonsBetween(before, after);
}

function reasonsBetween(before: StepText, after: StepText): string[] {
  // Another script has other values.
  if (before.script !== after.script) return [`script ${before.script} -> ${after.script}`];
  const values = describeValues(before.values, after.values);
  return [
    ...(before.text === after.text ? [] : ["script changed"]),
    ...(values.length > 0 ? [`values changed: ${values.join("; ")}`] : []),
    ...(before.values["MACHINE"] === after.values["MACHINE"] ? [] : ["another machine"]),
    ...(before.runAgain === after.runAgain ? [] : ["asked to run again"]),
    ...(before.timeoutSeconds === after.timeoutSeconds
      ? []
      : [`time limit ${before.timeoutSeconds} s -> ${after.timeoutSeconds} s`]),
  ];
}
