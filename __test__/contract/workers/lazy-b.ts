export const value = 'lazy b'
