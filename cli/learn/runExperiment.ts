import { setTimeout as sleep } from "node:timers/promises";
import {
  isAsExpected,
  whoRuns,
  type Experiment,
  type ExperimentPod,
  type Expected,
  type HostCommand,
  type Observation,
  type Place,
} from "./experiment";
import { addressCommand, endCommand, podCommand, withoutRules } from "./experiments/pods";

/** The hosts, as an experiment needs them. */
export interface Hosts {
  /** Runs a command line as root, or its call. @returns what it prints, errors included; how it ends does not matter */
  run(command: HostCommand, signal?: AbortSignal): Promise<string>;
  /** Starts one that runs until it is ended from elsewhere. @returns its end */
  start(command: HostCommand): Promise<{ readonly ended: Promise<string> }>;
}

/** When something was looked at. */
export type Moment = "before" | "broken" | "repaired";

/** What was seen, and whether it was as expected. */
export interface Seen {
  readonly moment: Moment;
  readonly host: string;
  readonly command: string;
  readonly question: string;
  readonly expected: string;
  readonly output: string;
  readonly ok: boolean;
}

/** What a command is for. */
export type Purpose = "prepare" | "break" | "repair" | "clean up";

/** Something that happens, as it happens. */
export type Event =
  | {
      readonly kind: "command";
      readonly purpose: Purpose;
      readonly host: string;
      readonly command: string;
    }
  | { readonly kind: "seen"; readonly seen: Seen }
  | { readonly kind: "doing"; readonly text: string };

interface RunOptions {
  readonly hosts: Hosts;
  readonly tell: (event: Event) => void;
  /** Called before anything is broken. */
  readonly guess?: () => Promise<void>;
  /** Whether it stays broken, for the user to mend. @default false */
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
  /** @default 2 */
  readonly pauseSeconds?: number;
  /** How long a pod may take to end that was killed. @default 60 */
  readonly endSeconds?: number;
  /** How often something is looked at that is not as expected: a change may take a moment to have its effect. @default 15 */
  readonly tries?: number;
}

/** How often a pod is asked for its address, which takes a moment to start. */
const addressTries = 15;

/**
 * Breaks a node on purpose, looks at what depends on it, and mends it. The same is looked at before, while it is broken and
 * after the repair: so what is seen is known to come from the break. It is mended also where the run is interrupted or fails.
 *
 * @throws Error where a host does not answer, or a pod does not start; the signal's reason when it is aborted
 */
export async function runExperiment(experiment: Experiment, place: Place, options: RunOptions): Promise<Seen[]> {
  const run = new Run(experiment, place, options);
  try {
    await run.startPods();
    await run.commands("prepare", experiment.prepare?.(place) ?? []);
    // What is off already cannot be told from what the break does.
    if (!(await run.look("before"))) return run.seen;
    await options.guess?.();
    await run.breakIt();
    await run.look("broken");
  } finally {
    await run.end();
  }
  return run.seen;
}

class Run {
  readonly seen: Seen[] = [];
  readonly #addresses = new Map<string, string>();
  readonly #pods: { readonly pod: ExperimentPod; readonly ended: Promise<string> }[] = [];
  #isBroken = false;
  #isPrepared = false;

  constructor(
    private readonly experiment: Experiment,
    private readonly place: Place,
    private readonly options: RunOptions,
  ) {}

  async startPods(): Promise<void> {
    for (const pod of this.experiment.pods ?? []) {
      this.options.tell({ kind: "doing", text: `starting the pod ${pod.name} on ${this.place[pod.on]}` });
      // One of a run that was killed would be in its way.
      await this.#run(endCommand(pod));
      const { ended } = await this.options.hosts.start(podCommand(pod, this.place));
      this.#pods.push({ pod, ended });
      const how = ended.then((output) => ({ output }));
      this.#addresses.set(pod.name, await this.#addressOf(pod, how));
    }
  }

