export const products = ['KV', 'D1'] as const
