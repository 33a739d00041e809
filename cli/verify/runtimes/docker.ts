import { judgeProgram, judgeSources, textAt, type RuntimeJudge, type Subject } from "./judge";
import { judgeOtherSockets } from "./otherSockets";

/**
 * Docker Engine and Mirantis Container Runtime. The CRI reports only the sandbox's image and a container's first process
 * (cri-dockerd 0.4, core/docker_service.go, core/convert.go), so Docker itself is asked for the rest; cri-dockerd's settings
 * are all on its command line.
 */
export const dockerJudge: RuntimeJudge = {
  judgeSettings(rows, runtime, cni, facts, status) {
    const { code, text } = facts.get("info");
    const info = (code === 0 ? JSON.parse(text) : {}) as DockerInfo;
    // Without a daemon it may exit with 0 and an answer that contains only these errors.
    const problem = code === 0 ? info.ServerErrors?.join("; ") : text;
    rows.equal("docker info", "an answer", problem ?? "an answer");
    // cri-dockerd has no driver setting, it uses Docker's.
    rows.equal("cgroup driver", runtime.cgroupDriver, textAt(info, "CgroupDriver"));
    rows.equal("storage driver", runtime.storageDriver, textAt(info, "Driver"));
    rows.equal("default handler", runtime.defaultHandler, textAt(info, "DefaultRuntime"));
    for (const handler of runtime.handlers) judgeProgram(rows, handler, info.Runtimes, "path");

    const config = status?.info["config"];
    judgeSources<CriDockerd>(
      rows,
      [
        ["sandbox image", runtime.sandboxImage, ({ sandboxImage }) => sandboxImage],
        ["CNI plugin folder", cni.binDir, ({ cniBinDir }) => cniBinDir],
        ["CNI configuration folder", cni.confDir, ({ cniConfDir }) => cniConfDir],
      ],
      [
        ["CRI", { sandboxImage: config === undefined ? undefined : textAt(JSON.parse(config), "sandboxImage") }],
        ["command line", commandSettings(facts.text("command").split("\n"))],
        ["next start", commandSettings(nextCommand(facts.text("next-command")))],
      ],
    );
    judgeOtherSockets(rows, runtime, facts);
  },

  async seeSandbox(rows, { sandboxImage }, sandbox) {
    rows.equal("image of the sandbox", sandboxImage, textAt(await inspect(sandbox), "Config", "Image"));
  },

  async seeContainer(rows, { storageDriver, defaultHandler }, container) {
    const seen = await inspect(container);
    rows.equal("snapshotter of the container", storageDriver, textAt(seen, "Driver"));
    rows.equal("runtime of the container", defaultHandler, handlerOf(seen));
  },

  async seeHandler(rows, { name }, container) {
    rows.equal(`runtime of handler ${name}`, name, handlerOf(await inspect(container)));
  },
};

interface DockerInfo {
  readonly Runtimes?: unknown;
  readonly ServerErrors?: readonly string[];
}

interface CriDockerd {
  readonly sandboxImage?: string | undefined;
  readonly cniBinDir?: string | undefined;
  readonly cniConfDir?: string | undefined;
}

function commandSettings(words: readonly string[]): CriDockerd {
  return {
    sandboxImage: option(words, "pod-infra-container-image"),
    cniBinDir: option(words, "cni-bin-dir"),
    cniConfDir: option(words, "cni-conf-dir"),
  };
}

/** The last one counts, written `--name=value` or `--name value`. */
function option(words: readonly string[], name: string): string | undefined {
  const at = words.findLastIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (at < 0) return undefined;
  return words[at] === `--${name}` ? words[at + 1] : words[at]?.slice(name.length + 3);
}

/** systemctl's `ExecStart={ path=... ; argv[]=... ; ignore_errors=no ; ... }`, as the unit is now with its drop-ins. */
function nextCommand(text: string): string[] {
  return /argv\[\]=(.*?) ; ignore_errors=/.exec(text)?.[1]?.split(" ") ?? [];
}

async function inspect({ id, ask }: Subject): Promise<unknown> {
  const { code, text } = (await ask({ inspect: { ID: id } }))("inspect").get("inspect");
  if (code !== 0) throw new Error(`docker container inspect: ${text}`);
  return JSON.parse(text);
}

function handlerOf(container: unknown): string | undefined {
  return textAt(container, "HostConfig", "Runtime");
}
