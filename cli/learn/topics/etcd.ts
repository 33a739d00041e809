import type { Explanation } from "../explanation";
import { inEtcd, kubernetesDocs, webPage } from "../sources";

export const etcdTopic: Explanation = {
  name: "etcd",
  area: "cluster",
  title: "etcd: where the API server keeps everything",
  what: `A database of keys and values. The API server is its only client; \`/registry/pods/default/web\` is a pod. Each controller
has a member, and a change counts when a majority has it.`,
  why: `It is the cluster's memory: all other parts can be started anew from it. With three members the cluster goes on while one is
away; two or four tolerate no more losses than one or three. Secrets are encrypted before they get there, so that a copy of etcd's
data does not show them.`,
  byHand: `./hardway --lab cluster script server etcd     # unit and files, with every flag
curl http://127.0.0.1:2381/health
sudo etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/etcd/etcd-ca.crt --cert /etc/etcd/etcd-server.crt \\
  --key /etc/etcd/etcd-server.key get /registry/pods --prefix --keys-only`,
  where: [
    {
      component: "EtcdMember",
      files: ["components/cluster/EtcdMember.ts", "components/cluster/etcdFiles.ts", "scripts/node/60-etcd.sh"],
    },
  ],
  without: {
    text: `Without a majority of members the API server can write nothing, and is soon not ready. Pods run on, and so do the Services that
were there.`,
  },
  thenAndNow: [
    {
      id: "etcd-encryption",
      said: { by: "tutorial", text: "Secrets are encrypted with AES-CBC." },
      text: "With secretbox here. The documentation advises against AES-CBC because of padding oracle attacks.",
      source: kubernetesDocs("encrypting data at rest", "tasks/administer-cluster/encrypt-data"),
    },
  ],
  facts: [
    {
      text: "etcdctl of etcd 3.6 only saves a snapshot; restore and status are etcdutl's.",
      source: inEtcd("3.6.16", "etcdctl/ctlv3/command/snapshot_command.go"),
    },
    {
      text: "How many members tolerate how many losses.",
      source: webPage("etcd, FAQ", "https://etcd.io/docs/v3.6/faq/"),
    },
  ],
  questions: [
    {
      question: "Why three members of etcd and not two?",
      answer: `A change needs a majority. Of two that is two, so the loss of either stops the cluster: two are worse than one. Of three it
is two, so one may be lost. Four tolerate no more than three.`,
    },
  ],
};
