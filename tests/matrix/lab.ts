import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  StartInstancesCommand,
  StopInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { stringify } from "yaml";
import type { z } from "zod";
import type { ExecResult } from "../../cli/ssh/session";
import { asAdmin } from "../../cli/verify/cluster/adminKubectl";
import type { CloudInstance } from "../../cloud/daemon/control";
import { readYaml } from "../../cli/yaml";
import type { Check } from "../../cli/verify/types";
import type { configSchema } from "../../components/config/schema";
import { failures, repository, TestState, type Result, type Up } from "../support/hardwayCli";

/** Keys of the `hardway` namespace, without it. */
export type Settings = z.input<typeof configSchema>;

/** How long one machine may take to shut down or to boot, in seconds, and the pauses between two looks. */
const powerLimits = { maxWaitTime: 600, minDelay: 1, maxDelay: 2 };

/** kubectl on a controller, as the cluster's administrator. */
export const kubectl = asAdmin("--request-timeout 30s");

/**
 * A lab of a test's own, with a checkout of its own for its stack file: what `Pulumi.dev.yaml` has (a server and the workers
 * node-0 and node-1 on the embedded EC2), and the test's settings over it.
 */
export class Lab {
  private opened: TestState | undefined;

  /** @param name also the name of its stack, 1 to 30 of a-z, 0-9 and - */
  constructor(
    readonly name: string,
    private readonly settings: Settings,
  ) {}

  get state(): TestState {
    if (this.opened === undefined) throw new Error(`Lab ${this.name} is there only while its tests run.`);
    return this.opened;
  }

  async open(): Promise<void> {
    this.opened = new TestState(this.name);
    this.state.checkout = await this.state.copyCheckout();
    this.configure(this.settings);
  }

  /** Takes everything away, also what a failed test has left. */
  async close(): Promise<void> {
    await this.opened?.remove();
    expect(this.opened?.processes() ?? []).to.deep.equal([]);
  }

  /** Sets what the next `up` builds; settings that are not named have their defaults again. */
  configure(settings: Settings): void {
    const { config } = readYaml(join(repository, "Pulumi.dev.yaml"));
    const own = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`hardway:${key}`, value]));
    const file = join(this.state.checkout, `Pulumi.${this.name}.yaml`);
    writeFileSync(file, stringify({ config: { ...(config as object), ...own } }));
  }

  /** `./hardway up`, however it ends. */
  tryUp(...options: string[]): Promise<Result> {
    return this.state.hardway("up", "--yes", "--json", ...options);
  }

  /** `./hardway up`, which has to succeed: with a row of the verification that is not ok it does not. */
  async up(...options: string[]): Promise<Up> {
    const { code, stdout, stderr } = await this.tryUp(...options);
    expect(code, stderr + stdout).to.equal(0);
    return JSON.parse(stdout) as Up;
  }

  /** `./hardway verify`, in which every row has to be ok. Gives the rows. */
  async verify(): Promise<readonly Check[]> {
    const { code, checks } = await this.state.verify();
    const failed = failures(checks);
    expect(failed, failed.join("\n")).to.deep.equal([]);
    expect(code).to.equal(0);
    return checks;
  }

  /** Runs a script as root on a node; it has to succeed. Gives what it prints, without the last line break. */
  async on(node: string, script: string): Promise<string> {
    return (await this.state.asRoot(node, script)).trimEnd();
  }

  /** The same, however it ends. @param timeoutSeconds bound on this side; the script goes on. @default 120 */
  tryOn(node: string, script: string, timeoutSeconds?: number): Promise<ExecResult> {
    return this.state.runAsRoot(node, script, timeoutSeconds);
  }

  /** Waits until a script succeeds on a node; its last output is shown where it never does. Gives what it prints. */
  async eventually(what: string, node: string, script: string): Promise<string> {
    const waiting = `for try in $(seq 150); do if said=$(${script}\n); then echo "$said"; exit 0; fi; sleep 2; done; echo "$said" >&2; exit 1`;
    const { code, stdout, stderr } = await this.tryOn(node, waiting, 900);
    expect(code, `${node}: ${what}: ${stderr}`).to.equal(0);
    return stdout.trimEnd();
  }

  /** Shuts nodes down and boots them, as anybody may do it through the API. */
  reboot(...nodes: string[]): Promise<void> {
    return this.restart(nodes, false);
  }

  /** Cuts the power of nodes, which lose what they have not written yet, and boots them. */
  cutPower(...nodes: string[]): Promise<void> {
    return this.restart(nodes, true);
  }

  private async restart(nodes: readonly string[], Force: boolean): Promise<void> {
    const bootIds = () => Promise.all(nodes.map((node) => this.state.bootId(node)));
    const earlier = await bootIds();
    const InstanceIds = await this.instanceIds(nodes);
    await this.state.withApi((client) => client.send(new StopInstancesCommand({ InstanceIds, Force })));
    await this.areStopped(nodes);
    await this.start(nodes);
    const later = await bootIds();
    for (const [index, node] of nodes.entries()) expect(later[index], node).not.to.equal(earlier[index]);
  }

  /** Ends the processes of nodes' machines, of which the API hears afterwards. */
  async kill(nodes: readonly string[]): Promise<void> {
    for (const { pid } of await Promise.all(nodes.map((node) => this.instance(node)))) process.kill(pid!, "SIGKILL");
    await this.areStopped(nodes);
  }

  private async areStopped(nodes: readonly string[]): Promise<void> {
    const InstanceIds = await this.instanceIds(nodes);
    await this.state.withApi((client) => waitUntilInstanceStopped({ client, ...powerLimits }, { InstanceIds }));
  }

  /** Boots nodes that are stopped. */
  async start(nodes: readonly string[]): Promise<void> {
    const InstanceIds = await this.instanceIds(nodes);
    await this.state.withApi(async (client) => {
      await client.send(new StartInstancesCommand({ InstanceIds }));
      await waitUntilInstanceRunning({ client, ...powerLimits }, { InstanceIds });
    });
  }

  private instanceIds(nodes: readonly string[]): Promise<string[]> {
    return Promise.all(nodes.map(async (node) => (await this.instance(node)).id));
  }

  /** What the embedded EC2 says of a node's machine. */
  async instance(node: string): Promise<CloudInstance> {
    const { instances } = (await this.state.cloud.status())!;
    const found = instances.find(({ name, state }) => name === node && state !== "terminated");
    if (found === undefined) throw new Error(`${node} has no instance`);
    return found;
  }
}

/**
 * The lab of the tests of a `describe`: it is made before the first of them, empty, so that they begin with `up`, and taken
 * away after the last, also after a failure.
 */
export function useLab(name: string, settings: Settings = {}): Lab {
  const lab = new Lab(name, settings);
  before(() => lab.open());
  after(() => lab.close());
  return lab;
}
