import type { RuntimeKind } from "../../../components/node/runtime/runtimeSettings";
import { containerdJudge } from "./containerd";
import { crioJudge } from "./crio";
import { dockerJudge } from "./docker";
import type { RuntimeJudge } from "./judge";

export const runtimeJudges: Readonly<Record<RuntimeKind, RuntimeJudge>> = {
  containerd: containerdJudge,
  crio: crioJudge,
  docker: dockerJudge,
  mirantis: dockerJudge,
};
