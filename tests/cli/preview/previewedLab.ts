import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import { version as commandVersion } from "@pulumi/command/package.json";
import { parse, stringify } from "yaml";
import { accessKeyVariables } from "../../../cli/engine/environment";
import type { EmbeddedEc2 } from "../../../cli/engine/ec2Client";
import type { LabStack, StackPreview } from "../../../cli/engine/labStack";
import { renderPreview } from "../../../cli/preview/previewText";
import { repositoryRoot } from "../../../cli/paths";
import { previewLab } from "../../../cli/preview/labPreview";
import { checkedConfig, readSettings } from "../../../cli/settings/settings";
import { TestProject } from "../engine/testProject";

/** This checkout's program under the real engine, with a plugin in place of the hosts; see `answeringCommands`. */
export class PreviewedLab {
  private constructor(
    private readonly project: TestProject,
    private readonly ec2: EmbeddedEc2 | undefined,
  ) {}

  static async make(folder: string, ec2?: EmbeddedEc2): Promise<PreviewedLab> {
    const project = await TestProject.make(folder, "", "");
    const yaml = parse(readFileSync(join(repositoryRoot, "Pulumi.yaml"), "utf8")) as object;
    project.write({ "Pulumi.yaml": stringify({ ...yaml, main: join(repositoryRoot, "index.ts") }) });
    const plugin = join(
      project.paths.pulumiHome,
      "plugins",
      `resource-command-v${commandVersion}`,
      "pulumi-resource-command",
    );
    const [loader, program] = ["loader/typescript.cjs", "tests/support/answeringCommands.ts"].map((file) =>
      join(repositoryRoot, file),
    );
    writeFileSync(plugin, `#!/bin/sh\nexec node --require '${loader}' '${program}' "$@"\n`, { mode: 0o755 });
    return new PreviewedLab(project, ec2);
  }

  /** The whole configuration from now on. */
  configure(config: Readonly<Record<string, unknown>>): void {
    const endpoint = this.ec2?.endpoint;
    const aws = {
      "aws:region": "us-east-1",
      "aws:endpoints": [{ ec2: endpoint, sts: endpoint }],
      ...Object.fromEntries(
        ["CredentialsValidation", "MetadataApiCheck", "RegionValidation"].map((name) => [`aws:skip${name}`, "true"]),
      ),
    };
    const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [`hardway:${key}`, value]));
    const all = { ...(endpoint === undefined ? {} : aws), ...own };
    this.project.write({ "Pulumi.dev.yaml": stringify({ config: all }) });
  }

  async up(): Promise<void> {
    await (await this.open()).up(this.project.report, { refresh: false });
  }

  async preview(): Promise<StackPreview> {
    return (await this.open()).preview(this.project.report);
  }

  /** What the command prints about a preview. */
  text(result: StackPreview, diff = false): string {
    const { root, paths } = this.project;
    const preview = previewLab(result, checkedConfig(readSettings(root, paths), root));
    return renderPreview({ lab: "dev", summary: result.summary, preview, diff }, pc.createColors(false));
  }

  private open(): Promise<LabStack> {
    const { ec2 } = this;
    return this.project.open({
      // The engine would write the whole state at each step of each host.
      env: { ...this.project.env(), ...(ec2 && accessKeyVariables(ec2)), PULUMI_SKIP_CHECKPOINTS: "true" },
      ...(ec2 === undefined ? {} : { aws: ec2, endpoint: ec2.endpoint }),
    });
  }
}
