import { expect } from "chai";
import { mkdirSync } from "node:fs";
import { Context } from "../../../cli/lab/context";
import { keptVerification } from "../../../cli/lab/keptResults";
import { saveVerified, takeVerified } from "../../../cli/lab/lastVerification";
import { runVerification } from "../../../cli/lab/verification";
import { labPaths } from "../../../cli/paths";
import { FakeCloud, instance } from "../fakeCloud";
import { runCommand } from "../inProcess";
import { temporaryFolder } from "../support";
import { plan } from "../verify/samples";

describe("a verification of a lab that has passed one before", () => {
  const folder = temporaryFolder();
  const paths = () => labPaths("dev", folder());
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await FakeCloud.start(folder());
    cloud.instances = [instance("node-0", { pid: 7, startedAt: "2026-11-21T12:00:00.000Z" })];
    mkdirSync(paths().directory, { recursive: true });
    saveVerified(paths(), { plan, revision: "r1", machines: cloud.instances }, 143);
  });
  afterEach(() => cloud.stop());

  const verify = (subject: Parameters<typeof runVerification>[1]) =>
    runCommand(folder(), async () => {
      const checks = await runVerification(new Context({ lab: "dev", color: false }), subject, "r1");
      return checks.filter(({ ok }) => !ok).length;
    });

  it("ends what that was worth when a check fails", async () => {
    expect((await verify({ plan, hosts: [] })).code).to.equal(3);
    expect(takeVerified(paths())).to.equal(undefined);
  });

  it("ends what that was worth when only a part is checked, and that fails", async () => {
    const context = () => new Context({ lab: "dev", color: false });
    await runCommand(
      folder(),
      async () => (await runVerification(context(), { plan, hosts: [] }, "r1", ["kernel"])).length,
    );
    expect(takeVerified(paths())).to.equal(undefined);
  });

  it("ends what that was worth when it cannot be made", async () => {
    cloud.statusError = "not now";
    const { error } = await verify({ plan, hosts: [] });
    expect(error).to.contain("not now");
    expect(takeVerified(paths())).to.equal(undefined);
  });

  it("is kept for a report with what failed, a part of it is not", async () => {
    await verify({ plan, hosts: [] });
    const kept = keptVerification(paths());
    expect(kept?.revision).to.equal("r1");
    expect(kept?.checks.map(({ host, area, ok }) => [host, area, ok])).to.deep.equal(
      plan.hosts.map(({ name }) => [name, "ssh", false]),
    );
    await runCommand(folder(), async () => {
      await runVerification(new Context({ lab: "dev", color: false }), { plan, hosts: [] }, "r2", ["kernel"]);
      return 0;
    });
    expect(keptVerification(paths())).to.deep.equal(kept);
  });

  it("is known for these boots of the machines when it passes", async () => {
    expect((await verify({ plan: { ...plan, hosts: [] }, hosts: [] })).code).to.equal(0);
    expect(takeVerified(paths())).to.deep.include({ checks: 0 });
  });
});
