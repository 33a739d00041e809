/** The documents on the hard way that the lab was made from, by number. */
export const guides = {
  1: "Understanding: /etc/modules-load.d/containerd.conf",
  2: 'Deep Dive: containerd, CNI, and IP Routing in Kubernetes "The Hard Way"',
  3: "Why Kubernetes Needs These Kernel Settings",
  4: "Container Runtimes",
  5: "Container Runtime Internals",
} as const;
export type GuideNumber = keyof typeof guides;

/** A document that a reader can open. */
export interface Reference {
  readonly title: string;
  readonly url: string;
}

/** A statement that may name versions, and where it can be looked up. */
export interface Sourced {
  readonly text: string;
  readonly source: Reference;
}

/** What somebody says: one of the documents, the tutorial "Kubernetes the Hard Way", or many. */
export interface Saying {
  readonly by: GuideNumber | "tutorial" | "often";
  readonly text: string;
}

/** What is said, and as its text what is true today. */
export interface Correction extends Sourced {
  readonly id: string;
  readonly said: Saying;
  /** The version from which on it is so, where there is one. */
  readonly since?: string;
  /** The experiment that shows it. */
  readonly experiment?: string;
}

export interface Question {
  readonly question: string;
  /** An answer that is right today. What names a version needs a source. */
  readonly answer: string;
  /** The document that asks it, where one does. */
  readonly asked?: GuideNumber;
  readonly source?: Reference;
}

/** A component, and the files that do the work. */
export interface Doer {
  readonly component: string;
  readonly files: readonly string[];
}

/** Parts of a node and of a cluster, in the order in which they are built. */
export const explainedAreas = ["host", "kernel", "runtime", "pod network", "routes", "cluster"] as const;
export type ExplainedArea = (typeof explainedAreas)[number];

/**
 * A step or a setting: why it is there, how to do it by hand, who does it, and what is said about it that is not true any more.
 * Texts have paragraphs and `code`, as in Markdown. Versions are in `thenAndNow`, `facts` and in questions with a source only.
 */
export interface Explanation {
  /** What is typed after `./hardway explain`. */
  readonly name: string;
  readonly area: ExplainedArea;
  /** One line, for the list. */
  readonly title: string;
  readonly what: string;
  readonly why: string;
  /** Commands for the lab that `npm start` builds. @default none */
  readonly byHand?: string;
  /** What a packet that is followed shows of it. @default none */
  readonly follow?: { readonly ends: string; readonly shows: string };
  readonly where: readonly Doer[];
  readonly without: {
    readonly text: string;
    /** Names of experiments of `./hardway try`. @default none */
    readonly experiments?: readonly string[];
  };
  /** @default none */
  readonly thenAndNow?: readonly Correction[];
  /** What else depends on a version. @default none */
  readonly facts?: readonly Sourced[];
  /** @default none */
  readonly questions?: readonly Question[];
}
