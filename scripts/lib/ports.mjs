import { createServer } from 'node:net';

/**
 * @param {number} port 0 for any
 * @param {string} host
 * @returns {Promise<number | undefined>} the port, or undefined when it is taken
 */
function tryPort(port, host) {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', (error) => {
			const { code } = /** @type {NodeJS.ErrnoException} */ (error);
			if (code === 'EADDRINUSE' || code === 'EACCES') resolve(undefined);
			else reject(error);
		});
		server.listen({ port, host, exclusive: true }, () => {
			const address = server.address();
			const chosen = typeof address === 'object' && address ? address.port : port;
			server.close(() => resolve(chosen));
		});
	});
}

/**
 * The preferred port if it is free, else any free one.
 * @param {number} [preferred]
 * @param {string} [host]
 * @returns {Promise<number>}
 */
export async function freePort(preferred = 0, host = '127.0.0.1') {
	const port = await tryPort(preferred, host);
	if (port !== undefined) return port;
	const other = await tryPort(0, host);
	if (other === undefined) throw new Error(`No free port was found on ${host}.`);
	return other;
}
