export const products = ['1 object'] as const
