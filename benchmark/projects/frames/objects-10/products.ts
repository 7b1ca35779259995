export const products = ['10 objects'] as const
