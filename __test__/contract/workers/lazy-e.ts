export const value = 'lazy e'
