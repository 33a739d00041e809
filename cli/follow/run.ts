import type { TraceResult } from "../../cloud/fabric/trace";
import { lastLines } from "../../cloud/run";
import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { UserError } from "../errors";
import { allDone } from "../verify/allDone";
import { bridgeConfOf } from "../verify/cni";
import type { WalkMachines } from "../walk/machines";
import { hostOfAddress, isPodOf } from "./ends";
import { endingOf, type Ending, type HostSettings } from "./ending";
import type { Leg } from "./hops";
import { routerLeg, routerQuestion, type RouterQuestion } from "./network";
import { connectedPod, gatewayIn, watchedDevices, type ConnectedPod } from "./record";
import type { Receiver, Sender } from "./resolve";
import { routeQuestion, withRoute } from "./routing";
import { ruleset, tableOf, type Flow } from "./ruleset";
import { cardOf, spaceNamed, spaceOf, type Prepared, type Space } from "./spaces";
import { readTrace } from "./trace";
import { wayOf, type Watched, type Way } from "./way";

/** What was found. */
export interface Followed extends Ending {
  readonly from: string;
  readonly to: string;
  /** E.g. `ping`, `tcp`. */
  readonly protocol: Flow["protocol"];
  readonly way: Way;
  /** What the program that sent it has said. */
  readonly said: string;
  readonly notes: readonly string[];
}

interface FollowOptions {
  readonly plan: LabPlan;
  readonly machines: Pick<WalkMachines, "ask" | "hold">;
  readonly run: string;
  /** Length of a ping in bytes, which no other ping is likely to have. */
  readonly length: number;
  readonly progress: (text: string) => void;
  /** The VPC's router, where it can be asked. */
  readonly router?: (question: RouterQuestion) => Promise<TraceResult>;
}

/** Sends one packet and reads its way from the machines. */
export class Follow {
  constructor(private readonly options: FollowOptions) {}

  /** @throws Error where a host refuses something; everything of ours is taken away in any case */
  async follow(sender: Sender, receiver: Receiver): Promise<Followed> {
    const hosts = this.#hosts(sender, receiver);
    try {
      return await this.#follow(sender, receiver, hosts);
    } finally {
      await this.#end(hosts);
    }
  }

