export const value = 'lazy d'
