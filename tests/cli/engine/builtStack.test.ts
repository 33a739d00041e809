import { expect } from "chai";
import { planOf } from "../../../cli/engine/builtStack";
import { plan } from "../verify/samples";

describe("a stack's plan", () => {
  it("is what the program made", () => {
    expect(planOf({ plan }, "dev")).to.equal(plan);
  });

  it("is not there before the first up", () => {
    expect(() => planOf({}, "dev")).to.throw(
      'Lab "dev" is not built yet: its stack has no plan. Run "./hardway up" first.',
    );
  });

  for (const version of [undefined, plan.version - 1, plan.version + 1])
    it(`of version ${String(version)} is another hardway's, and not read`, () => {
      expect(() => planOf({ plan: { ...plan, version } }, "dev")).to.throw(
        'Lab "dev" was built by another version of hardway. Run "./hardway up" first, which changes what differs.',
      );
    });
});