  /** Hosts that it may pass. */
  #hosts(sender: Sender, { own, candidates }: Receiver): PlannedHost[] {
    const { plan } = this.options;
    const ends = candidates.flatMap(({ address }) => hostOfAddress(address, plan) ?? []);
    return [...new Set([sender.host, ...(own === undefined ? [] : [own]), ...ends])];
  }

  async #follow(sender: Sender, receiver: Receiver, hosts: readonly PlannedHost[]): Promise<Followed> {
    const { progress, run } = this.options;
    progress(`preparing ${hosts.map(({ name }) => name).join(", ")}`);
    const all = await Promise.all(hosts.map((host) => this.#prepare(host, sender, receiver)));
    const from = all.find(({ host }) => host === sender.host)!;
    const watched = all.filter((one) => this.#hasNft(one, one === from));
    const space = sender.address === undefined ? spaceNamed(from, "a") : spaceOf(from, sender.address);
    const to = this.#target(receiver, all, from);
    const flow = this.#flowTo(receiver);

    progress("having the kernel trace it");
    await Promise.all(watched.map((one) => this.#watch(one, flow)));
    progress(`sending it to ${to}`);
    const size = flow.protocol === "icmp" ? String(flow.length - 28) : "";
    const port = receiver.port === undefined ? "" : String(receiver.port);
    const sent = await this.#ask(sender.host, { followsend: { SPACE: space.path, TO: to, PORT: port, BYTES: size } });
    const traces = (await Promise.all(watched.map((one) => this.#read(one)))).flat();
    const said = sent("followsend").text("sent");
    const source = traces.findIndex(({ space: one }) => one === space);
    const way = wayOf(traces, { source, flow, table: tableOf(run) });
    if (way === undefined) throw new Error(`${sender.host.name} has sent nothing to ${to}: ${lastLine(said)}`);

    progress("asking for the routing decisions");
    const settings = new Map<string, HostSettings>();
    const routed = await this.#withRoutes(way, traces, settings);
    const complete = { ...way, there: await this.#withRouter(routed, all, flow) };
    const isWatched = receiver.own !== undefined || receiver.candidates.some((one) => this.#isWatched(one, watched));
    const unwatched = all.filter((one) => !watched.includes(one));
    const notes = [
      ...unwatched.map(({ host }) => `${host.name} has no nft, so nothing is seen there.`),
      ...(this.options.router === undefined && hosts.length > 1
        ? [
            "What is between the hosts is not to be seen from them: the VPC's router on AWS, your own network for hosts of yours.",
          ]
        : []),
    ];
    return {
      ...endingOf(complete, { isWatched, settings }),
      ...{
        from: sender.label,
        to: receiver.label,
        protocol: flow.protocol,
        way: complete,
        said: lastLine(said),
        notes,
      },
    };
  }

  async #prepare(host: PlannedHost, sender: Sender, receiver: Receiver): Promise<Prepared> {
    const { plan, machines, run } = this.options;
    const { bridge, binDir } = plan.cni;
    const own = [
      ...(sender.host === host && sender.address === undefined ? ["a"] : []),
      ...(receiver.own === host ? ["b"] : []),
    ];
    const ends = [
      ...(sender.address === undefined ? [] : [sender.address]),
      ...receiver.candidates.map((one) => one.address),
    ];
    const addresses = [...new Set(ends.filter((address) => isPodOf(address, host)))];
    await machines.hold(host.name, run);
    const values = {
      ...{ RUN: run, OWN: own.join(" "), BIN_DIR: binDir, ADDRESSES: addresses.join(" ") },
      BRIDGE_CONF: host.podCidr === undefined ? "" : bridgeConfOf(host, plan.cni),
    };
    const facts = (await this.#ask(host, { followpod: values }))("followpod");
    const spaces: Space[] = [{ name: "host", path: "-" }];
    const cables: string[] = [];
    const add = (name: string, { address, path, veth }: ConnectedPod) => {
      spaces.push({ name, path, pod: address });
      cables.push(veth);
    };
    for (const [name, { text }] of facts.all("own")) {
      const pod = connectedPod(text, bridge);
      if (pod === undefined) throw new Error(`${host.name} cannot make a pod: ${lastLine(text)}`);
      add(name, pod);
    }
    for (const [address, { text }] of facts.all("record")) {
      const pod = connectedPod(text, bridge);
      if (pod !== undefined) add(address, pod);
    }
    return { host, facts, spaces, devices: watchedDevices(facts.text("links"), facts.text("veths"), cables) };
  }

  #hasNft({ host, facts }: Prepared, isNeeded: boolean): boolean {
    if (facts.get("nft").code === 0) return true;
    if (!isNeeded) return false;
    throw new UserError(`${host.name} has no nft, which shows a packet's way. The step cni installs it on workers.`);
  }

  /** The address that it is sent to. */
  #target({ own, address, label }: Receiver, all: readonly Prepared[], from: Prepared): string {
    if (address !== undefined) return address;
    const host = all.find((one) => one.host === own);
    if (host !== undefined) return spaceNamed(host, "b").pod!;
    const gateway = gatewayIn(from.facts.text("default"));
    if (gateway === undefined) throw new UserError(`${from.host.name} has no default route, so nothing is ${label}.`);
    return gateway;
  }

  async #watch({ host, spaces, devices }: Prepared, flow: Flow): Promise<void> {
    const { run } = this.options;
    const table = tableOf(run);
    const values = {
      ...{ RUN: run, SPACES: spaces.map(({ name, path }) => `${name} ${path}`).join("\n") },
      ...{ HOST_RULES: ruleset(table, devices, flow), POD_RULES: ruleset(table, ["eth0"], flow) },
    };
    const facts = (await this.#ask(host, { followwatch: values }))("followwatch");
    for (const { name } of spaces) {
      const { code, text } = facts.get(`watch ${name}`);
      if (code !== 0) throw new Error(`${host.name} cannot trace packets: ${lastLine(text)}`);
    }
  }

  async #read({ host, spaces }: Prepared): Promise<(Watched & { space: Space })[]> {
    const facts = (await this.#ask(host, { followread: { RUN: this.options.run } }))("followread");
    return spaces.map((space) => ({
      ...{ host: host.name, space, visits: readTrace(facts.text(`trace ${space.name}`)) },
      ...(space.pod !== undefined && { pod: space.pod }),
    }));
  }

  /** Asks each host once for all that was decided there. */
  async #withRoutes(
    { there }: Way,
    traces: readonly (Watched & { space: Space })[],
    settings: Map<string, HostSettings>,
  ): Promise<Leg[]> {
    const { plan } = this.options;
    const questions = there.map((leg) => ({ leg, question: routeQuestion(leg) }));
    const answers = new Map<Leg, string>();
    for (const name of new Set(there.map(({ host }) => host))) {
      const lines = questions.flatMap(({ leg, question }, index) => {
        const path = traces.find(({ host, pod }) => host === leg.host && pod === leg.pod)?.space.path;
        return leg.host !== name || question === undefined ? [] : [`${index} ${path} ${question.words}`];
      });
      const host = plan.hosts.find((one) => one.name === name)!;
      const facts = (await this.#ask(host, { followroutes: { QUESTIONS: lines.join("\n") } }))("followroutes");
      for (const [index, { text }] of facts.all("route")) answers.set(there[Number(index)]!, text);
      settings.set(name, { forwards: facts.text("settings").startsWith("1") });
    }
    return questions.map(({ leg, question }) =>
      question === undefined ? leg : withRoute(leg, question, answers.get(leg) ?? ""),
    );
  }

  /** Between two hosts, and after the last one. */
  async #withRouter(there: readonly Leg[], all: readonly Prepared[], flow: Flow): Promise<Leg[]> {
    const { router } = this.options;
    const legs: Leg[] = [];
    for (const [index, leg] of there.entries()) {
      legs.push(leg);
      const card = cardOf(all.find(({ host }) => host.name === leg.host));
      const question = router && routerQuestion(leg, card, flow);
      if (question === undefined) continue;
      const decided = routerLeg(await router!(question), leg.hops.at(-1)!);
      // What has arrived was not dropped, whatever the router would decide now.
      const isThrough = there.length > index + 1;
      legs.push(isThrough ? { ...decided, hops: decided.hops.map(({ droppedBy: _, ...hop }) => hop) } : decided);
    }
    return legs;
  }

  #flowTo({ port, candidates }: Receiver): Flow {
    if (port === undefined) return { protocol: "icmp", length: this.options.length };
    return { protocol: "tcp", ports: [port, ...candidates.flatMap((one) => one.port ?? [])] };
  }

  #isWatched({ address }: { address: string }, watched: readonly Prepared[]): boolean {
    const host = hostOfAddress(address, this.options.plan);
    return watched.some((one) => one.host === host);
  }

  /** Also after an interrupt. */
  async #end(hosts: readonly PlannedHost[]): Promise<void> {
    const { machines, run } = this.options;
    await allDone(
      hosts.map(async ({ name }) => {
        const left = (await machines.ask(name, { followend: { RUN: run } }, true))("followend").text("left");
        if (left !== "") throw new Error(`${name} still has ${left.replaceAll("\n", ", ")}`);
      }),
    );
  }

  #ask(host: PlannedHost, scripts: Parameters<WalkMachines["ask"]>[1]) {
    return this.options.machines.ask(host.name, scripts);
  }
}

/** What a program said at its end. */
function lastLine(text: string): string {
  return lastLines(text, 1).trim() || "nothing";
}
