import { Ec2Api, type AccessKey } from "../cloud/api/Ec2Api";
import type { DriverImage, InstanceDriver, InstanceLaunch } from "../cloud/api/core/driver";
import { parseUserData } from "../cloud/daemon/userData";
import { hostArchitecture } from "../cloud/packages";
import { freePort } from "../tests/support/freePort";
import { SimulatedHost } from "./simulatedHost";

/** Instances are simulated hosts, each at a loopback address of its own; all have the same port. */
class SimulatedInstances implements InstanceDriver {
  readonly hosts = new Map<string, SimulatedHost>();

  constructor(private readonly sshPort: number) {}

  images(): readonly DriverImage[] {
    const debian = hostArchitecture().debian;
    return [
      {
        imageId: "ami-0123456789abcdef0",
        name: `debian-13-${debian}-20261121-1`,
        description: "Debian 13, simulated",
        architecture: debian === "amd64" ? "x86_64" : "arm64",
        creationDate: "2026-11-21T00:00:00.000Z",
        ownerId: "136693071363",
        diskGiB: 8,
      },
    ];
  }

  claimPublicAddress({ privateAddress }: { privateAddress: string }, taken: ReadonlySet<string>): Promise<string> {
    const octet = privateAddress.split(".")[3] ?? "";
    let network = 0;
    while (taken.has(`127.78.${network}.${octet}`)) network += 1;
    return Promise.resolve(`127.78.${network}.${octet}`);
  }

  async start({ instanceId, publicAddress = "", userData = "", authorizedKey = "" }: InstanceLaunch): Promise<void> {
    const { hostname = instanceId, hostKeys } = parseUserData(userData);
    const hostKey = hostKeys[0]?.privateKey;
    if (hostKey === undefined) throw new Error("The user data brings no SSH host key");
    const endpoint = { host: publicAddress, port: this.sshPort };
    this.hosts.set(instanceId, await SimulatedHost.start({ name: hostname, endpoint, hostKey, authorizedKey }));
  }

  async stop(instanceId: string): Promise<void> {
    await this.hosts.get(instanceId)?.stop();
    this.hosts.delete(instanceId);
  }

  async reboot(launch: InstanceLaunch): Promise<void> {
    await this.stop(launch.instanceId);
    await this.start(launch);
  }

  terminate(instanceId: string): Promise<void> {
    return this.stop(instanceId);
  }

  isRunning(instanceId: string): Promise<boolean> {
    return Promise.resolve(this.hosts.has(instanceId));
  }

  consoleOutput(): Promise<string> {
    return Promise.resolve("");
  }

  /** Nothing listens there: this cloud carries no packets. */
  socket(instanceId: string): string {
    return `/nowhere/${instanceId}`;
  }

  onExit(): void {
    // They do not end by themselves.
  }
}

/** The access key of its API. */
export const benchKey: AccessKey = { accessKeyId: "bench", secretAccessKey: "bench-secret" };

/** The embedded EC2's real API, in this process, over simulated hosts. */
export class SimulatedCloud {
  private constructor(
    private readonly api: Ec2Api,
    private readonly instances: SimulatedInstances,
    readonly url: string,
    /** Where SSH is reached at the instances' public addresses. */
    readonly sshPort: number,
  ) {}

  /** @param stateFile where the API keeps its state */
  static async start(stateFile: string): Promise<SimulatedCloud> {
    const sshPort = await freePort();
    const instances = new SimulatedInstances(sshPort);
    const api = await Ec2Api.open({
      stateFile,
      driver: instances,
      accessKey: benchKey,
      onNetwork: () => undefined,
    });
    const { url } = await api.listen({ host: "127.0.0.1", port: 0 });
    return new SimulatedCloud(api, instances, url, sshPort);
  }

  /** Logins that the living instances have seen. */
  get logins(): number {
    return [...this.instances.hosts.values()].reduce((sum, { logins }) => sum + logins, 0);
  }

  async stop(): Promise<void> {
    await this.api.close();
    await Promise.all([...this.instances.hosts.keys()].map((id) => this.instances.terminate(id)));
  }
}
