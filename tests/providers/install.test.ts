import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { installPlugins } from "../../providers/install";

const files = [
  "resource-command-v1.2.1/pulumi-resource-command",
  "language-nodejs-v3.248.0/pulumi-language-nodejs",
  "resource-aws-v7.48.0/pulumi-resource-aws",
];

describe("installPlugins", () => {
  let pulumiHome: string;
  const launcher = (index: number) => path.join(pulumiHome, "plugins", files[index] ?? "");
  before(() => (pulumiHome = mkdtempSync(path.join(tmpdir(), "hardway it's "))));
  after(() => rmSync(pulumiHome, { recursive: true }));

  it("puts launchers where the engine looks, once", async () => {
    const { binDirectory } = await installPlugins({ pulumiHome });
    expect(binDirectory).to.equal(path.dirname(launcher(1)));
    const made = files.map((_, index) => statSync(launcher(index)));
    expect(made.map(({ mode }) => mode & 0o777)).to.deep.equal([0o755, 0o755, 0o755]);
    await installPlugins({ pulumiHome });
    expect(files.map((_, index) => statSync(launcher(index)).ino)).to.deep.equal(made.map(({ ino }) => ino));
  });

  it("writes a launcher of another checkout anew", async () => {
    const right = readFileSync(launcher(0), "utf8");
    writeFileSync(launcher(0), right.replaceAll("/providers/bin/", "/elsewhere/bin/"));
    await installPlugins({ pulumiHome });
    expect(readFileSync(launcher(0), "utf8")).to.equal(right);
  });

  it("says what to do when the checkout is gone", async () => {
    const text = readFileSync(launcher(0), "utf8").replaceAll("/providers/bin/", "/gone/bin/");
    const copy = path.join(pulumiHome, "copy");
    writeFileSync(copy, text, { mode: 0o755 });
    const { code, stderr } = await run(copy);
    expect(code).to.equal(69);
    expect(stderr).to.contain("pulumi-resource-command is gone; run ./hardway env in the checkout");
  });

  for (const [index, file] of files.entries()) {
    it(`${path.basename(file)} prints its port first, through a link and from any folder`, async () => {
      const link = path.join(pulumiHome, `link${index}`);
      symlinkSync(launcher(index), link);
      // A broken tsconfig.json of the program's folder is none of the plugin's business.
      writeFileSync(path.join(pulumiHome, "tsconfig.json"), "{ broken");
      const child = spawn(link, ["127.0.0.1:9"], { cwd: pulumiHome, stdio: ["ignore", "pipe", "pipe"] });
      const [first] = (await once(child.stdout, "data")) as [Buffer];
      const exited = once(child, "exit");
      child.kill("SIGINT");
      const [code] = (await exited) as [number];
      expect(first.toString()).to.match(/^\d+\n$/);
      expect(code).to.equal(0);
    });
  }
});

async function run(program: string): Promise<{ code: number; stderr: string }> {
  const child = spawn(program, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, stderr };
}
