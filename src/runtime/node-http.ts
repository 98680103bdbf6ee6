/**
 * Node.js's HTTP server. An `import` of node:http asks for all that is in it, and so loads the fetch and the WebSocket that
 * Node.js carries, which nobody here uses: 10 to 20 ms of every start, and 1 to 3 MB.
 */
export const { createServer } = process.getBuiltinModule('node:http');
