import * as pulumi from "@pulumi/pulumi";

/** A resource that a program asked for, with its inputs as the engine would get them. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** Types that a test expects; anything else is refused, so that a new child cannot slip in unseen. */
const knownType = /^(hardway:index:\w+|command:remote:Command|pulumi:pulumi:Stack)$/;

/** What a script prints; the components turn it into their outputs. */
export type FactsOf = (name: string, inputs: Record<string, unknown>) => unknown;

/**
 * Records what is created under Pulumi's mocks. What this cannot show: the order in which the engine would run
 * things, and whether a script works.
 */
export class MockEngine implements pulumi.runtime.Mocks {
  readonly resources: Recorded[] = [];

  constructor(private readonly factsOf: FactsOf = () => ({})) {}

  async start(): Promise<this> {
    await pulumi.runtime.setMocks(this, "hardway", "test", false);
    return this;
  }

  newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> } {
    if (!knownType.test(type)) throw new Error(`unexpected resource type ${type} (${name})`);
    const recorded = { type, name, inputs: inputs as Record<string, unknown> };
    this.resources.push(recorded);
    const stdout =
      type === "command:remote:Command" ? `${JSON.stringify(this.factsOf(name, recorded.inputs))}\n` : undefined;
    return { id: `${name}-id`, state: { ...recorded.inputs, ...(stdout === undefined ? {} : { stdout, stderr: "" }) } };
  }

  call({ token }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    throw new Error(`unexpected function call ${token}`);
  }

  /** Names of the resources of one type, in the order of registration. */
  names(type: string): string[] {
    return this.resources.filter((resource) => resource.type === type).map((resource) => resource.name);
  }

  /** The one remote command of that name. */
  command(name: string): Record<string, unknown> {
    const found = this.resources.filter((r) => r.type === "command:remote:Command" && r.name === name);
    if (found.length !== 1) throw new Error(`${found.length} commands are called ${name}`);
    return (found[0] as Recorded).inputs;
  }
}

/** The value of an output; waits for it. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** The head of a rendered script: its name and the values that it gets, as a preview shows them. */
export function scriptHead(text: unknown): string {
  const lines = String(text).split("\n");
  const end = lines.findIndex((line) => line.startsWith("  timeout -k"));
  return lines
    .slice(0, end + 1)
    .join("\n")
    .replace(/ sh -c '.*$/, "");
}
