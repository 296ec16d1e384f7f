export function checkArrows(root: string, names?: readonly string[]): string[]
