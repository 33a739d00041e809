import type { Explanation } from "../explanation";
import { inContainerd, kubernetesDocs, webPage } from "../sources";

export const handlersTopic: Explanation = {
  name: "handlers",
  area: "runtime",
  title: "Handlers: runc, crun, gVisor, Kata, and which pod gets which",
  what: `A handler is a name in the runtime's configuration for a program that runs containers. A pod chooses one by its
RuntimeClass; without one it gets the default.`,
  why: `\`runc\` is the OCI's own and the default. \`crun\` does the same with less memory. gVisor's \`runsc\` puts a kernel of its
own, in user space, between a container and the host; Kata starts a virtual machine for each pod. The last two are for code that
nobody trusts, and cost speed.`,
  byHand: `sudo apt-get install crun              # and in config.toml a table runtimes.crun: runc's, with BinaryName = "crun"
./hardway script node-0 runtime         # the whole configuration of a lab with hardway:handlers: [runc, crun]`,
  where: [
    {
      component: "ContainerRuntime",
      files: ["components/node/runtime/handlers.ts", "scripts/node/lib-handlers.sh"],
    },
  ],
  without: { text: "A pod whose RuntimeClass names a handler that the node's runtime does not have is not started." },
  thenAndNow: [
    {
      id: "runsc-package",
      said: { by: "often", text: "gVisor is a package, and a handler of runc's type with BinaryName runsc." },
      text: `gVisor has a shim of its own, \`io.containerd.runsc.v1\`, which Debian's package lacks: pods fail with it. It comes from
gVisor's release; in the embedded lab \`up\` builds it.`,
      source: webPage("gVisor, containerd", "https://gvisor.dev/docs/user_guide/containerd/quick_start/"),
    },
  ],
  facts: [
    {
      text: "What a handler needs in config.toml, for crun, gVisor and Kata.",
      source: inContainerd("2.3.7", "docs/cri/config.md"),
    },
    { text: "How a pod chooses one.", source: kubernetesDocs("runtime class", "concepts/containers/runtime-class") },
  ],
};
