import { nthAddress, parseCidr } from "../../../components/plan/cidr";
import type { ExperimentPod, Expected, HostCommand, Place } from "../experiment";

/** How the containers of experiments are called. */
export const containerName = (name: string) => `hardway-try-${name}`;

/**
 * Runs as long as somebody waits for it, so that ctr has the plugins give the address back at its end. The page that it serves
 * says `here`.
 */
export function podCommand({ name, on }: ExperimentPod, { image }: Place): HostCommand {
  const serve = "mkdir -p /tmp/www && echo here >/tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www";
  return { on, run: `ctr -n k8s.io run --rm --cni ${image} ${containerName(name)} sh -c '${serve}'` };
}

/** Prints the address of a pod, once it has one. */
export function addressCommand({ name, on }: ExperimentPod): HostCommand {
  return { on, run: inPod(name, "ip -4 -o addr show dev eth0") };
}

/** Ends a pod, also one of an experiment that was killed. It asks until it is gone: a runtime that was restarted may refuse once. */
export function endCommand({ name, on }: ExperimentPod): HostCommand {
  const container = containerName(name);
  return {
    on,
    run:
      `for try in 1 2 3 4 5; do ctr -n k8s.io task kill -s KILL ${container} 2>/dev/null; sleep 1; ` +
      `ctr -n k8s.io container rm ${container} 2>/dev/null; ctr -n k8s.io container ls -q | grep -qx ${container} || break; done`,
  };
}

/**
 * Takes away the rules that rewrite the addresses of containers of experiments. ctr has the plugins end a network without naming its
 * namespace, which is gone by then, and so they free the address and leave the rules (containernetworking plugins, bridge).
 */
export function withoutRules(on: HostCommand["on"]): HostCommand {
  const id = `k8s.io-${containerName("")}`;
  return {
    on,
    run:
      `iptables-save -t nat | sed -n '/${id}/s/^-A POSTROUTING/-D POSTROUTING/p' | while read -r rule; do ` +
      `eval "iptables -t nat $rule"; chain=\${rule##* -j }; iptables -t nat -F $chain; iptables -t nat -X $chain; done 2>/dev/null`,
  };
}

/** A command line in a pod. */
export function inPod(name: string, command: string): string {
  return `ctr -n k8s.io task exec --exec-id try-$$ ${containerName(name)} ${command}`;
}

/** What the bridge of a node has for its own, the first one of its pods. */
export const bridgeAddress = (podCidr: string) => nthAddress(parseCidr(podCidr), 1);

/** Takes a container away that has no network, or did not get one, also where it is not there. */
export function removalOf(name: string): string {
  const container = containerName(name);
  return `ctr -n k8s.io task rm -f ${container} 2>/dev/null; ctr -n k8s.io container rm ${container} 2>/dev/null`;
}

/** Runs a container without a network to its end, which says `started`. */
export function newContainer({ image }: Place): string {
  return `${removalOf("new")}; ctr -n k8s.io run --rm ${image} ${containerName("new")} echo started`;
}

/** Starts a container, says which address it got, and ends it. What is left of one that did not start would be in its way. */
export function newPod({ image }: Place): string {
  const name = containerName("new");
  return (
    `${removalOf("new")}; ctr -n k8s.io snapshot rm ${name} 2>/dev/null; ` +
    `ctr -n k8s.io run --rm --cni ${image} ${name} ip -4 -o addr show dev eth0`
  );
}

/**
 * Asks twice, and ends after six seconds whatever comes. QEMU's user network answers for an address that it does not reach with a
 * packet that ping counts, though it belongs to none that was sent: so its replies are looked at, and not its sum.
 */
export const ping = (address: string) => `ping -c 2 -W 2 -w 6 ${address}`;
export const answers: Expected = { pattern: /(icmp_seq=[1-9]|: seq=)\d* ttl=/, words: "it answers" };
export const silent: Expected = {
  pattern: / packets transmitted/,
  without: answers.pattern,
  words: "nothing comes back",
};
