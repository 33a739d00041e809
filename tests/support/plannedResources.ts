import { stringify } from "yaml";
import { withoutSecrets } from "../../components/testing/withoutSecrets";
import type { Functions, MockEngine } from "./mocks";

/** What the region of the tests answers; one image per pattern, zones in no order. */
export const region: Functions = {
  "aws:ec2/getAmi:getAmi": ({ owners }) => ({ id: `ami-of-${String((owners as string[])[0])}` }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({ names: ["us-east-1c", "us-east-1a", "us-east-1b"] }),
};

/**
 * Every resource that a program asked for, as text for a golden file: inputs, and the options that matter. Scripts are
 * left out, which have golden files of their own.
 */
export function plannedResources(engine: MockEngine): string {
  const entries = engine.resources
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ type, name, inputs }) => {
      const { parent, dependencies, ...others } = engine.options(type, name);
      const options = Object.fromEntries(Object.entries(others).filter(([, value]) => isFilled(value)));
      // The parent is in the dependencies of no resource, and every input's resource is.
      const shown = type.startsWith("command:") ? {} : { inputs: withoutSecrets(inputs, (secret) => ({ secret })) };
      return [
        `${type} ${name}`,
        { parent, ...shown, ...(dependencies.length > 0 ? { dependencies } : {}), ...options },
      ] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return stringify(Object.fromEntries(entries), { lineWidth: 0, sortMapEntries: true, aliasDuplicateObjects: false });
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== "" && value !== false;
}
