// oxlint-disable-next-line typescript/no-explicit-any -- of values whose type is what a suite is about
export type Loose = any
