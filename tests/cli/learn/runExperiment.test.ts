import { expect } from "chai";
import type { Experiment, Place } from "../../../cli/learn/experiment";
import { runExperiment, type Event, type Hosts } from "../../../cli/learn/runExperiment";

const place: Place = {
  ...{ node: "node-0", address: "10.240.0.80", podCidr: "10.200.0.0/24" },
  ...{ other: "node-1", otherAddress: "10.240.0.81", nextHop: "10.240.0.81" },
  ...{ cgroupDriver: "systemd", sandboxImage: "pause" },
  ...{ otherPodCidr: "10.200.1.0/24", confDir: "/conf", binDir: "/bin", image: "busybox", controller: "server" },
};

const experiment: Experiment = {
  ...{ name: "any", topic: "kernel", question: "What breaks?", why: "Because." },
  pods: [{ name: "web", on: "node" }],
  prepare: () => [{ on: "node", run: "prepare $web" }],
  break: () => [{ on: "node", run: "break" }],
  observe: () => [
    {
      ...{ on: "other", run: "ask $web", question: "Does it answer?" },
      healthy: { pattern: /^yes$/, words: "yes" },
      broken: { pattern: /^no$/, words: "no" },
    },
  ],
  repair: () => [{ on: "node", run: "repair" }],
  cleanUp: () => [{ on: "node", run: "clean up" }],
};

/** Two hosts that remember what was done to them. */
class FakeHosts implements Hosts {
  readonly ran: string[] = [];
  broken = false;
  /** What a command answers besides, or does. */
  readonly answers: Record<string, () => string> = {};
  private ends: (() => void)[] = [];

  run({ on, run }: { on: string; run: string }, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const brief = /exec .* ip -4/.test(run)
      ? "address"
      : /task kill/.test(run)
        ? "end pod"
        : run.startsWith("iptables-save")
          ? "end rules"
          : run;
    this.ran.push(`${on}: ${brief}`);
    if (brief === "end pod") for (const end of this.ends.splice(0)) end();
    if (run === "break") this.broken = true;
    if (run === "repair") this.broken = false;
    const own = this.answers[brief];
    if (own !== undefined) return Promise.resolve(own());
    if (brief === "address")
      return Promise.resolve("2: eth0    inet 10.200.0.7/24 brd 10.200.0.255 scope global eth0\n");
    if (brief === "ask 10.200.0.7") return Promise.resolve(this.broken ? "no\n" : "yes\n");
    return Promise.resolve("");
  }

  start({ on }: { on: string }) {
    this.ran.push(`${on}: start pod`);
    return Promise.resolve({ ended: new Promise<string>((resolve) => this.ends.push(() => resolve(""))) });
  }
}

