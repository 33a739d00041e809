import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { Ec2Api, type InstanceSummary } from "../api/Ec2Api";
import { VpcFabric } from "../fabric/VpcFabric";
import { guestAptPorts, readAptSettings } from "../images/aptSettings";
import { ensureBaseDisk } from "../images/baseDisk";
import { findAcceleration, type Acceleration } from "../machines/acceleration";
import { GuestFilter } from "../machines/guestFilter";
import type { Endpoint } from "../machines/ports";
import { hostArchitecture } from "../packages";
import { ensureAccessKey } from "./accessKey";
import { serveControl, type CloudInstance, type CloudStatus } from "./control";
import type { CloudFiles } from "./files";
import { machineImages } from "./images";
import { mirrorDirectory, MirrorServer } from "./MirrorServer";
import { QemuInstances } from "./QemuInstances";

interface DaemonOptions {
  readonly files: CloudFiles;
  /** Shared by all labs of a user: base disks. */
  readonly cacheDirectory: string;
  /** Loopback address and port of the EC2 API. */
  readonly endpoint: Endpoint;
  /** Loopback address and port at which machines find the mirror of release files. */
  readonly mirrorEndpoint: Endpoint;
  /** Version of hardway that runs it. */
  readonly version: string;
  readonly log: (line: string) => void;
}

/** The embedded EC2: API, network and machines, held together. */
export class Daemon {
  private constructor(
    private readonly options: DaemonOptions,
    private readonly url: string,
    private readonly acceleration: Acceleration,
    private readonly api: Ec2Api,
    private readonly fabric: VpcFabric,
    private readonly instances: QemuInstances,
    private readonly mirror: MirrorServer,
  ) {}

  /** Starts serving. Machines that run already are taken over as they are. */
  static async start(options: DaemonOptions): Promise<{ close(): Promise<void> }> {
    const { files, cacheDirectory, endpoint, mirrorEndpoint, log } = options;
    const architecture = hostArchitecture();
    const base = await ensureBaseDisk({ cacheDirectory, onProgress: ({ text }) => log(text) });
    const acceleration = await findAcceleration(architecture, cacheDirectory, { kernel: base.kernel });
    await mkdir(files.instances, { recursive: true, mode: 0o700 });
    const images = await machineImages(base, architecture);
    const served = [mirrorEndpoint.port, ...guestAptPorts(await readAptSettings())];
    const filter = new GuestFilter();
    const instances = new QemuInstances({
      ...{ instances: files.instances, lost: files.lost, bases: files.bases },
      // Asked for again at each launch: the cache may have been emptied meanwhile.
      newBase: () => ensureBaseDisk({ cacheDirectory, onProgress: ({ text }) => log(text) }),
      ...{ architecture, acceleration, images, filter, log },
    });
    const fabric = new VpcFabric();
    const api = await Ec2Api.open({
      stateFile: files.state,
      driver: instances,
      accessKey: await ensureAccessKey(files.accessKey, log),
      onNetwork: (network) => {
        fabric.configure(network);
        filter.keepInside(network);
      },
      log,
    });
    const openPorts = (): void => filter.open([...served, ...(api.settings().guestPorts ?? [])]);
    openPorts();
    await instances.takeOver(api.instances());
    const { url } = await api.listen(endpoint);
    const mirror = await MirrorServer.start(mirrorDirectory(cacheDirectory), mirrorEndpoint);
    const daemon = new Daemon(options, url, acceleration, api, fabric, instances, mirror);
    const control = await serveControl(files.control, {
      status: () => daemon.status(),
      trace: (request) => fabric.trace(request),
      settings: async (change) => {
        await api.updateSettings(change);
        openPorts();
        return api.settings();
      },
    });
    log(`serving ${url}; ${acceleration.reason}`);
    return {
      close: async () => {
        control.close();
        await daemon.close();
      },
    };
  }

  private async status(): Promise<CloudStatus> {
    const { options, api } = this;
    return {
      pid: process.pid,
      version: options.version,
      url: this.url,
      mirror: this.mirror.url,
      acceleration: this.acceleration.reason,
      memoryMiB: Math.round(process.memoryUsage.rss() / (1 << 20)),
      uptimeSeconds: Math.round(process.uptime()),
      empty: api.isEmpty(),
      settings: api.settings(),
      instances: await Promise.all(api.instances().map((instance) => this.withMachine(instance))),
      lost: (await readdir(options.files.lost).catch(() => [])).map((name) => path.join(options.files.lost, name)),
      fabric: this.fabric.status(),
    };
  }

  private async withMachine(instance: InstanceSummary): Promise<CloudInstance> {
    const process = await this.instances.find(instance.id);
    return {
      ...instance,
      consoleSocket: this.instances.consoleSocket(instance.id),
      ...(process && { pid: process.pid, startedAt: process.startedAt.toISOString() }),
    };
  }

  /** Stops serving; machines go on. */
  private async close(): Promise<void> {
    this.mirror.close();
    await this.api.close();
    this.fabric.close();
    this.instances.close();
  }
}
