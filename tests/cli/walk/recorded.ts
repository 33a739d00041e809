import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CriMethods } from "../../../cli/verify/cri/messages";
import { Facts, type Scripts, type Section } from "../../../cli/verify/facts";
import type { WalkMachines } from "../../../cli/walk/machines";

type Answer = [host: string, what: string, answer: unknown];

/** Machines that answer as real ones did, in the same order; what nothing looks at was left out of the record. */
export class RecordedMachines implements WalkMachines {
  readonly #answers: Answer[];

  constructor(name: string) {
    const lines = readFileSync(join(__dirname, "recorded", `${name}.jsonl`), "utf8")
      .trim()
      .split("\n");
    this.#answers = lines.map((line) => JSON.parse(line) as Answer);
  }

  ask(host: string, scripts: Scripts): Promise<(script: string) => Facts> {
    const found = Object.keys(scripts).map(
      (script) => [script, this.#next(host, script) as [string, Section][]] as const,
    );
    const facts = new Map(found.map(([script, sections]) => [script, new Facts(new Map(sections))]));
    return Promise.resolve((script) => facts.get(script)!);
  }

  cri<M extends keyof CriMethods>(node: string, method: M): Promise<CriMethods[M][1]> {
    return Promise.resolve(this.#next(node, method) as CriMethods[M][1]);
  }

  hold(): Promise<void> {
    return Promise.resolve();
  }

  /** How many answers nobody has asked for. */
  get left(): number {
    return this.#answers.length;
  }

  #next(host: string, what: string): unknown {
    const at = this.#answers.findIndex(([on, name]) => on === host && name === what);
    if (at < 0) throw new Error(`no further answer of ${host} to ${what} was recorded`);
    return this.#answers.splice(at, 1)[0]?.[2];
  }
}
