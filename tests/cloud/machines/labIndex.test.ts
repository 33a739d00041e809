import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { claimLabIndex, releaseLabIndex, sshEndpoint } from "../../../cloud/machines/labIndex";
import { writeLabState } from "../../../cloud/machines/labState";

/** No lab of ours has machines here, so these ports are free whatever else runs on this computer. */
const addresses = ["10.240.0.251", "10.240.0.252"];

describe("lab index", () => {
  let folder: string;
  const lab = async (name: string, index?: number): Promise<string> => {
    const directory = path.join(folder, name);
    mkdirSync(directory);
    if (index !== undefined)
      await writeLabState(path.join(directory, "machines.json"), { version: 1, index, userKey: "", machines: [] });
    return directory;
  };
  const claims = (): string[] => readdirSync(path.join(folder, "labs")).sort();

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("decides the loopback address of a machine", () => {
    expect(sshEndpoint(3, "10.240.0.80")).to.deep.equal({ host: "127.77.3.80", port: 2222 });
  });

  it("is the first that no living lab has", async () => {
    const one = await lab("one", 0);
    expect(await claimLabIndex(folder, one, addresses)).to.equal(0);
    expect(await claimLabIndex(folder, one, addresses), "one's own claim").to.equal(0);
    const two = await lab("two", 1);
    expect(await claimLabIndex(folder, two, addresses)).to.equal(1);
    rmSync(one, { recursive: true });
    expect(
      await claimLabIndex(folder, await lab("eager"), addresses),
      "not of one that may be about to be made",
    ).to.equal(2);
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(path.join(folder, "labs", "0"), hourAgo, hourAgo);
    expect(await claimLabIndex(folder, await lab("three"), addresses), "of a lab that is gone").to.equal(0);
    expect(readFileSync(path.join(folder, "labs", "0"), "utf8")).to.equal(path.join(folder, "three"));
  });

  it("is not one whose ports are taken", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(sshEndpoint(0, addresses[1]!), resolve));
    try {
      expect(await claimLabIndex(folder, await lab("one"), addresses)).to.equal(1);
    } finally {
      server.close();
    }
  });

  it("is given back by its holder only", async () => {
    const one = await lab("one", 0);
    await claimLabIndex(folder, one, addresses);
    await releaseLabIndex(folder, path.join(folder, "two"), 0);
    expect(claims()).to.deep.equal(["0"]);
    await releaseLabIndex(folder, one, 0);
    expect(claims()).to.deep.equal([]);
  });

  it("runs out with a clear message", async () => {
    const one = await lab("one", 0);
    mkdirSync(path.join(folder, "labs"));
    for (let index = 0; index <= 254; index += 1) {
      const holder = await lab(`holder-${index}`, index);
      writeFileSync(path.join(folder, "labs", String(index)), holder);
    }
    const error = await claimLabIndex(folder, one, addresses).catch((reason: unknown) => String(reason));
    expect(error).to.contain("No network 127.77.N.0/24 is free for a lab");
  });
});
