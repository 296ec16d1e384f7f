// What is in this folder, and nothing of the repository around it.
export default { test: { include: ['*.test.js'] } }
