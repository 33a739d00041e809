import { expect } from "chai";
import fc from "fast-check";
import {
  addressOutside,
  cidrProblem,
  containsAddress,
  containsCidr,
  isAddress,
  nthSubnet,
  overlaps,
  parseCidr,
  subnetCount,
} from "../../../components/plan/cidr";

describe("cidr", () => {
  it("reads a network", () => {
    const { text, prefix, first, last } = parseCidr("10.200.1.0/24");
    expect({ text, prefix, size: last - first + 1n }).to.deep.equal({ text: "10.200.1.0/24", prefix: 24, size: 256n });
  });

  for (const [text, problem] of [
    ["10.200.0.1/16", 'must not have host bits set; did you mean "10.200.0.0/16"?'],
    ["10.200.0.0", 'must be an IPv4 CIDR such as "10.200.0.0/16"; did you mean "10.200.0.0/24"?'],
    ["10.200.0.0/33", 'must be an IPv4 CIDR such as "10.200.0.0/16"'],
    ["10.200.0/16", 'must be an IPv4 CIDR such as "10.200.0.0/16"'],
    ["fd00::/8", 'must be an IPv4 CIDR such as "10.200.0.0/16"'],
    ["", 'must be an IPv4 CIDR such as "10.200.0.0/16"'],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(cidrProblem(text)).to.equal(problem);
      expect(() => parseCidr(text)).to.throw(RangeError, `"${text}" ${problem}`);
    });
  }

  it("knows an address from a network", () => {
    expect(isAddress("10.240.0.80")).to.equal(true);
    expect(isAddress("10.240.0.80/24")).to.equal(false);
    expect(isAddress("10.240.0")).to.equal(false);
  });

  it("compares networks", () => {
    const cluster = parseCidr("10.200.0.0/16");
    expect(containsCidr(cluster, parseCidr("10.200.255.0/24"))).to.equal(true);
    expect(containsCidr(cluster, parseCidr("10.201.0.0/24"))).to.equal(false);
    expect(overlaps(cluster, parseCidr("10.0.0.0/8"))).to.equal(true);
    expect(overlaps(cluster, parseCidr("10.240.0.0/24"))).to.equal(false);
    expect(containsAddress(cluster, "10.200.255.255")).to.equal(true);
    expect(containsAddress(cluster, "10.201.0.0")).to.equal(false);
  });

  it("cuts a network into parts that neither overlap nor leave it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), (a, b) => {
        const cluster = parseCidr("10.200.0.0/16");
        const [first, second] = [nthSubnet(cluster, 24, a), nthSubnet(cluster, 24, b)];
        expect(containsCidr(cluster, first)).to.equal(true);
        expect(overlaps(first, second)).to.equal(a === b);
      }),
    );
  });

  it("has as many parts as it says", () => {
    const cluster = parseCidr("10.200.0.0/16");
    expect(subnetCount(cluster, 24)).to.equal(256);
    expect(subnetCount(cluster, 8)).to.equal(0);
    expect(() => nthSubnet(cluster, 24, 256)).to.throw(RangeError, "10.200.0.0/16 has no /24 number 256");
  });

  it("finds an address that one network has and a network within it has not", () => {
    const found = [
      ["10.200.0.0/16", "10.200.0.0/24"],
      ["10.200.0.0/16", "10.200.255.0/24"],
      ["10.200.0.0/16", "10.200.0.0/16"],
    ] as const;
    expect(found.map(([outer, inner]) => addressOutside(outer, inner))).to.deep.equal([
      "10.200.255.254",
      "10.200.0.1",
      "192.0.2.1",
    ]);
  });
});
