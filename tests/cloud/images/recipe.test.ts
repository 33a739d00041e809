import { expect } from "chai";
import { baseDiskRecipe, holdsSecrets, recipeHash } from "../../../cloud/images/recipe";
import { hostArchitecture } from "../../../cloud/packages";

const apt = { mirror: "http://localhost/debian", options: ['Acquire::http::Proxy "http://127.0.0.1:3142";'] };
const recipe = baseDiskRecipe(hostArchitecture("x64"), apt);
const content = (path: string, files = recipe.overlay): string | undefined => {
  const entry = files.find((candidate) => candidate.path === path);
  return entry?.kind === "file" ? entry.content.toString() : undefined;
};

const modeOf = (entry: (typeof recipe.guestFiles)[number]): number | undefined =>
  entry.kind === "symlink" ? undefined : entry.mode;

describe("base disk recipe", () => {
  it("has a swap file in fstab and makes it before it is used", () => {
    expect(content("etc/fstab")).to.match(/^\/swapfile none swap sw 0 0$/m);
    const unit = content("etc/systemd/system/hardway-swapfile.service");
    expect(unit).to.match(/^Before=swapfile\.swap$/m);
    expect(unit).to.match(/^ConditionPathExists=!\/swapfile$/m);
  });

  it("lets nobody in by password, and not root", () => {
    const lines = content("etc/ssh/sshd_config.d/hardway.conf")?.split("\n");
    expect(lines).to.include.members([
      "PermitRootLogin no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "UseDNS no",
      "PerSourcePenalties no",
    ]);
  });

  it("gives sudo's rules the mode that sudo asks for", () => {
    expect(recipe.overlay.find(({ path }) => path === "etc/sudoers.d/admin")).to.include({ mode: 0o440 });
    expect(content("etc/sudoers.d/admin")).to.equal("admin ALL=(ALL) NOPASSWD:ALL\n");
  });

  it("builds with this computer's apt settings and gives machines the same as they see them", () => {
    expect(recipe.sources[0]).to.equal("deb http://localhost/debian trixie main");
    expect(recipe.buildFiles).to.have.length(1);
    expect(recipe.buildFiles[0]).to.include({ path: "etc/apt/apt.conf.d/80hardway", mode: 0o600 });
    expect(content("etc/apt/apt.conf.d/80hardway", recipe.buildFiles)).to.equal(`${apt.options[0]}\n`);
    expect(content("etc/apt/sources.list", recipe.guestFiles)).to.equal(
      "deb http://10.0.2.2/debian trixie main\ndeb http://10.0.2.2/debian trixie-updates main\n",
    );
    expect(content("etc/apt/apt.conf.d/80hardway", recipe.guestFiles)).to.equal(
      'Acquire::http::Proxy "http://10.0.2.2:3142";\n',
    );
  });

  it("keeps a proxy's password from all but a machine's root", () => {
    const options = ['Acquire::http::Proxy "http://user:secret@proxy.test:3142";'];
    const locked = baseDiskRecipe(hostArchitecture("x64"), { ...apt, options });
    const modes = ({ guestFiles }: typeof locked): unknown[] => guestFiles.map((entry) => [entry.path, modeOf(entry)]);
    expect(modes(recipe)).to.deep.equal([
      ["etc/apt/sources.list", 0o644],
      ["etc/apt/apt.conf.d/80hardway", 0o644],
    ]);
    expect(modes(locked)).to.deep.equal([
      ["etc/apt/sources.list", 0o644],
      ["etc/apt/apt.conf.d/80hardway", 0o600],
    ]);
    expect([recipe, locked].map(holdsSecrets)).to.deep.equal([false, true]);
  });

  it("is named by everything that is on the disk", () => {
    const hash = recipeHash(recipe);
    expect(hash).to.match(/^[0-9a-f]{16}$/);
    expect(recipeHash(baseDiskRecipe(hostArchitecture("x64"), apt))).to.equal(hash);
    expect(recipeHash({ ...recipe, packages: [...recipe.packages, "vim"] })).not.to.equal(hash);
    expect(recipeHash({ ...recipe, scripts: { ...recipe.scripts, "initrd.sh": "" } })).not.to.equal(hash);
    expect(recipeHash({ ...recipe, overlay: recipe.overlay.slice(1) })).not.to.equal(hash);
    expect(recipeHash({ ...recipe, guestFiles: [] })).not.to.equal(hash);
    expect(recipeHash({ ...recipe, images: "" })).not.to.equal(hash);
    expect(recipeHash(baseDiskRecipe(hostArchitecture("arm64"), apt))).not.to.equal(hash);
  });
});
