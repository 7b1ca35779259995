export const value = 'lazy a'
