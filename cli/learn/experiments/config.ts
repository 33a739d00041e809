import { literal } from "../../../components/literal";
import { containerd } from "../../../components/node/runtime/containerd";
import type { Experiment } from "../experiment";
import { runtimeConfig } from "./commands";
import { newContainer } from "./pods";

const { configFile } = containerd;

export const configExperiments: readonly Experiment[] = [
  {
    name: "misspelt-key",
    topic: "runtime",
    question: "What does containerd say about a key that it does not know?",
    // Its name in 1.x, and in 2.x.
    break: () => runtimeConfig.change("s/^\\( *\\)sandbox\\(_image\\)\\{0,1\\} = /\\1sandbox_picture = /"),
    observe: ({ sandboxImage }) => [
      {
        on: "node",
        run: `grep -E '^ *sandbox_(image|picture) = |^ *sandbox = ' ${configFile}`,
        question: "What is in its file?",
        healthy: {
          pattern: new RegExp(`^ *sandbox(_image)? = .${literal(sandboxImage)}`, "m"),
          words: "the image of a pod's sandbox",
        },
        broken: {
          pattern: new RegExp(`sandbox_picture = .${literal(sandboxImage)}`),
          words: "the same image, with the key misspelt",
        },
      },
      {
        on: "node",
        run: "systemctl is-active containerd; containerd config dump | grep -E '^ *sandbox(_image)? = '",
        question: "Is it running, and with which image?",
        healthy: {
          pattern: new RegExp(`^active\\n *sandbox(_image)? = .${literal(sandboxImage)}`),
          words: "with this one",
        },
        broken: {
          pattern: /^active$/m,
          without: new RegExp(`^ *sandbox(_image)? = .${literal(sandboxImage)}`, "m"),
          words: "it is running, with another one: its own default",
        },
      },
    ],
    repair: () => runtimeConfig.putBack,
    why: `A key that is not known is no error, so a spelling mistake is the same as a key that is not there. containerd 1.7 says
nothing; 2.x writes a warning into its log. What counts is what the daemon made of the file, which containerd config dump shows:
./hardway up and ./hardway verify read that, and not the file (containerd 2.3.7, cmd/containerd/server/config/config.go).`,
  },
  {
    name: "no-cri",
    topic: "runtime",
    question: "A node's containerd came with Docker, which disables its CRI plugin: what works?",
    break: () => runtimeConfig.change('/^disabled_plugins/d; 1i disabled_plugins = ["io.containerd.grpc.v1.cri"]'),
    observe: (place) => [
      {
        on: "node",
        run: "ctr plugins ls | grep -E '^io.containerd.grpc.v1 +cri '",
        question: "Does the daemon answer a kubelet?",
        healthy: { pattern: / ok *$/m, words: "yes: its plugin cri is loaded" },
        broken: { pattern: /^/, without: / ok *$/m, words: "no: its plugin cri is not loaded" },
      },
      {
        on: "node",
        run: newContainer(place),
        question: "Does it run containers?",
        healthy: { pattern: /^started$/m, words: "yes" },
        broken: { pattern: /^started$/m, words: "yes: ctr has no need of the CRI" },
      },
    ],
    repair: () => runtimeConfig.putBack,
    why: `containerd is one program with many plugins, and the CRI, which a kubelet speaks, is one of them. The package of
Docker's repository brings a file that disables it, because Docker has no need of it: the service is active, ctr works, and the
kubelet says that the runtime does not implement the service (unknown service runtime.v1.RuntimeService).`,
  },
];
