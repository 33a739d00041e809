import { expect } from "chai";
import { useLab } from "./lab";

/** What the engine's state says of a resource. */
interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
}

/** An instance that is replaced: the steps of its node are done again on another machine at the same address. */
describe("a machine that is replaced", () => {
  const lab = useLab("replace");

  async function instanceResource(node: string): Promise<StateResource> {
    const { code, stdout, stderr } = await lab.state.shell("pulumi stack export");
    expect(code, stderr).to.equal(0);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: StateResource[] } };
    const found = deployment.resources.filter(
      ({ type, urn }) => type === "aws:ec2/instance:Instance" && urn.endsWith(`::lab-${node}`),
    );
    expect(found).to.have.length(1);
    return found[0]!;
  }

  it("belongs to a lab that is whole, also after another node was rebooted", async () => {
    await lab.up();
    await lab.reboot("node-0");
    await lab.verify();
  });

  it("comes with another id at the same addresses, and the lab is whole again", async () => {
    const earlier = await lab.instance("node-1");
    const others = [await lab.instance("server"), await lab.instance("node-0")].map(({ id }) => id);
    const { urn, id } = await instanceResource("node-1");
    expect(id).to.equal(earlier.id);

    const replaced = await lab.state.shell(`pulumi up --yes --skip-preview --replace '${urn}'`);
    expect(replaced.code, replaced.stdout + replaced.stderr).to.equal(0);

    const later = await lab.instance("node-1");
    expect(later.id).not.to.equal(earlier.id);
    expect((await instanceResource("node-1")).id).to.equal(later.id);
    expect([later.privateAddress, later.publicAddress]).to.deep.equal([earlier.privateAddress, earlier.publicAddress]);
    expect([await lab.instance("server"), await lab.instance("node-0")].map(({ id }) => id)).to.deep.equal(others);
    await lab.verify();
  });

  it("leaves nothing for the next up to do", async () => {
    expect((await lab.up()).changed).to.equal(false);
  });

  it("is made anew by up --replace too, while the other machines run on, and then there is nothing to do", async () => {
    await lab.up();
    const others = ["server", "node-1"];
    const boots = () => Promise.all(others.map((node) => lab.state.bootId(node)));
    const [earlier, running] = [await lab.instance("node-0"), await boots()];
    await lab.on("node-0", "touch /var/tmp/earlier");

    const { changed, verification } = await lab.up("--replace", "node-0");
    expect(changed).to.equal(true);
    expect(verification, "the new machine is looked at").to.not.equal(null);

    const later = await lab.instance("node-0");
    expect(later.id).not.to.equal(earlier.id);
    expect([later.privateAddress, later.publicAddress]).to.deep.equal([earlier.privateAddress, earlier.publicAddress]);
    expect(await lab.on("node-0", "ls /var/tmp")).not.to.contain("earlier");
    expect(await boots()).to.deep.equal(running);
    expect((await lab.up()).changed).to.equal(false);
  });
});
