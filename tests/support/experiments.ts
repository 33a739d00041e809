import { expect } from "chai";
import { isChanged, type Experiment, type Place } from "../../cli/learn/experiment";
import { runExperiment, type Seen } from "../../cli/learn/runExperiment";
import { connectHosts, type Reach } from "../../cli/learn/sshHosts";
import type { TestState } from "./hardwayCli";

/** Runs an experiment: what is seen before, while something is broken and after the repair must be what its page says. */
export async function expectShown(state: TestState, name: string, ...options: string[]): Promise<void> {
  const { code, stdout, stderr } = await state.hardway("try", name, "--json", ...options);
  const { seen, ok } = JSON.parse(stdout) as { seen: readonly Seen[]; ok: boolean };
  const off = seen.filter((one) => !one.ok);
  expect(off, JSON.stringify(off, null, 2) + stderr).to.deep.equal([]);
  expect([code, ok]).to.deep.equal([0, true]);
  expect(new Set(seen.map(({ moment }) => moment))).to.deep.equal(new Set(["before", "broken", "repaired"]));
}

/**
 * Runs an experiment with its break left out: an observation that fails to notice this would show nothing with the break either.
 * Its repair has to change nothing then.
 */
export async function expectNoticed(state: TestState, place: Place, experiment: Experiment): Promise<void> {
  const logins = new Map(state.inventory().map(({ name }) => [name, state.connection(name)]));
  const seen = await state.withApi((ec2) => runWithoutBreak(experiment, place, { logins, ec2 }));
  expect(oddities(experiment, place, seen), JSON.stringify(seen, null, 2)).to.deep.equal([]);
}

/** Looks few times: nothing is to change. */
async function runWithoutBreak(experiment: Experiment, place: Place, reach: Reach): Promise<Seen[]> {
  const hosts = await connectHosts(place, reach, new AbortController().signal);
  try {
    const unbroken = { ...experiment, break: () => [] };
    return await runExperiment(unbroken, place, { hosts, tell: () => undefined, tries: 3 });
  } finally {
    hosts.close();
  }
}

/** What is not as it has to be where nothing was broken, by moment and question. */
export function oddities(experiment: Experiment, place: Place, seen: readonly Seen[]): string[] {
  const observations = experiment.observe(place);
  const changes = observations.map(isChanged);
  const wanted = (["before", "broken", "repaired"] as const).flatMap((moment) =>
    observations.map(({ question }, index) => ({ moment, question, ok: moment !== "broken" || !changes[index] })),
  );
  const missing = wanted.filter(
    ({ moment, question, ok }) =>
      !seen.some((one) => one.moment === moment && one.question === question && one.ok === ok),
  );
  return missing.map(({ moment, question, ok }) => `${moment}: ${question} ${ok ? "is" : "is not"} to be as expected`);
}
