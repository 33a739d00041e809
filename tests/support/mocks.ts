import * as pulumi from "@pulumi/pulumi";

/** A resource that a program asked for, with its inputs as the engine would get them. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** How the engine was asked to treat a resource; other resources are named as `<last part of the type> <name>`. */
export interface RecordedOptions {
  readonly parent: string;
  readonly dependencies: readonly string[];
  readonly deletedWith: string;
  readonly replaceWith: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly secretOutputs: readonly string[];
  readonly createTimeout: string;
}

/** Types that a test expects; anything else is refused, so that a new child cannot slip in unseen. */
const knownTypes = new Set([
  "pulumi:pulumi:Stack",
  "pulumi:index:Stash",
  "command:remote:Command",
  "command:local:Command",
  ...["Vpc", "Subnet", "InternetGateway", "RouteTable", "Route", "RouteTableAssociation", "SecurityGroup"].map(ec2Type),
  ...["KeyPair", "Instance"].map(ec2Type),
  ...["Ingress", "Egress"].map((way) => `aws:vpc/securityGroup${way}Rule:SecurityGroup${way}Rule`),
]);

function ec2Type(name: string): string {
  return `aws:ec2/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
}

/** What a script prints; the components turn it into their outputs. */
export type FactsOf = (name: string, inputs: Record<string, unknown>) => unknown;

/** Answers a provider function by its token, e.g. `aws:ec2/getAmi:getAmi`. */
export type Functions = Readonly<Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>>;

interface Registration {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getIgnorechangesList(): string[];
  getDeletebeforereplace(): boolean;
  getAdditionalsecretoutputsList(): string[];
  getCustomtimeouts(): { getCreate(): string } | undefined;
}

/**
 * Records what is created under Pulumi's mocks. What this cannot show: the order in which the engine would run
 * things, and whether a script works.
 */
export class MockEngine implements pulumi.runtime.Mocks {
  readonly resources: Recorded[] = [];
  /** Provider functions that were called, in order. */
  readonly calls: { readonly token: string; readonly inputs: Record<string, unknown> }[] = [];
  private readonly optionsByName = new Map<string, RecordedOptions>();

  constructor(
    private readonly factsOf: FactsOf = () => ({}),
    private readonly functions: Functions = {},
  ) {}

  /** @param preview whether the program sees a preview, in which outputs of resources are unknown */
  async start(preview = false): Promise<this> {
    await pulumi.runtime.setMocks(this, "hardway", "test", preview);
    // The mocks get no options; the requests to the monitor have them.
    const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: (...args: unknown[]) => unknown };
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, ...rest) => {
      this.recordOptions(request as Registration);
      return register(request, ...rest);
    };
    return this;
  }

  newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> } {
    if (!knownTypes.has(type) && !/^hardway:index:\w+$/.test(type)) {
      throw new Error(`unexpected resource type ${type} (${name})`);
    }
    const recorded = { type, name, inputs: inputs as Record<string, unknown> };
    this.resources.push(recorded);
    return { id: `${name}-id`, state: { ...recorded.inputs, ...this.computed(recorded) } };
  }

  /** What a plugin would add to the inputs. */
  private computed({ type, name, inputs }: Recorded): Record<string, unknown> {
    switch (type) {
      case "command:remote:Command":
        // As where the login's ~/.bashrc greets everybody.
        return { stdout: `Welcome to ${name}! {}\n${JSON.stringify(this.factsOf(name, inputs))}\n`, stderr: "" };
      case "pulumi:index:Stash":
        return { output: inputs["input"] };
      case "command:local:Command":
        return { stdout: `ssh-ed25519 public-${name} \nprivate-${name}`, stderr: "" };
      case ec2Type("Instance"):
        return { primaryNetworkInterfaceId: `eni-${name}`, publicIp: `public-${name}` };
      default:
        return {};
    }
  }

  call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    const answer = this.functions[token];
    if (answer === undefined) throw new Error(`unexpected function call ${token}`);
    this.calls.push({ token, inputs: inputs as Record<string, unknown> });
    return answer(inputs as Record<string, unknown>);
  }

  private recordOptions(request: Registration): void {
    const short = (urn: string) => urn && `${urn.split("::")[2]?.split(/[:$]/).at(-1)} ${urn.split("::")[3]}`;
    this.optionsByName.set(`${request.getType()} ${request.getName()}`, {
      parent: short(request.getParent()),
      dependencies: request.getDependenciesList().map(short).sort(),
      deletedWith: short(request.getDeletedwith()),
      replaceWith: request.getReplaceWithList().map(short),
      ignoreChanges: request.getIgnorechangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      secretOutputs: request.getAdditionalsecretoutputsList(),
      createTimeout: request.getCustomtimeouts()?.getCreate() ?? "",
    });
  }

  /** Names of the resources of one type, in the order of registration. */
  names(type: string): string[] {
    return this.resources.filter((resource) => resource.type === type).map((resource) => resource.name);
  }

  /** Inputs of the one resource of that type and name. */
  inputs(type: string, name: string): Record<string, unknown> {
    const found = this.resources.filter((resource) => resource.type === type && resource.name === name);
    if (found.length !== 1) throw new Error(`${found.length} resources are ${type} ${name}`);
    return (found[0] as Recorded).inputs;
  }

  /** The one remote command of that name. */
  command(name: string): Record<string, unknown> {
    return this.inputs("command:remote:Command", name);
  }

  options(type: string, name: string): RecordedOptions {
    const found = this.optionsByName.get(`${type} ${name}`);
    if (found === undefined) throw new Error(`no resource is ${type} ${name}`);
    return found;
  }
}

/** The value of an output; waits for it. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** Whether a value is one that the engine keeps secret, in inputs as the mocks get them. */
export function isSecret(value: unknown): value is { readonly value: unknown } {
  return Boolean(pulumi.runtime.isRpcSecret(value));
}

/** The head of a rendered script: its name and the values that it gets, as a preview shows them. */
export function scriptHead(text: unknown): string {
  const lines = String(text).split("\n");
  return lines
    .slice(0, lines.indexOf("  -- \\"))
    .join("\n")
    .replaceAll(/ sh -c '.*hardway \\$/gm, "");
}

/** A value of a rendered script, whose lines are a word each. */
export function valueIn(text: unknown, name: string): string {
  const lines = String(text).matchAll(new RegExp(`^  ${name}='([^']*)' `, "gm"));
  return Array.from(lines, ([, line]) => line).join("\n");
}
