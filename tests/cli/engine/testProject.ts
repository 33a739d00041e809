import { EventEmitter } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabStack, type LabStackOptions } from "../../../cli/engine/labStack";
import { Interrupt } from "../../../cli/interrupt";
import { labPaths, repositoryRoot } from "../../../cli/paths";
import { engineEnvironment } from "../../../cli/engine/environment";
import { installPlugins } from "../../../providers/install";
import { pulumiDirectory } from "../../providers/engine";
import { RecordedReport } from "../support";

/** A small project in the place of this checkout, for the real engine with the bundled plugins. */
export class TestProject {
  readonly root: string;
  readonly state: string;
  readonly report = new RecordedReport();
  /** Where the signals of the last `open` come from. */
  signals = new EventEmitter();

  private constructor(private readonly folder: string) {
    this.root = join(folder, "checkout");
    this.state = join(folder, "state");
  }

  get paths() {
    return labPaths("dev", this.state);
  }

  private get engine() {
    const directory = pulumiDirectory();
    return { path: join(directory, "pulumi"), directory, version: "3.259.0", source: "cache" } as const;
  }

  /** @param program text of its index.js */
  static async make(folder: string, program: string, stackFile: string): Promise<TestProject> {
    const project = new TestProject(folder);
    const { root, paths } = project;
    mkdirSync(root);
    project.write({
      "Pulumi.yaml": "name: hardway\nruntime: { name: nodejs, options: { typescript: false } }\n",
      "Pulumi.dev.yaml": stackFile,
      "package.json": "{}",
      "index.js": program,
    });
    symlinkSync(join(repositoryRoot, "node_modules"), join(root, "node_modules"));
    mkdirSync(paths.directory, { recursive: true });
    await installPlugins({ pulumiHome: paths.pulumiHome });
    return project;
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.root, name), content);
  }

  /** The engine's environment, where the user has set nothing of Pulumi's but this. */
  env(set: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { paths, state, engine } = this;
    const user = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_")));
    return engineEnvironment({ paths, state, engine, bundledPlugins: true, env: { ...user, ...set } });
  }

  open(options: Partial<LabStackOptions> = {}): Promise<LabStack> {
    const { root, paths, report, engine } = this;
    this.signals = new EventEmitter();
    return LabStack.open({
      ...{ paths, root, engine, command: "up" },
      env: this.env(),
      interrupt: new Interrupt((text) => report.text(text), this.signals),
      ...options,
    });
  }
}