describe("an experiment", () => {
  let hosts: FakeHosts;
  const events: Event[] = [];
  const run = (more: Partial<Parameters<typeof runExperiment>[2]> = {}, other: Partial<Experiment> = {}) => {
    events.length = 0;
    const tell = (event: Event) => void events.push(event);
    return runExperiment({ ...experiment, ...other }, place, { hosts, tell, pauseSeconds: 0, ...more });
  };
  beforeEach(() => (hosts = new FakeHosts()));

  const start = ["node: end pod", "node: start pod", "node: address", "node: prepare 10.200.0.7"];
  const end = ["node: end pod", "node: end rules", "other: end rules"];
  const mend = ["node: repair", "other: ask 10.200.0.7", "node: clean up", ...end];

  it("looks before, while it is broken, and after it was mended, and takes away what it made", async () => {
    const seen = await run({ guess: () => Promise.resolve(void hosts.ran.push("guess")) });
    expect(hosts.ran).to.deep.equal([
      ...start,
      ...["other: ask 10.200.0.7", "guess", "node: break", "other: ask 10.200.0.7"],
      ...mend,
    ]);
    expect(seen.map(({ moment, output, ok }) => [moment, output, ok])).to.deep.equal([
      ["before", "yes", true],
      ["broken", "no", true],
      ["repaired", "yes", true],
    ]);
    expect(seen[0]).to.include({ host: "node-1", command: "ask 10.200.0.7", expected: "yes" });
    expect(events.map((event) => (event.kind === "command" ? event.purpose : event.kind))).to.deep.equal([
      ...["doing", "prepare", "seen", "break", "seen", "repair", "seen", "clean up"],
    ]);
  });

  it("says what was not as expected: a break that breaks nothing, and a repair that mends nothing", async () => {
    const harmless = await run({}, { break: () => [] });
    expect(harmless.map(({ ok }) => ok)).to.deep.equal([true, false, true]);
    const useless = await run({}, { repair: () => [] });
    expect(useless.map(({ ok }) => ok)).to.deep.equal([true, true, false]);
  });

  it("takes nothing for expected that has what must not be there, on whatever line", async () => {
    const [asked] = experiment.observe(place);
    const observe = () => [{ ...asked!, broken: { pattern: /^no$/m, without: /^here$/m, words: "no" } }];
    hosts.answers["ask 10.200.0.7"] = () => (hosts.broken ? "here\nno" : "yes");
    expect((await run({}, { observe })).map(({ ok }) => ok)).to.deep.equal([true, false, true]);
  });

  it("breaks nothing where it is off already", async () => {
    hosts.broken = true;
    const seen = await run();
    expect(seen.map(({ moment, ok }) => [moment, ok])).to.deep.equal([["before", false]]);
    expect(hosts.ran).not.to.include("node: break");
    expect(hosts.ran.slice(-4)).to.deep.equal(["node: clean up", ...end]);
  });

  it("waits for an effect that takes a moment", async () => {
    let asked = 0;
    hosts.answers["ask 10.200.0.7"] = () => (hosts.broken && ++asked > 3 ? "no" : "yes");
    expect((await run()).map(({ ok }) => ok)).to.deep.equal([true, true, true]);
  });

  it("looks as often as it is told to", async () => {
    await run({ tries: 3 }, { break: () => [] });
    expect(hosts.ran.filter((line) => line === "other: ask 10.200.0.7")).to.have.length(1 + 3 + 1);
  });

  it("stays broken when asked to, without the pods", async () => {
    const seen = await run({ keep: true });
    expect(seen.map(({ moment }) => moment)).to.deep.equal(["before", "broken"]);
    expect(hosts.broken).to.equal(true);
    expect(hosts.ran.slice(-4)).to.deep.equal(["node: clean up", ...end]);
  });

  it("is mended when it is interrupted, at whatever command, also with --keep", async () => {
    for (const at of ["guess", "break", "broken"]) {
      hosts = new FakeHosts();
      const interrupt = new AbortController();
      const now = () => interrupt.abort(new Error("interrupted"));
      if (at === "broken") hosts.answers["ask 10.200.0.7"] = () => (hosts.broken ? (now(), "no") : "yes");
      if (at === "break") hosts.answers["break"] = () => (now(), "");
      const guess = () => Promise.resolve(at === "guess" ? now() : undefined);
      const failed = await run({ signal: interrupt.signal, guess, keep: true }).then(
        () => undefined,
        (error: Error) => error.message,
      );
      expect(failed, at).to.equal(at === "broken" ? undefined : "interrupted");
      expect(hosts.broken, at).to.equal(false);
      expect(hosts.ran.slice(-5), at).to.deep.equal(["node: repair", "node: clean up", ...end]);
    }
  });

  it("waits for a pod's end, but not for ever, and says which one does not end", async () => {
    hosts.start = () => Promise.resolve({ ended: new Promise<string>(() => undefined) });
    const failed = await run({ endSeconds: 0.01 }).catch((error: Error) => error.message);
    expect(failed).to.equal("the pod web on node-0 does not end. The next experiment ends it first");
    expect(hosts.broken).to.equal(false);
  });

  it("says why a pod does not start", async () => {
    hosts.answers["address"] = () => "no such task";
    hosts.start = () => Promise.resolve({ ended: Promise.resolve("image busybox: not found\n") });
    const failed = await run().catch((error: Error) => error.message);
    expect(failed).to.equal("the pod web on node-0 ended: image busybox: not found");
  });
});