  async commands(purpose: Purpose, commands: readonly HostCommand[]): Promise<void> {
    if (purpose === "prepare") this.#isPrepared = true;
    for (const given of commands) {
      const command = this.#named(given);
      this.options.tell({ kind: "command", purpose, host: whoRuns(this.place, command), command: command.run });
      // What mends is not interrupted.
      const mends = purpose === "repair" || purpose === "clean up";
      await this.options.hosts.run(command, mends ? undefined : this.options.signal);
    }
  }

  async breakIt(): Promise<void> {
    this.#isBroken = true;
    await this.commands("break", this.experiment.break(this.place));
  }

  /** @returns whether everything is as expected */
  async look(moment: Moment): Promise<boolean> {
    const all: boolean[] = [];
    for (const observation of this.experiment.observe(this.place)) {
      const seen = await this.#observe(
        moment,
        observation,
        moment === "broken" ? observation.broken : observation.healthy,
      );
      this.seen.push(seen);
      this.options.tell({ kind: "seen", seen });
      all.push(seen.ok);
    }
    return all.every(Boolean);
  }

  /** Mends what was broken, and takes the pods away. */
  async end(): Promise<void> {
    const { keep = false, signal } = this.options;
    const isOver = signal?.aborted === true;
    try {
      if (this.#isBroken && (!keep || isOver)) {
        await this.commands("repair", this.experiment.repair(this.place));
        if (!isOver) await this.look("repaired");
      }
      if (this.#isPrepared) await this.commands("clean up", this.experiment.cleanUp?.(this.place) ?? []);
    } finally {
      for (const { pod, ended } of this.#pods) {
        await this.options.hosts.run(endCommand(pod));
        await this.#hasEnded(pod, ended);
      }
      for (const on of ["node", "other"] as const) await this.options.hosts.run(withoutRules(on));
    }
  }

  async #observe(moment: Moment, observation: Observation, expected: Expected): Promise<Seen> {
    const command = this.#named(observation);
    const { tries = 15 } = this.options;
    let output = "";
    let ok = false;
    for (let tried = 0; tried < tries && !ok; tried++) {
      if (tried > 0) await this.#pause();
      output = (await this.#run(command)).trim();
      ok = isAsExpected(expected, output);
    }
    const { question } = observation;
    return {
      moment,
      host: whoRuns(this.place, command),
      command: command.run,
      question,
      expected: expected.words,
      output,
      ok,
    };
  }

  async #hasEnded(pod: ExperimentPod, ended: Promise<unknown>): Promise<void> {
    const { endSeconds = 60 } = this.options;
    // The hosts' connections keep the process alive, and this must not.
    const late = sleep(endSeconds * 1000, false, { ref: false });
    if (!(await Promise.race([ended.then(() => true), late])))
      throw new Error(`the pod ${pod.name} on ${this.place[pod.on]} does not end. The next experiment ends it first`);
  }

  async #addressOf(pod: ExperimentPod, ended: Promise<{ output: string }>): Promise<string> {
    let said = "";
    for (let tried = 0; tried < addressTries; tried++) {
      said = await this.#run(addressCommand(pod));
      const address = /inet ([\d.]+)\//.exec(said)?.[1];
      if (address !== undefined) return address;
      const over = await Promise.race([ended, this.#pause()]);
      if (over !== undefined)
        throw new Error(`the pod ${pod.name} on ${this.place[pod.on]} ended: ${over.output.trim()}`);
    }
    throw new Error(`the pod ${pod.name} on ${this.place[pod.on]} did not start: ${said.trim()}`);
  }

  #run(command: HostCommand): Promise<string> {
    return this.options.hosts.run(command, this.options.signal);
  }

  async #pause(): Promise<undefined> {
    await sleep((this.options.pauseSeconds ?? 2) * 1000, undefined, { signal: this.options.signal });
    return undefined;
  }

  /** With the pods' addresses in the place of their names. */
  #named(command: HostCommand): HostCommand {
    let { run } = command;
    for (const [name, address] of this.#addresses) run = run.replaceAll(`$${name}`, address);
    return { ...command, run };
  }
}
