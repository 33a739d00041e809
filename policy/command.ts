import { readStepText } from "../components/remote/stepText";
import { textsOf, type Resource } from "./resource";

/** Types that connect to a host, as @pulumi/command has them. */
export const remoteTypes: readonly string[] = [
  "command:remote:Command",
  "command:remote:CopyFile",
  "command:remote:CopyToRemote",
];

/** What commands send to a host, or run here, when it is known. */
export function sentTexts({ type, props }: Resource): string[] {
  if (type !== "command:remote:Command" && type !== "command:local:Command") return [];
  return textsOf([props.create, props.update]);
}

/** The values that a resource's commands hand to this script, by name. */
export function sentValues(resource: Resource, script: string): Readonly<Record<string, string>>[] {
  return sentTexts(resource)
    .map(readStepText)
    .flatMap((step) => (step?.script === script ? [step.values] : []));
}
