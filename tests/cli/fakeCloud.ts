import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Server as SocketServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { version } from "../../package.json";
import type { EmbeddedEc2 } from "../../cli/engine/ec2Client";
import type { CloudInstance, CloudStatus } from "../../cloud/daemon/control";
import { ensureAccessKey } from "../../cloud/daemon/accessKey";
import { serveControl } from "../../cloud/daemon/control";
import { cloudFiles } from "../../cloud/daemon/files";
import { writePidFile } from "../../cloud/machines/processes";

/** What the fake keeps of an instance; a test changes it. */
export type FakeInstance = { -readonly [K in keyof CloudInstance]: CloudInstance[K] };

/** An instance as the components would have made it. */
export function instance(name: string, change: Partial<FakeInstance> = {}): FakeInstance {
  return {
    ...{ id: `i-${name}`, name, state: "running", vpcId: "vpc-1", subnetId: "subnet-1", type: "t2.micro" },
    ...{ privateAddress: "10.240.0.80", networkInterfaceId: `eni-${name}`, consoleSocket: `/c/${name}` },
    tags: { Name: name, "hardway:project": "hardway", "hardway:stack": "dev" },
    ...change,
  };
}

/** What a refused call of the EC2 API answers, as the Query protocol has it. */
export function ec2Error(code: string, message: string): string {
  return `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`;
}

/**
 * The embedded EC2 of a state folder as a command sees it: a process that the pid file names, the control socket, and an API
 * that knows how to start and stop. Stopping and starting take a moment, as with real machines.
 */
export class FakeCloud {
  instances: FakeInstance[] = [];
  settings = { routesPerTable: 500, insufficientCapacity: [] as string[] };
  /** Calls of the API, e.g. `StopInstances i-node-0`. */
  readonly calls: string[] = [];
  /** Actions of the API that are refused, with the body of the answer. */
  readonly refused = new Map<string, string>();
  /** What becomes of an instance that was asked to start. */
  afterStart: Partial<FakeInstance> = { state: "running" };
  /** What status is refused with. */
  statusError: string | undefined;
  url = "";

  private constructor(
    private readonly process: ChildProcess,
    private readonly api: Server,
  ) {
    this.ended = new Promise((resolve) => process.once("close", resolve));
  }

  private control: SocketServer | undefined;
  /** A command may have ended the process before. */
  private readonly ended: Promise<unknown>;

  static async start(state: string): Promise<FakeCloud> {
    const files = cloudFiles(join(state, "cloud"));
    mkdirSync(files.directory, { recursive: true });
    // Found by its arguments; it ends with this process in any case.
    const program = "process.stdin.resume().on('end', () => process.exit())";
    const process = spawn("node", ["-e", program, "/fake/cloud/daemon/main.ts", files.directory], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await new Promise((resolve) => process.once("spawn", resolve));
    const api = createServer((request, response) => {
      void text(request).then((body) => {
        const { status, answer } = fake.answer(new URLSearchParams(body));
        response.writeHead(status, { "content-type": "text/xml" }).end(answer);
      });
    });
    const fake = new FakeCloud(process, api);
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    fake.url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    fake.control = await serveControl(files.control, {
      status: () => fake.status(),
      trace: () => ({ delivered: true, steps: [] }),
      settings: (change) => Promise.resolve(Object.assign(fake.settings, change)),
    });
    await ensureAccessKey(files.accessKey, () => undefined);
    writeFileSync(files.log, "one\ntwo\nthree\n");
    await writePidFile(files.pid, process.pid!);
    return fake;
  }

  get ec2(): EmbeddedEc2 {
    return { endpoint: this.url, region: "us-east-1", accessKey: "fake", secretKey: "fake" };
  }

  async stop(): Promise<void> {
    this.process.kill("SIGKILL");
    this.api.closeAllConnections();
    const closed = [this.api, this.control].map((server) => new Promise((resolve) => server?.close(resolve)));
    await Promise.all([this.ended, ...closed]);
  }

  private status(): CloudStatus {
    if (this.statusError !== undefined) throw new Error(this.statusError);
    return {
      ...{
        pid: this.process.pid ?? 0,
        version,
        url: this.url,
        mirror: "http://10.0.2.2:4600",
        acceleration: "machines run on KVM",
      },
      ...{ memoryMiB: 70, uptimeSeconds: 90, empty: this.instances.length === 0 },
      settings: this.settings,
      // A copy: the answer is written later.
      instances: structuredClone(this.instances),
      lost: [],
      fabric: { interfaces: [] },
    };
  }

  private answer(request: URLSearchParams): { status: number; answer: string } {
    const action = request.get("Action") ?? "";
    const ids = [...request].filter(([key]) => key.startsWith("InstanceId.")).map(([, id]) => id);
    this.calls.push(`${action} ${ids.join(" ")}`);
    const refusal = this.refused.get(action);
    if (refusal !== undefined) return { status: 400, answer: refusal };
    const named = this.instances.filter(({ id }) => ids.includes(id));
    const changes: Record<string, [FakeInstance["state"], Partial<FakeInstance>]> = {
      StartInstances: ["pending", this.afterStart],
      StopInstances: ["stopping", { state: "stopped" }],
      TerminateInstances: ["shutting-down", { state: "terminated" }],
    };
    const [during, then] =
      changes[action] ??
      (() => {
        throw new Error(`the fake does not know ${action}`);
      })();
    for (const found of named) {
      found.state = during;
      setTimeout(() => Object.assign(found, then), 50);
    }
    return { status: 200, answer: `<${action}Response><requestId>1</requestId></${action}Response>` };
  }
}
