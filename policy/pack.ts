import { PolicyPack, type Policies } from "@pulumi/policy";
import { Judge } from "./judge";
import { renderComplaint } from "./message";
import { readable } from "./resource";
import type { Rule } from "./rule";
import { rules } from "./rules";

const judge = new Judge();

new PolicyPack("hardway", { policies: rules.map(policyOf) });

function policyOf(rule: Rule): Policies[number] {
  const { name, level, reason, remedy } = rule;
  return {
    ...{ name, description: reason, enforcementLevel: level },
    ...(rule.check && {
      validateResource: ({ opts, ...resource }, report) => {
        for (const found of judge.judge(rule, readable({ ...resource, parent: opts.parent })))
          report(renderComplaint({ found, remedy }));
      },
    }),
    ...(rule.checkStack && {
      validateStack: ({ resources }, report) => {
        const made = resources.map((resource) => readable({ ...resource, parent: resource.parent?.urn }));
        for (const { urn, found } of judge.judgeStack(rule, made)) report(renderComplaint({ found, remedy }), urn);
      },
    }),
  };
}
