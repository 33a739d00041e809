import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeEndpoint } from "../../../cloud/daemon/freeEndpoint";
import { occupy } from "../../../cloud/machines/ports";

// Nobody else listens on this address of loopback.
const usual = { host: "127.77.255.254", port: 4600 };

describe("where a server listens", () => {
  let folder: string;
  const taken: Server[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "hardway-test-"))));
  afterEach(() => {
    for (const server of taken.splice(0)) server.close();
    rmSync(folder, { recursive: true });
  });
  const file = () => join(folder, "endpoint.json");
  const noted = () => JSON.parse(readFileSync(file(), "utf8")) as unknown;
  const take = async (port: number) => void taken.push(await occupy({ ...usual, port }));

  it("is where it was before, or else on the next port, and is noted", async () => {
    expect(await freeEndpoint(file(), usual)).to.deep.equal(usual);
    await take(4600);
    expect(await freeEndpoint(file(), usual)).to.deep.equal({ ...usual, port: 4601 });
    expect(noted()).to.deep.equal({ ...usual, port: 4601 });
    taken.splice(0).forEach((server) => server.close());
    expect(await freeEndpoint(file(), usual)).to.deep.equal({ ...usual, port: 4601 });
  });

  for (const text of ["", "{", "null", "[]", '{"port":"4601"}', '{"port":22}', '{"port":70000}'])
    it(`is the usual place where the note is ${JSON.stringify(text)}`, async () => {
      writeFileSync(file(), text);
      expect(await freeEndpoint(file(), usual)).to.deep.equal(usual);
      expect(noted()).to.deep.equal(usual);
    });

  it("is never another address than the usual one", async () => {
    writeFileSync(file(), '{"host":"0.0.0.0","port":4602}');
    expect(await freeEndpoint(file(), usual)).to.deep.equal({ ...usual, port: 4602 });
  });

  it("is nowhere where all ports are taken", async () => {
    await take(4665);
    writeFileSync(file(), '{"port":4665}');
    const failed = await freeEndpoint(file(), usual).catch((error: Error) => error.message);
    expect(failed).to.equal("The embedded EC2 has no port to listen on: 127.77.255.254:4665 to 4665 are taken.");
  });
});
