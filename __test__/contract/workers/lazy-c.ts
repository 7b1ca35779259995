export const value = 'lazy c'
