/** A step that takes long says so through this; `text` is a short line for a person. */
export type OnProgress = (progress: { text: string }) => void;
