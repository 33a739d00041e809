import type { Resource } from "./resource";
import type { Finding, Rule } from "./rule";

/**
 * Applies rules to the resources of one run, and complains once about a fault: not of what a component makes when the
 * component is the reason, and not of each resource when several break a rule together.
 */
export class Judge {
  /** By URN. */
  readonly #resources = new Map<string, Resource>();
  /** Rule and URN of each resource that was complained about. */
  readonly #blamed = new Set<string>();

  /** What breaks a rule in a resource that is about to be made. */
  judge(rule: Rule, resource: Resource): string[] {
    this.#resources.set(resource.urn, resource);
    if (rule.check === undefined || this.#isBlamedAbove(rule, resource)) return [];
    const found = [...new Set(rule.check(resource))];
    if (found.length > 0) this.#blamed.add(`${rule.name} ${resource.urn}`);
    return found;
  }

  /**
   * What breaks a rule in all resources together. Of several that are at fault, the outermost is named.
   *
   * @param made as the engine has them in the end: with outputs, but without a component's inputs, and in no order
   */
  judgeStack(rule: Rule, made: readonly Resource[]): Finding[] {
    if (rule.checkStack === undefined) return [];
    const whole = made.map((resource) => {
      const asked = this.#resources.get(resource.urn)?.props;
      return { ...resource, props: { ...resource.props, ...asked } };
    });
    const findings = rule.checkStack(whole.sort(byDepth));
    const texts = findings.map(({ found }) => found);
    return findings.filter(({ found }, index) => texts.indexOf(found) === index);
  }

  #isBlamedAbove(rule: Rule, { parent }: Resource): boolean {
    if (parent === undefined) return false;
    if (this.#blamed.has(`${rule.name} ${parent}`)) return true;
    const above = this.#resources.get(parent);
    return above !== undefined && this.#isBlamedAbove(rule, above);
  }
}

/** Components before what they make, and by name. */
function byDepth({ urn: one }: Resource, { urn: other }: Resource): number {
  const depth = (urn: string) => urn.split("$").length;
  return depth(one) - depth(other) || (one < other ? -1 : 1);
}
