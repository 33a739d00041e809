import type { LabPlan } from "../../components/labPlan";
import { SshSession } from "../ssh/session";
import { loginOf, type SshLogin } from "../ssh/login";
import { CriClient } from "../verify/cri/client";
import type { CriMethods } from "../verify/cri/messages";
import { dialThrough, openTunnel } from "../verify/cri/tunnel";
import { collectFacts, type Facts, type Scripts } from "../verify/facts";
import { holdRun } from "../verify/holdRun";
import { runtimeOfHost } from "../verify/runtime";

/** The lab's machines, as a walk reads them. */
export interface WalkMachines {
  /** Runs scripts of cli/verify/scripts as root. @param anyway also after an interrupt */
  ask(host: string, scripts: Scripts, anyway?: boolean): Promise<(script: string) => Facts>;
  /** Asks the runtime of a worker. */
  cri<M extends keyof CriMethods>(node: string, method: M, request: CriMethods[M][0]): Promise<CriMethods[M][1]>;
  /** Marks the run as alive on a host: when it is cut off, the host takes away what it made; see hold.sh. */
  hold(host: string, run: string): Promise<void>;
}

/** Seconds for the scripts of one question. */
const askSeconds = 120;

/** The machines over SSH; each is logged in to when it is first asked. */
export class SshMachines implements WalkMachines {
  readonly #sessions = new Map<string, Promise<SshSession>>();
  readonly #clients = new Map<string, Promise<CriClient>>();
  readonly #closing: (() => unknown)[] = [];

  constructor(
    private readonly plan: LabPlan,
    private readonly logins: ReadonlyMap<string, SshLogin>,
    private readonly signal: AbortSignal,
  ) {}

  async ask(host: string, scripts: Scripts, anyway = false): Promise<(script: string) => Facts> {
    const signal = anyway ? {} : { signal: this.signal };
    return collectFacts(await this.#session(host), scripts, { timeoutSeconds: askSeconds, ...signal });
  }

  async cri<M extends keyof CriMethods>(node: string, method: M, request: CriMethods[M][0]) {
    return (await this.#client(node)).call(method, request, { signal: this.signal });
  }

  async hold(host: string, run: string): Promise<void> {
    const { channel } = await holdRun(await this.#session(host), run, this.signal);
    this.#closing.push(() => channel.end());
  }

  async close(): Promise<void> {
    for (const end of this.#closing.reverse()) await end();
    for (const session of this.#sessions.values())
      await session.then(
        (open) => open.close(),
        () => undefined,
      );
  }

  #session(host: string): Promise<SshSession> {
    const found = this.#sessions.get(host) ?? SshSession.connect(loginOf(this.logins, host), { signal: this.signal });
    this.#sessions.set(host, found);
    return found;
  }

  #client(node: string): Promise<CriClient> {
    const found = this.#clients.get(node) ?? this.#connect(node);
    this.#clients.set(node, found);
    return found;
  }

  async #connect(node: string): Promise<CriClient> {
    const { socket } = runtimeOfHost(this.plan, node);
    const tunnel = await openTunnel(
      dialThrough(await this.#session(node), socket, loginOf(this.logins, node).user === "root"),
    );
    const client = new CriClient(tunnel.socket, () => tunnel.problem());
    this.#closing.push(() => tunnel.close().catch(() => undefined));
    this.#closing.push(() => client.close());
    return client;
  }
}
