import { once } from "node:events";
import type { Server } from "node:http";
import type { NetworkConfig } from "../fabric/network";
import type { InstanceDriver } from "./core/driver";
import { Dispatcher } from "./dispatch";
import { createApiServer, listen } from "./server";
import { Signatures, type AccessKey } from "./core/signature";
import { settingsSchema, type Ec2Settings, type InstanceState, type State } from "./core/state";
import { Store } from "./core/Store";
import { tagsOf } from "./core/tags";
import { actions } from "./actions";
import { Lifecycle } from "./instances/Lifecycle";
import { PublicAddresses } from "./core/PublicAddresses";
import { isVisible } from "./core/forgotten";
import { haveSameNetwork, networkOf } from "./network";
import { publicAddressOf } from "./resources/publicAddress";

export type { AccessKey } from "./core/signature";
export type { Ec2Settings } from "./core/state";

interface Ec2ApiOptions {
  /** JSON file of everything that the API knows. Made when it is not there. */
  readonly stateFile: string;
  readonly driver: InstanceDriver;
  /** What requests have to be signed with. */
  readonly accessKey: AccessKey;
  /** @default "us-east-1" */
  readonly region?: string;
  /** Called after each change of the network, before the call that made it is answered. */
  readonly onNetwork: (network: NetworkConfig) => void;
  /** Gets what a person should know: failures of machines and errors of this program. @default none */
  readonly log?: (line: string) => void;
  /** The time, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** An instance in short, for people. */
export interface InstanceSummary {
  readonly id: string;
  /** Its Name tag. */
  readonly name?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: InstanceState;
  /** As AWS has it, e.g. `Client.UserInitiatedShutdown: User initiated shutdown`. */
  readonly stateReason?: string;
  readonly vpcId: string;
  readonly subnetId: string;
  /** Its primary network interface. */
  readonly networkInterfaceId: string;
  readonly privateAddress: string;
  readonly publicAddress?: string;
  readonly type: string;
  readonly keyName?: string;
}

/** The embedded EC2's API: AWS's Query protocol over HTTP on loopback, and the state behind it. */
export class Ec2Api {
  private server: Server | undefined;

  private constructor(
    private readonly options: Ec2ApiOptions,
    private readonly store: Store,
    private readonly lifecycle: Lifecycle,
    private readonly dispatcher: Dispatcher,
    private readonly signatures: Signatures,
    private readonly now: () => number,
  ) {}

  /**
   * Reads the state, tells the network of it, and takes up what an earlier run has left.
   * @throws Error that names the state file when it is broken or of another version.
   */
  static async open(options: Ec2ApiOptions): Promise<Ec2Api> {
    const { driver, region = "us-east-1", now = Date.now, log = () => undefined } = options;
    let toldText = "";
    let toldState: State | undefined;
    const tell = (state: State): void => {
      if (toldState !== undefined && haveSameNetwork(toldState, state)) return;
      toldState = state;
      const network = networkOf(state, (id) => driver.socket(id));
      const text = JSON.stringify(network);
      if (text === toldText) return;
      toldText = text;
      options.onNetwork(network);
    };
    const store = await Store.open(options.stateFile, tell);
    const publicAddresses = new PublicAddresses(driver, () => store.state);
    const lifecycle = new Lifecycle({ store, driver, publicAddresses, now, log });
    const services = { region, driver, now, store, machines: lifecycle, publicAddresses };
    const signatures = new Signatures({ accessKey: options.accessKey, region, now });
    const api = new Ec2Api(options, store, lifecycle, new Dispatcher(actions, services, log), signatures, now);
    tell(store.state);
    await lifecycle.recover();
    return api;
  }

  /** @param host a loopback address. @param port 0 for a free one. @throws Error when it is taken. */
  async listen({ host, port }: { host: string; port: number }): Promise<{ url: string }> {
    const server = createApiServer(this.signatures, (service, parameters) =>
      this.dispatcher.answer(service, parameters),
    );
    const url = await listen(server, host, port);
    this.server = server;
    return { url };
  }

  /** What the fabric is to do now. */
  network(): NetworkConfig {
    return networkOf(this.store.state, (id) => this.options.driver.socket(id));
  }

  settings(): Ec2Settings {
    return structuredClone(this.store.state.settings);
  }

  /** @throws ZodError for a setting that there is not. */
  async updateSettings(settings: Partial<Ec2Settings>): Promise<void> {
    const checked = settingsSchema.partial().parse(settings);
    await this.store.change((draft) => {
      Object.assign(draft.settings, checked);
    });
  }

  /** Instances as DescribeInstances has them: those terminated lately too. */
  instances(): InstanceSummary[] {
    const { state } = this.store;
    return Object.values(state.instances)
      .filter((instance) => isVisible(instance, this.now()))
      .map((instance) => {
        const tags = Object.fromEntries(tagsOf(state, instance.id).map(({ key, value }) => [key, value]));
        const networkInterface = state.networkInterfaces[instance.networkInterfaceId];
        const isOwn = networkInterface?.attachment?.instanceId === instance.id;
        const publicAddress = isOwn ? publicAddressOf(state, networkInterface) : undefined;
        return {
          id: instance.id,
          ...(tags["Name"] === undefined ? {} : { name: tags["Name"] }),
          tags,
          state: instance.state,
          ...(instance.stateReason === undefined ? {} : { stateReason: instance.stateReason.message }),
          vpcId: instance.vpcId,
          subnetId: instance.subnetId,
          networkInterfaceId: instance.networkInterfaceId,
          privateAddress: instance.privateAddress,
          ...(publicAddress === undefined ? {} : { publicAddress }),
          type: instance.type,
          ...(instance.keyName === undefined ? {} : { keyName: instance.keyName }),
        };
      });
  }

  /** Whether there is nothing of a user's; terminated instances are nothing. */
  isEmpty(): boolean {
    const { vpcs, internetGateways, keyPairs, addresses, instances } = this.store.state;
    const others = [vpcs, internetGateways, keyPairs, addresses];
    return (
      others.every((resources) => Object.keys(resources).length === 0) &&
      Object.values(instances).every(({ state }) => state === "terminated")
    );
  }

  /** Answers what is being asked, ends all waits and leaves the machines as they are. */
  async close(): Promise<void> {
    const { server } = this;
    if (server?.listening === true) {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), 2000);
      await closed;
      clearTimeout(timer);
    }
    await this.lifecycle.close();
    await this.store.settled();
  }
}
