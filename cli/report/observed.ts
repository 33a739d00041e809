import type { PodNetwork, PodRoute } from "../../components/plan/routes";
import type { Check, CheckArea } from "../verify/types";

/** How many of the checks of something are ok, and those that are not. */
export interface Verdict {
  readonly total: number;
  readonly failed: readonly Check[];
}

/** What a verification has seen, by what a map shows. */
export class Observed {
  private readonly byHost = new Map<string, Check[]>();

  constructor(checks: readonly Check[]) {
    for (const check of checks) {
      const own = this.byHost.get(check.host);
      if (own === undefined) this.byHost.set(check.host, [check]);
      else own.push(check);
    }
  }

  /** In the order of their first checks. */
  get hosts(): ReadonlyMap<string, readonly Check[]> {
    return this.byHost;
  }

  of(host: string): Verdict {
    return verdict(this.byHost.get(host) ?? []);
  }

  /** What was seen in the row of this name; undefined where there is none. */
  value(host: string, area: CheckArea, check: string): string | undefined {
    return this.rows(host, area).find((row) => row.check === check)?.observed;
  }

  /** The rows about a route on its host: where packets go now, whether the kernel lets them pass, and the next boot. */
  route({ host, destination, node }: PodRoute): Verdict {
    const isAbout = ({ check }: Check) =>
      check.endsWith(` (pods of ${node})`) || check === `route ${destination} at the next boot`;
    return verdict(this.rows(host, "routes").filter(isAbout));
  }

  /** The rows about a route in the VPC's route tables, one for each table. */
  vpcRoute({ destination }: Pick<PodNetwork, "destination">): Verdict & { readonly seen: readonly string[] } {
    const rows = this.rows("vpc", "vpc").filter(({ check }) => check.startsWith(`route to ${destination} in `));
    return { ...verdict(rows), seen: [...new Set(rows.map(({ observed }) => observed))] };
  }

  /** Whether the pod of a node answered the pod on a host, or the host itself where it has none. */
  answers(node: string, host: string): Verdict {
    return verdict(this.rows(host, "pods").filter(({ check }) => check.endsWith(` to pod on ${node}, HTTP`)));
  }

  private rows(host: string, area: CheckArea): readonly Check[] {
    return this.byHost.get(host)?.filter((row) => row.area === area) ?? [];
  }
}

export function verdict(rows: readonly Check[]): Verdict {
  return { total: rows.length, failed: rows.filter(({ ok }) => !ok) };
}
