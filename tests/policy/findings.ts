import { withoutSecrets } from "../../components/testing/withoutSecrets";
import { Judge } from "../../policy/judge";
import type { Resource } from "../../policy/resource";
import { rules } from "../../policy/rules";

/** What a test knows of a resource that a program asks for. */
export interface Asked {
  readonly type: string;
  readonly name: string;
  readonly inputs: object;
}

/** @param parents types of the components that it is in, each with a `$` behind it */
export const resource = (type: string, props: Resource["props"], name = "bad", parents = ""): Resource => ({
  ...{ type, name, props },
  urn: `urn:pulumi:dev::project::${parents}${type}::${name}`,
});

/** What a program asked for under mocks, as policies see it. */
export function judgeable(asked: readonly Asked[]): Resource[] {
  const nodes = asked.filter(({ type }) => type === "hardway:index:LabInstance").map(({ name }) => name);
  return asked.map(({ type, name, inputs }) => {
    const isNode = type === "aws:ec2/instance:Instance" && nodes.includes(name);
    return resource(
      type,
      withoutSecrets(inputs) as Resource["props"],
      name,
      isNode ? "hardway:index:LabInstance$" : "",
    );
  });
}

/** What rules of a level find, as `rule: what`, in the resources one by one and then in all together. */
export function findings(resources: readonly Resource[], level?: "mandatory" | "advisory"): string[] {
  const judge = new Judge();
  return rules
    .filter((rule) => level === undefined || rule.level === level)
    .flatMap((rule) => {
      const alone = resources.flatMap((each) => judge.judge(rule, each));
      const together = judge.judgeStack(rule, resources).map(({ found }) => found);
      return [...alone, ...together].map((text) => `${rule.name}: ${text}`);
    });
}
