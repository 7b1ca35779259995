export const products = ['KV', 'D1', 'R2', 'Cache'] as const
