import type { HostValues } from "../../components/config/schema";
import { commandLine } from "../../components/remote/commandLine";
import { UserError } from "../errors";
import type { GlobalOptions } from "../lab/context";
import { adminKubectl } from "../verify/cluster/adminKubectl";
import { runClient, type ClientCall } from "./ssh";

/** Runs kubectl on a controller as the cluster's administrator, over SSH; its exit code becomes ours. */
export function kubectl(options: GlobalOptions, words: readonly string[]): Promise<number> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  return runClient(options, (hosts, lab) => kubectlCall(hosts, lab, words, isTerminal));
}

/** @throws UserError when there is no controller, or a word that cannot be passed on */
export function kubectlCall(
  hosts: readonly HostValues[],
  lab: string,
  words: readonly string[],
  isTerminal: boolean,
): ClientCall {
  const node = firstController(hosts, lab);
  const broken = words.find((word) => /[\n\0]/.test(word));
  if (broken !== undefined)
    throw new UserError(
      `An argument of kubectl has several lines, which cannot be passed on: ${JSON.stringify(broken)}. Send it on standard input, with -f -.`,
    );
  return { node, flags: isTerminal ? ["-t"] : [], command: [commandLine([...adminKubectl, ...words], true)] };
}

/** @throws UserError when there is none */
export function firstController(hosts: readonly HostValues[], lab: string): string {
  const controller = hosts.find(({ role }) => role === "controller");
  if (controller === undefined) throw new UserError(`Lab "${lab}" has no controller, where kubectl would run.`);
  return controller.name;
}
