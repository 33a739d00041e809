import { PolicyPack, type Policies } from "@pulumi/policy";
import { readable } from "./resource";
import { isStackRule, type Finding, type Rule } from "./rule";
import { rules } from "./rules";

new PolicyPack("hardway", { policies: rules.map(policyOf) });

function policyOf(rule: Rule): Policies[number] {
  const common = { name: rule.name, description: rule.reason, enforcementLevel: rule.level };
  if (isStackRule(rule)) {
    return {
      ...common,
      validateStack: ({ resources }, report) => {
        const all = resources.map(readable);
        for (const { urn, ...finding } of rule.checkStack(all)) report(messageOf(finding, rule), urn);
      },
    };
  }
  return {
    ...common,
    validateResource: (args, report) => {
      for (const found of rule.check(readable(args))) report(messageOf({ found }, rule));
    },
  };
}

function messageOf({ found }: Pick<Finding, "found">, { remedy }: Rule): string {
  return `${found}\n${remedy}`;
}
