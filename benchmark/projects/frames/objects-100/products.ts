export const products = ['100 objects'] as const
