import { readdirSync } from "node:fs";
import { expect } from "chai";
import { TestState } from "../support/hardwayCli";
import { waitFor } from "../support/waitFor";

/** As after a computer that went down in the middle of the first run: nobody knows the ids of the machines that were being made. */
describe("a lab whose engine was killed while EC2 made its machines", () => {
  let state: TestState;
  const nodes = ["server", "node-0", "node-1"];
  let cutOff: string[];

  before(() => {
    state = new TestState("unfinished");
  });

  after(async () => {
    await state.remove();
    expect(state.processes()).to.deep.equal([]);
  });

  /** Ids of the machines that are there. */
  async function machines(): Promise<string[]> {
    const { instances = [] } = (await state.cloud.status()) ?? {};
    return instances.filter(({ state }) => ["pending", "running"].includes(state)).map(({ id }) => id);
  }

  it("says so and that the same is to be run again", async () => {
    const run = state.start("up", "--yes");
    await waitFor(() => run.output().includes("Instance lab-"), "the machines' turn", 600, run.output);
    await waitFor(async () => (await machines()).length === 3, "EC2 makes the machines", 600, run.output);
    cutOff = await machines();
    process.kill(state.enginePid(), "SIGKILL");
    expect((await run.done).code, run.output()).to.equal(1);
    expect(run.output()).to.contain("hardway: Pulumi's engine was ended by SIGKILL. Run the same command again");
  });

  it("has those machines taken away by the next up, which makes others in their place", async () => {
    const run = state.start("up", "--yes");
    const others = async () => (await machines()).filter((id) => !cutOff.includes(id)).length === 3;
    await waitFor(others, "EC2 makes other machines", 600, run.output);
    const removed = [
      ...run.output().matchAll(/removed Instance lab-(\S+) \((\S+)\), which an interrupted run was making/g),
    ];
    expect(removed.map(([, node]) => node)).to.have.members(nodes);
    expect(removed.map(([, , id]) => id)).to.have.members(cutOff);
    const told = () => /^ {2}Instance lab-node-0: i-[0-9a-f]{17} is pending$/m.test(run.output());
    await waitFor(told, "it is said that a machine is pending", 60, run.output);
    run.interrupt();
    expect((await run.done).code, run.output()).to.equal(130);
  });

  it("is removed by down, interrupted as it is", async () => {
    const { code, stderr } = await state.hardway("down", "--yes");
    expect(code, stderr).to.equal(0);
    expect(state.processes()).to.deep.equal([]);
    expect(readdirSync(state.directory)).not.to.include("cloud");
  });
});
