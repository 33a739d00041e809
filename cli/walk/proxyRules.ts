import { literal } from "../../components/literal";

/** An address and a port of TCP. */
export interface ServiceEndpoint {
  readonly address: string;
  readonly port: number;
}

/** What kube-proxy made of a Service in the kernel of one node. */
export interface ProxySight {
  /** Where it leads, e.g. `10.200.0.5:80`. */
  readonly to: readonly string[];
  /** Connections that were led, as the kernel counted them; undefined where this mode counts none. */
  readonly count: number | undefined;
}

/**
 * Reads what scripts/walkrules.sh printed.
 *
 * @throws Error for a mode that is not known
 */
export function readProxyRules(mode: string, rules: string, service: ServiceEndpoint): ProxySight {
  const read = { iptables: ofIptables, nftables: ofNftables, ipvs: ofIpvs }[mode];
  if (read === undefined) throw new Error(`kube-proxy's mode is "${mode}", which is not known here`);
  return read(rules, service);
}

/** `[packets:bytes] -A KUBE-SERVICES -d ADDRESS/32 ... --dport PORT -j KUBE-SVC-X`, and from there by KUBE-SEP-Y to a DNAT. */
function ofIptables(rules: string, { address, port }: ServiceEndpoint): ProxySight {
  const lines = rules.split("\n").flatMap((line) => {
    const found = /^\[(\d+):\d+\] -A (\S+) (.*) -j (\S+)(?: --to-destination (\S+))?/.exec(line);
    if (found === null) return [];
    const [, count = "", chain = "", match = "", target = "", to] = found;
    return [{ count: Number(count), chain, match: `${match} `, target, to }];
  });
  const first = lines.find(
    ({ chain, match, target }) =>
      chain === "KUBE-SERVICES" &&
      match.includes(`-d ${address}/32 -p tcp `) &&
      match.includes(`--dport ${port} `) &&
      target.startsWith("KUBE-SVC-"),
  );
  const pods = lines.flatMap(({ chain, target }) =>
    chain === first?.target && target.startsWith("KUBE-SEP-") ? [target] : [],
  );
  return {
    to: lines.flatMap(({ chain, to }) => (to !== undefined && pods.includes(chain) ? [to] : [])),
    count: first?.count,
  };
}

/**
 * `map service-ips { ... ADDRESS . tcp . PORT : goto service-X }`; that chain picks one of `0 : ADDRESS . PORT`, or goes to
 * endpoint-Y with a dnat where kube-proxy has more to do for a pod.
 */
function ofNftables(rules: string, { address, port }: ServiceEndpoint): ProxySight {
  const key = `\\b${literal(address)} \\. tcp \\. ${port}`;
  const target = new RegExp(`${key} : goto (service-[^\\s,}]+)`).exec(rules)?.[1];
  const chain = (name: string) => {
    const at = rules.indexOf(`chain ${name} {`);
    return at < 0 ? "" : rules.slice(at, rules.indexOf("\n\t}", at));
  };
  const text = target === undefined ? "" : chain(target);
  const direct = [...text.matchAll(/\b\d+ : ([\d.]+) \. (\d+)/g)].map(([, to = "", at = ""]) => `${to}:${at}`);
  const pods = [...text.matchAll(/goto (endpoint-[^\s,}]+)/g)].map(([, name = ""]) => name);
  const to = pods.flatMap((name) => /dnat to ([\d.]+:\d+)/.exec(chain(name))?.[1] ?? []);
  return { to: [...direct, ...to], count: undefined };
}

/** /proc/net/ip_vs: a line for a Service, and one for each pod with the connections that are and were; numbers are hexadecimal. */
function ofIpvs(rules: string, { address, port }: ServiceEndpoint): ProxySight {
  let inside = false;
  let count: number | undefined;
  const to: string[] = [];
  for (const line of rules.split("\n")) {
    const [, arrow, words = "", active = "", inactive = ""] =
      /^\s*(->|TCP)\s+([0-9A-F]{8}:[0-9A-F]{4})(?:\s+\w+\s+\d+\s+(\d+)\s+(\d+))?/.exec(line) ?? [];
    if (arrow === undefined) inside = inside && /^\s*->/.test(line);
    else if (arrow === "TCP") inside = decode(words) === `${address}:${port}`;
    else if (inside) {
      to.push(decode(words));
      count = (count ?? 0) + Number(active) + Number(inactive);
    }
  }
  return { to, count };
}

function decode(text: string): string {
  const [address = "", port = ""] = text.split(":");
  const bytes = [...address.matchAll(/../g)].map(([byte]) => Number.parseInt(byte, 16));
  return `${bytes.join(".")}:${Number.parseInt(port, 16)}`;
}
