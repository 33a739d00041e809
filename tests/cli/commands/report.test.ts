import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { report } from "../../../cli/commands/report";
import { engineEnvironment } from "../../../cli/engine/environment";
import { labPaths, repositoryRoot } from "../../../cli/paths";
import { baseFile, labStackFile } from "../../../cli/settings/stackFile";
import { keepExperiment } from "../../../cli/lab/keptResults";
import { readYaml } from "../../../cli/yaml";
import { installPlugins } from "../../../providers/install";
import { pulumiDirectory } from "../../providers/engine";
import { runCommand } from "../inProcess";
import { laterFile, scriptsOf } from "../report/simulatedReport";
import { temporaryFolder } from "../support";
import { plan } from "../verify/samples";

const lab = "hosts";

describe("the command report", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const paths = () => labPaths(lab, folder());
  const file = () => join(folder(), "page.html");
  const run = (more: { last?: boolean; output?: string } = {}, json = true) =>
    runCommand(folder(), () => report({ lab, color: false, json }, { output: file(), ...more }));

  /** Hosts of the user's own, at ports of this computer where nobody listens. */
  function configure(): void {
    const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG";
    const ssh = { host: "127.0.0.1", port: 1, user: "admin", password: "canary", hostKey };
    const hosts = plan.hosts.map(({ name, role, address }) => ({ name, role, address, ssh }));
    mkdirSync(paths().workspace, { recursive: true });
    writeFileSync(
      baseFile(paths()),
      stringify({ config: readYaml(join(repositoryRoot, `Pulumi.${lab}.yaml`))["config"] }),
    );
    writeFileSync(
      labStackFile(paths()),
      stringify({ config: { "hardway:target": "hosts", "hardway:sshTimeoutSeconds": 5, "hardway:hosts": hosts } }),
    );
  }

  /** Puts a lab into the stack's state, as `up` would have left it. @param id of what it made there */
  async function build(id = "one"): Promise<void> {
    await installPlugins({ pulumiHome: paths().pulumiHome });
    const directory = pulumiDirectory();
    const engine = { directory, source: "cache" } as const;
    const user = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_")));
    const own = engineEnvironment({ paths: paths(), state: folder(), engine, bundledPlugins: true, env: user });
    const options = { cwd: paths().workspace, env: { ...user, ...own }, stdio: "ignore" } as const;
    const pulumi = (...args: string[]) => execFileSync(join(directory, "pulumi"), [...args, "--stack", lab], options);
    const urn = (type: string, name: string) => `urn:pulumi:${lab}::hardway::${type}::${name}`;
    const scripts = await scriptsOf(plan);
    const resources = [
      {
        urn: urn("pulumi:pulumi:Stack", `hardway-${lab}`),
        custom: false,
        type: "pulumi:pulumi:Stack",
        outputs: { plan },
      },
      ...scripts.map(({ host, step, text }) => ({
        ...{ urn: urn("command:remote:Command", `lab-${step}-${host}`), custom: true, id },
        ...{ type: "command:remote:Command", inputs: { create: text } },
      })),
    ];
    const state = join(folder(), "state.json");
    writeFileSync(state, JSON.stringify({ version: 3, deployment: { manifest: {}, resources } }));
    pulumi("stack", "import", "--file", state);
  }

  it("says that there is no lab, and writes nothing", async () => {
    const { code, error } = await run();
    expect([code, error]).to.deep.equal([
      1,
      `There is no lab "hosts" here (${paths().directory}). Make it with "./hardway up".`,
    ]);
    expect(existsSync(file())).to.equal(false);
  });

  it("says that the folder is not there before it checks anything", async () => {
    configure();
    const { code, error } = await run({ output: join(folder(), "none", "page.html") });
    expect(code).to.equal(1);
    expect(error).to.match(/none \(ENOENT\): it is not there\. Make it/);
  });

  it("says that a lab is not built, and that no verification is kept", async () => {
    configure();
    expect((await run()).error).to.equal(
      'Lab "hosts" is not built yet: its stack has no plan. Run "./hardway up" first.',
    );
    await build();
    expect((await run({ last: true })).error).to.equal(
      'No verification of lab "hosts" is kept. Make one with "./hardway --lab hosts report", without --last.',
    );
    expect(existsSync(file())).to.equal(false);
  });

  it("writes a page of what it checks, and the same again from what was kept, until the lab changes", async () => {
    configure();
    expect((await run()).error).to.contain("not built");
    await build();
    keepExperiment(paths(), laterFile);
    const first = await run();
    expect(first.error).to.equal("");
    const { verifiedAt, ...said } = JSON.parse(first.stdout) as Record<string, unknown>;
    expect(said).to.deep.equal({
      ...{ output: file(), outdated: false, checks: 3, failed: 3, experiments: ["later-file"], scripts: 13 },
    });
    expect(statSync(file()).mode & 0o777).to.equal(0o600);
    const page = readFileSync(file(), "utf8");
    expect(page)
      .to.contain("3 of 3 checks failed")
      .and.contain("port 1: connection refused")
      .and.contain("30-containerd.sh");

    const last = await run({ last: true });
    expect(JSON.parse(last.stdout)).to.deep.equal({ ...said, verifiedAt });
    expect(readFileSync(file(), "utf8")).to.equal(page);

    const told = await run({ last: true }, false);
    expect(told.stdout)
      .to.contain(`3 of 3 checks failed`)
      .and.contain(`The page is in ${file()}; open it in a browser:\n  file:///`);

    await build("other");
    const changed = await run({ last: true });
    expect(JSON.parse(changed.stdout)).to.deep.equal({ ...said, verifiedAt, outdated: true });
    expect(readFileSync(file(), "utf8")).to.contain("Outdated");
  });
});
