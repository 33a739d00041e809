import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { State } from "../../../cloud/api/core/state";
import { Store } from "../../../cloud/api/core/Store";

describe("EC2 API: the store", () => {
  let folder: string;
  let file: string;
  let seen: State[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "hardway-store-"));
    file = path.join(folder, "ec2.json");
    seen = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = () => Store.open(file, (state) => void seen.push(state));
  const addGateway = (id: string) => (draft: State) => void (draft.internetGateways[id] = { id });

  it("does not write what it could not read again, and writes what was asked for beside it", async () => {
    const store = await open();
    const results = await Promise.allSettled([
      store.change(addGateway("igw-1")),
      store.change((draft) => {
        draft.securityGroups["sg-1"] = {
          ...{ id: "sg-1", vpcId: "vpc-1", name: "n", description: "d" },
          rules: [{ id: "sgr-1", egress: false, protocol: "tcp", fromPort: 22.5, toPort: 22.5, peer: { cidr: "c" } }],
        };
      }),
      store.change((draft) => void Object.assign(draft.settings, { routesPerTable: "many" })),
      store.change(addGateway("igw-2")),
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(String((results[1] as PromiseRejectedResult).reason)).to.match(
      /^Error: The change is not written, since it could not be read again: securityGroups\["sg-1"\]: [\s\S]*fromPort/,
    );
    expect(Object.keys(store.state.internetGateways)).to.deep.equal(["igw-1", "igw-2"]);
    expect(store.state.securityGroups).to.deep.equal({});
    expect((await open()).state).to.deep.equal(store.state);
  });

  it("leaves everything as it was when a change throws half-way", async () => {
    const store = await open();
    await store.change(addGateway("igw-1"));
    const { state } = store;
    const failed = store.change((draft) => {
      delete draft.internetGateways["igw-1"];
      throw new Error("no");
    });
    expect(await failed.catch((error: unknown) => String(error))).to.equal("Error: no");
    expect(store.state).to.equal(state);
    expect(seen).to.have.length(1);
  });

  it("shares with the state before a change all that it leaves alone, and writes the same text as JSON.stringify", async () => {
    const store = await open();
    await store.change((draft) => {
      addGateway("igw-1")(draft);
      draft.launchTokens.push({ token: "t", request: "r", instanceIds: ["i-1"] });
      draft.tags["igw-1"] = [{ key: '__proto__ "x"', value: "😀\ud800" }];
    });
    const before = store.state;
    await store.change(addGateway("igw-2"));
    expect(store.state.internetGateways["igw-1"]).to.equal(before.internetGateways["igw-1"]);
    expect(store.state.tags).to.equal(before.tags);
    expect(await readFile(file, "utf8")).to.equal(JSON.stringify(store.state));
  });

  it("writes nothing when nothing changes", async () => {
    const store = await open();
    await store.change(addGateway("igw-1"));
    await rm(file);
    expect(await store.change(({ internetGateways }) => Object.keys(internetGateways))).to.deep.equal(["igw-1"]);
    expect([seen.length, await readdir(folder)]).to.deep.equal([1, []]);
  });

  it("removes what a write left that was cut off, and nothing of others", async () => {
    const others = ["ec2.json", "ec2.json.tmp", "ec2.json.0123456z.tmp", "other.json.01234567.tmp"];
    await open().then((store) => store.change(addGateway("igw-1")));
    for (const name of ["ec2.json.01234567.tmp", "ec2.json.89abcdef.tmp", ...others.slice(1)]) {
      await writeFile(path.join(folder, name), "{");
    }
    await open();
    expect((await readdir(folder)).sort()).to.deep.equal(others.sort());
  });
});
