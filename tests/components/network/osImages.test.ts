import { expect } from "chai";
import { architectureOf } from "../../../components/network/osImages";

describe("architectureOf", () => {
  const cases: Record<string, string | undefined> = {
    "t3.small": "amd64",
    "t3a.small": "amd64",
    "t4g.small": "arm64",
    "m7i-flex.large": undefined,
    "c7gn.xlarge": "arm64",
    "g4dn.xlarge": "amd64",
    "g5g.xlarge": "arm64",
    "a1.medium": "arm64",
    "im4gn.large": "arm64",
    "mac2.metal": undefined,
    "u-6tb1.56xlarge": undefined,
    "m6i.metal": "amd64",
  };
  for (const [type, architecture] of Object.entries(cases)) {
    it(`of ${type} is ${architecture ?? "not told by the name"}`, () => {
      expect(architectureOf(type)).to.equal(architecture);
    });
  }
});
