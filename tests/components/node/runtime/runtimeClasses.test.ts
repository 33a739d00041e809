import { expect } from "chai";
import { renderRuntimeClasses } from "../../../../components/node/runtime/runtimeClasses";
import { expectGolden } from "../../../support/golden";

describe("RuntimeClass manifests", () => {
  it("select the workers of a handler that not all of them have", () => {
    const handlers = {
      "node-0": ["runc", "crun"],
      "node-1": ["runc", "runsc", "kata"],
      "node-2": ["runc", "crun"],
    } as const;
    expectGolden("runtimeClasses.yaml", renderRuntimeClasses(handlers));
  });

  it("are none without workers", () => expect(renderRuntimeClasses({})).to.equal(""));
});
