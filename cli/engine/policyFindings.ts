import type { EngineEvent } from "@pulumi/pulumi/automation";
import { readComplaint, type Complaint } from "../../policy/message";
import { nameOf, typeOfUrn } from "./deployment";

/** A rule that a resource breaks. */
export interface PolicyFinding extends Complaint {
  readonly rule: string;
  /** A mandatory rule fails the run. */
  readonly level: "mandatory" | "advisory";
  /** Logical name and type, e.g. `lab-kernel-node-0` and `command:remote:Command`. */
  readonly name: string;
  readonly type: string;
}

/** What a policy pack says of a run. */
export interface PolicyVerdict {
  /** Names of the rules that were applied. */
  readonly checked: readonly string[];
  readonly findings: readonly PolicyFinding[];
}

/** Says which rules were applied; pkg/display/events.go of pulumi/pulumi has it, the Automation API's types do not. */
interface PolicySummaryEvent {
  readonly passed?: readonly string[];
  readonly failed?: readonly string[];
}

type PolicyEngineEvent = EngineEvent & {
  readonly policyAnalyzeSummaryEvent?: PolicySummaryEvent;
  readonly policyAnalyzeStackSummaryEvent?: PolicySummaryEvent;
};

/** Collects from the engine's events what a policy pack says. */
export class PolicyFindings {
  readonly #checked = new Set<string>();
  readonly #findings: PolicyFinding[] = [];

  readonly handle = (event: PolicyEngineEvent): void => {
    const { policyAnalyzeSummaryEvent: one, policyAnalyzeStackSummaryEvent: all, policyEvent } = event;
    for (const { passed = [], failed = [] } of [one ?? {}, all ?? {}])
      for (const rule of [...passed, ...failed]) this.#checked.add(rule);
    if (policyEvent === undefined) return;
    const { policyName, enforcementLevel, message, resourceUrn = "" } = policyEvent;
    this.#findings.push({
      rule: policyName,
      level: enforcementLevel === "mandatory" ? "mandatory" : "advisory",
      ...{ name: nameOf(resourceUrn), type: typeOfUrn(resourceUrn) },
      ...readComplaint(message),
    });
  };

  get verdict(): PolicyVerdict {
    return { checked: [...this.#checked].sort(), findings: this.#findings };
  }

  /** Whether a mandatory rule is broken, for which the engine fails. */
  get isBroken(): boolean {
    return this.#findings.some(({ level }) => level === "mandatory");
  }
}
