import { expect } from "chai";
import type { Seen } from "../../cli/learn/runExperiment";
import type { TestState } from "./hardwayCli";

/** Runs an experiment: what is seen before, while something is broken and after the repair must be what its page says. */
export async function expectShown(state: TestState, name: string): Promise<void> {
  const { code, stdout, stderr } = await state.hardway("try", name, "--json");
  const { seen, ok } = JSON.parse(stdout) as { seen: readonly Seen[]; ok: boolean };
  const off = seen.filter((one) => !one.ok);
  expect(off, JSON.stringify(off, null, 2) + stderr).to.deep.equal([]);
  expect([code, ok]).to.deep.equal([0, true]);
  expect(new Set(seen.map(({ moment }) => moment))).to.deep.equal(new Set(["before", "broken", "repaired"]));
}
