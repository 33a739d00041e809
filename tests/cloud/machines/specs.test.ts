import { expect } from "chai";
import { specProblems } from "../../../cloud/machines/specs";

const good = { name: "node-0", address: "10.240.0.80", prefixLength: 24, memoryMiB: 1024, cores: 1, diskGiB: 10 };

describe("machine specs", () => {
  it("are fine when they are fine", () => {
    expect(specProblems([good, { ...good, name: "node-1", address: "10.240.0.81" }])).to.deep.equal([]);
  });

  it("have every problem told at once", () => {
    const bad = { name: "-Node", address: "10.240.0", prefixLength: 31, memoryMiB: 0.5, cores: 0, diskGiB: 1 };
    expect(specProblems([bad, good, good])).to.deep.equal([
      'name "-Node": use lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit',
      '-Node: address "10.240.0" is no IPv4 address',
      "-Node: prefixLength 31 is not between 1 and 30",
      "-Node: memoryMiB 0.5 is less than 256, with which Debian does not boot",
      "-Node: cores 0 is not a whole number from 1",
      "-Node: diskGiB 1 is less than the 2 of the base disk",
      "node-0 and node-0 have the same name, node-0",
      "node-0 and node-0 have the same last octet of the address, 80",
    ]);
  });
});
